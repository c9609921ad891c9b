"""Portable: the page's language, told to the server, so that the speaker sees who listens in which."""

import asyncio

from pylib.ui.i18n import Texts
from tests.support.client_harness import ClientHarness
from tests.support.listener_harness import ListenerHarness


def languages_told(messages: "list[dict[str, str]]") -> "list[str]":
    """The languages that were told by message, in order."""
    return [message["targetLanguage"] for message in messages if message["action"] == "changeLanguage"]


async def test_joining_tells_the_language_of_the_page_once() -> None:
    stage = await ListenerHarness().join()
    assert stage.socket.url.endswith("?sessionId=golden-eagle-427&targetLanguage=en")
    assert languages_told(stage.socket.texts) == []


async def test_a_change_is_told_at_once_and_by_every_later_connection() -> None:
    stage = await ListenerHarness().join()
    stage.set_texts(Texts("hi", stage.texts.sentences))
    assert languages_told(stage.socket.texts) == ["hi"]
    stage.socket.drop()
    await stage.clock.advance(5)
    assert len(stage.connector.sockets) == 2
    assert "&targetLanguage=hi&" in stage.socket.url


async def test_a_page_that_is_not_listening_tells_nothing() -> None:
    stage = ListenerHarness()
    await stage.app.open("golden-eagle-427")
    stage.set_texts(Texts("hi", stage.texts.sentences))
    assert stage.connector.sockets == []
    await stage.join()
    stage.app.stop()
    stage.set_texts(Texts("de", stage.texts.sentences))
    assert languages_told(stage.socket.texts) == []
    assert stage.socket.url.endswith("&targetLanguage=hi")


async def test_a_change_while_the_connection_opens_is_not_lost() -> None:
    stage = ClientHarness(token="")
    stage.client.set_language("en")
    connecting = asyncio.create_task(stage.client.connect("golden-eagle-427"))
    await stage.clock.settle()
    stage.client.set_language("ar")
    assert languages_told(stage.socket.texts) == []
    await stage.answer()
    await connecting
    assert stage.socket.url.endswith("&targetLanguage=en")
    assert languages_told(stage.socket.texts) == ["ar"]


async def test_a_change_while_a_fresh_connection_replaces_the_old_one_is_not_lost() -> None:
    stage = ClientHarness(token="")
    stage.client.set_language("en")
    await stage.connect()
    old = stage.socket
    old.say({"type": "connectionRefreshRequired"})
    await stage.clock.settle()
    stage.client.set_language("ar")
    assert languages_told(old.texts) == ["ar"]
    assert stage.socket.url.endswith("&targetLanguage=en&resume=c-1&lastSeq=0")
    await stage.answer()
    assert languages_told(stage.socket.texts) == ["ar"]
