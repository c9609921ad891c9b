"""The published site on any static host, the backend somewhere else: the main journey in both modes."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from backend.data_dir import CLIENT_ID, POOL_ID
from tests.e2e.pages import Stage
from tests.e2e.servers import TOP, DevServer, static_host
from tools.runtime import RUNTIME
from tools.site import build, read_config

ANSWER_MS = 90_000


@pytest.fixture
def site(tmp_path: Path, backend: DevServer) -> Path:
    """What `make site CONFIG=mine.json` writes."""
    mine = tmp_path / "mine.json"
    mine.write_text(json.dumps(config(backend)))
    build(tmp_path / "dist", TOP, RUNTIME, read_config(mine))
    return tmp_path / "dist"


def config(backend: DevServer, **settings: object) -> dict[str, object]:
    """A config for pages that do not live with their backend."""
    return {
        "websocket_url": f"{backend.url.replace('http', 'ws')}/ws",
        "http_api_url": backend.url,
        "use_http_session_creation": False,
        "region": "us-east-1",
        "user_pool_id": POOL_ID,
        "client_id": CLIENT_ID,
        "cognito_endpoint": f"{backend.url}/cognito/",
        "encryption_key": "a key of this site's own, long enough",
        "dev": True,
        **settings,
    }


def test_speech_from_a_static_site_in_both_modes(
    browser: Browser, artifacts: Path, site: Path, site_port: int, backend: DevServer
) -> None:
    """Editing the published config.json changes the mode at the next page load."""
    with static_host(site, site_port) as url:
        stage = Stage(browser, url, artifacts)
        stage.hosts.add(urlsplit(backend.url).netloc)
        speaker, listener = stage.speaker(), stage.listener()
        for mode, flag in (("websocket", False), ("http", True)):
            (site / "config.json").write_text(json.dumps(config(backend, use_http_session_creation=flag)))
            speaker.open(f"{url}/speaker/")
            if mode == "websocket":
                speaker.sign_in_by_hand(backend.data)
            link = speaker.start()
            assert link.startswith(f"{url}/listener/?s=")
            expect(speaker.see("creation-mode")).to_have_attribute("data-mode", mode)
            listener.hear(link)
            listener.expect_speech()
            speaker.end()
            listener.expect_state("ended")
        stage.close()


def test_a_tab_that_was_opened_before_the_server_came_back(
    browser: Browser, artifacts: Path, site: Path, site_port: int, backend: DevServer
) -> None:
    """The pages are there, their server is not yet: the link's code stays, one press later sound plays."""
    with static_host(site, site_port) as url:
        stage = Stage(browser, url, artifacts)
        stage.hosts.add(urlsplit(backend.url).netloc)
        speaker, listener = stage.speaker(), stage.listener()
        speaker.open(f"{url}/speaker/")
        speaker.sign_in_by_hand(backend.data)
        link = speaker.start()
        backend.kill()
        listener.open(link)
        listener.expect_notice("This site cannot be reached.")
        expect(listener.see("session-code")).to_have_value(link.partition("?s=")[2])
        listener.picture("away")
        backend.start()
        speaker.expect_state("live", ANSWER_MS)
        listener.click("join")
        listener.click("listen")
        listener.expect_speech()
        stage.close()
