"""Portable: the listener page on the original system's own backend, which may not tell of a talk's end."""

from typing import Any

from listener.bootstrap import ListenerPage
from tests.support.fake_http import problem
from tests.support.fake_site import FakeSite, FakeWindow
from tests.support.listener_harness import CODE, SessionApi
from tests.support.listener_ports import CONFIG, listener_ports


async def joined() -> Any:
    """The ports of a page that has joined a talk there, and hears nothing yet."""
    site = FakeSite(
        "listener", websocket_url=CONFIG.websocket_url, http_api_url=CONFIG.http_api_url, backend="aws"
    )
    ports: Any = listener_ports(site=site, window=FakeWindow(s=CODE), transport=SessionApi())
    await ports.clock.run(ListenerPage(ports).open())
    ports.page.do("listen")
    await ports.clock.settle()
    ports.connector.last.accept()
    ports.connector.last.say({"type": "sessionJoined", "sessionId": CODE, "listenerCount": "3"})
    await ports.clock.settle()
    return ports


def state(ports: Any) -> Any:
    return ports.page.attributes["state data-state"]


async def test_the_page_joins_by_itself_and_reads_numbers_told_as_text() -> None:
    ports = await joined()
    assert ports.connector.last.subprotocols == []
    assert ports.connector.last.last("joinSession")["sessionId"] == CODE
    assert state(ports) == "buffering"


async def test_while_nothing_is_heard_the_api_is_asked_whether_the_talk_has_ended() -> None:
    ports = await joined()
    await ports.clock.advance(5)
    assert len(ports.transport.asked) > 1
    ports.transport.status = "ended"
    await ports.clock.advance(30)
    assert state(ports) == "ended"


async def test_a_talk_that_was_joined_and_is_not_known_any_more_has_ended() -> None:
    ports = await joined()
    ports.transport.failure = problem(404, "SESSION_NOT_FOUND")
    await ports.clock.advance(30)
    assert state(ports) == "ended"


async def test_of_the_speakers_pause_the_connection_knows_more_than_the_api() -> None:
    ports = await joined()
    ports.connector.last.say({"type": "broadcastPaused"})
    await ports.clock.advance(10)
    assert (ports.transport.status, state(ports)) == ("active", "paused")
