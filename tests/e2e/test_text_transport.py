"""Both pages behind the gateway of the original system, which carries no binary frames.

That every sample arrives once and in order is shown by tests/integration/test_text_sound.py.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, WebSocket

from tests.e2e.pages import Stage, Visitor
from tests.e2e.servers import DevServer


@pytest.fixture
def site(tmp_path: Path) -> Iterator[DevServer]:
    """A site that is set up for that gateway, as docs/configuration.md says."""
    server = DevServer(tmp_path / "data", "--gateway", "aws")
    server.start()
    server.configure(transport="text", socket_auth="query")
    yield server
    server.stop()


@pytest.fixture
def stage(browser: Browser, site: DevServer, artifacts: Path) -> Iterator[Stage]:
    """Speakers and listeners on it."""
    opened = Stage(browser, site.url, artifacts)
    yield opened
    opened.close()


class Wire:
    """What the sockets of a page carry."""

    def __init__(self, visitor: Visitor) -> None:
        self.urls: list[str] = []
        self.kinds: set[type] = set()
        visitor.page.on("websocket", self._watch)

    def _watch(self, socket: WebSocket) -> None:
        self.urls.append(socket.url)
        for event in ("framesent", "framereceived"):
            socket.on(event, lambda payload: self.kinds.add(type(payload)))


def test_a_talk_through_the_gateway_is_heard(stage: Stage) -> None:
    speaker, listener = stage.speaker(), stage.listener()
    wires = Wire(speaker), Wire(listener)
    listener.hear(speaker.go_live(f"{stage.url}/speaker/"))
    listener.wait_for_stat("framesPlayed", 250)
    listener.expect_speech()
    assert listener.stats()["framesLost"] == listener.stats()["malformedFrames"] == 0
    speaker.end()
    listener.expect_state("ended")
    for wire in wires:
        assert wire.urls
        assert all("transport=text" in url for url in wire.urls)
        assert wire.kinds == {str}
