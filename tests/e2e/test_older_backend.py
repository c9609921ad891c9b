"""Both pages on the original system's own backend: a real browser enforces CORS and subprotocols.

That every sample arrives, and what happens otherwise, is shown by tests/integration/test_older_backend.py.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.pages import Stage
from tests.e2e.servers import DevServer
from tests.support.loop_thread import loop_thread
from tests.support.older_backend import OlderBackend, older_backend


@pytest.fixture
def backend() -> Iterator[OlderBackend]:
    """In a thread of this process, at an origin of its own."""
    serving = older_backend()
    with loop_thread() as beside:
        running = beside.run(serving.__aenter__())
        try:
            yield running
        finally:
            beside.run(serving.__aexit__(None, None, None))


@pytest.fixture
def site(tmp_path: Path, backend: OlderBackend) -> Iterator[DevServer]:
    """The pages and the sign-in; what they talk to is `backend`."""
    calls = ("--connect-origin", backend.url, "--connect-origin", backend.ws_url)
    server = DevServer(tmp_path / "data", *calls)
    server.start()
    server.configure(backend="aws", websocket_url=backend.ws_url, http_api_url=backend.url, dev=False)
    yield server
    server.stop()


def test_a_talk_on_the_originals_backend_in_both_modes(
    browser: Browser, artifacts: Path, site: DevServer, backend: OlderBackend
) -> None:
    stage = Stage(browser, site.url, artifacts)
    stage.hosts.add(urlsplit(backend.url).netloc)
    speaker, listener = stage.speaker(), stage.listener()
    for mode in ("websocket", "http"):
        speaker.open(f"{site.url}/speaker/?creation={mode}")
        if mode == "websocket":
            speaker.sign_in_by_hand(site.data)
        link = speaker.start()
        expect(speaker.see("creation-mode")).to_have_attribute("data-mode", mode)
        listener.hear(link)
        listener.expect_speech()
        speaker.click("pause")
        listener.expect_state("paused")
        speaker.click("pause")
        listener.expect_state("live")
        listener.expect_speech()
        speaker.end()
        listener.expect_state("ended")
    stage.close()
    assert backend.surprises == []
