"""Two sites in folders of one origin: neither touches what the other keeps in the browser."""

import json
import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.pages import STATE_MS, Speaker, Stage
from tests.e2e.servers import TOP, DevServer, static_host
from tests.e2e.test_static_site import config
from tools.runtime import RUNTIME
from tools.site import build, read_config

AS_AN_EARLIER_VERSION_KEPT_IT = """async (own) => {
  const asked = (request) => new Promise((done) => { request.onsuccess = () => done(request.result); });
  const opening = indexedDB.open("lectern", 1);
  opening.onupgradeneeded = () => {
    for (const name of ["keys", "records"]) opening.result.createObjectStore(name);
  };
  const to = await asked(opening);
  const from = await asked(indexedDB.open(own));
  for (const name of ["keys", "records"]) {
    const value = await asked(from.transaction(name).objectStore(name).get("tokens"));
    delete value.site;
    await asked(to.transaction(name, "readwrite").objectStore(name).put(value, "tokens"));
    await asked(from.transaction(name, "readwrite").objectStore(name).clear());
  }
  from.close();
  to.close();
  localStorage.setItem("lectern.language", "de");
}"""
"""Moves the sign-in of the database `own` to the one that earlier versions had for all sites."""


@pytest.fixture
def sites(tmp_path: Path, backend: DevServer) -> Path:
    """The folder that holds the sites /a/ and /b/."""
    mine = tmp_path / "mine.json"
    mine.write_text(json.dumps(config(backend)))
    top = tmp_path / "top"
    build(top / "a", TOP, RUNTIME, read_config(mine))
    shutil.copytree(top / "a", top / "b", copy_function=os.link)
    for file in (top / "b").glob("config.json*"):
        file.unlink()
    other = config(backend, encryption_key="a key of the other site's own, as long")
    (top / "b" / "config.json").write_text(json.dumps(other))
    return top


def test_two_sites_below_one_origin_keep_their_own_sign_in_and_what_an_earlier_version_kept(
    browser: Browser, artifacts: Path, sites: Path, site_port: int, backend: DevServer
) -> None:
    with static_host(sites, site_port) as url:
        stage = Stage(browser, url, artifacts)
        stage.hosts.add(urlsplit(backend.url).netloc)
        speaker = stage.speaker()
        speaker.open(f"{url}/a/speaker/")
        speaker.sign_in_by_hand(backend.data)
        speaker.page.evaluate(AS_AN_EARLIER_VERSION_KEPT_IT, "lectern /a/")

        speaker.open(f"{url}/b/speaker/")
        expect_signed_out(speaker)
        speaker.sign_in_by_hand(backend.data)
        speaker.click("sign-out")
        expect_signed_out(speaker)

        speaker.open(f"{url}/a/speaker/")
        expect(speaker.see("start")).to_be_visible(timeout=STATE_MS)
        assert speaker.page.evaluate("document.documentElement.lang") == "de"
        stage.close()


def expect_signed_out(speaker: Speaker) -> None:
    expect(speaker.see("login-submit")).to_be_visible(timeout=STATE_MS)
