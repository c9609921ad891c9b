"""Portable: the live client moves to a fresh connection before the old one is cut."""

import asyncio
from typing import Any

from pylib.protocol.frames import KIND_OPUS, FrameHeader, encode
from pylib.realtime.state_machine import SPEAKER_TIMING
from tests.support.client_harness import ClientHarness
from tests.support.fake_socket import FakeSocket

REQUIRED = {"type": "connectionRefreshRequired", "timestamp": 1, "refreshBy": 2}


async def opened_twice() -> "tuple[ClientHarness, FakeSocket, FakeSocket]":
    """A client with an old connection, and a successor that the server has not accepted yet."""
    stage = ClientHarness(timing=SPEAKER_TIMING)
    await stage.connect()
    old = stage.socket
    old.say(REQUIRED)
    await stage.clock.settle()
    stage.socket.accept()
    return stage, old, stage.socket


async def test_the_old_connection_is_used_until_the_new_one_is_accepted() -> None:
    stage, old, new = await opened_twice()
    assert stage.client.send_audio(b"before")
    assert (old.frames, new.frames) == ([b"before"], [])
    new.say({"type": "welcome", "timestamp": 2, "connectionId": "c-2", "fromSeq": 7})
    assert stage.client.send_audio(b"after")
    assert (old.frames, new.frames) == ([b"before"], [b"after"])
    assert old.closed_by_client
    assert (stage.client.refreshes, stage.client.reconnects) == (1, 0)
    assert stage.client.welcome["fromSeq"] == 7


async def test_a_handover_changes_no_state() -> None:
    stage, old, new = await opened_twice()
    stage.states.clear()
    old.drop(4001, "replaced by a newer connection")
    new.say({"type": "welcome", "timestamp": 2, "connectionId": "c-2"})
    assert stage.states == []
    assert stage.client.state == "open"


async def test_the_new_connection_goes_on_where_the_old_one_was() -> None:
    stage, _old, new = await opened_twice()
    assert new.url.endswith("&resume=c-1&lastSeq=0")
    assert new.last("refreshConnection")["sessionId"] == "golden-eagle-427"
    new.say({"type": "welcome", "timestamp": 2, "connectionId": "c-2"})
    new.say_bytes(encode(FrameHeader(KIND_OPUS, 0, 0, 41, 0), b"x"))
    new.say(REQUIRED)
    await stage.clock.settle()
    assert stage.socket.url.endswith("&resume=c-2&lastSeq=41")


async def test_requests_without_an_answer_are_sent_again_over_the_new_connection() -> None:
    stage, _old, new = await opened_twice()
    first = asyncio.create_task(stage.client.request("pauseBroadcast", {}, "broadcastPaused"))
    second = asyncio.create_task(stage.client.request("getSessionStatus", {}, "sessionStatus"))
    await stage.clock.settle()
    new.say({"type": "welcome", "timestamp": 2, "connectionId": "c-2"})
    asked = [message for message in new.texts if "requestId" in message]
    assert [message["action"] for message in asked] == ["pauseBroadcast", "getSessionStatus"]
    new.say({"type": "sessionStatus", "requestId": asked[1]["requestId"]})
    new.say({"type": "broadcastPaused", "requestId": asked[0]["requestId"]})
    assert (await first)["type"] == "broadcastPaused"
    assert (await second)["type"] == "sessionStatus"


async def test_an_older_server_accepts_with_another_message_or_with_none() -> None:
    stage, old, new = await opened_twice()
    new.say({"type": "connectionRefreshComplete", "sessionId": "golden-eagle-427"})
    assert old.closed_by_client
    new.say(REQUIRED)
    await stage.clock.settle()
    silent = stage.socket
    silent.accept()
    await stage.clock.advance(1.9)
    assert [old.closed_by_client, new.closed_by_client] == [True, False]
    new.say({"type": "heartbeatAck", "serverTime": 1})
    await stage.clock.advance(0.2)
    assert [new.closed_by_client, silent.closed_by_client] == [True, False]


async def test_messages_to_a_successor_before_it_is_accepted_are_ignored() -> None:
    stage, old, new = await opened_twice()
    heard: list[Any] = []
    stage.client.on("broadcastPaused", heard.append)
    new.say({"type": "broadcastPaused", "timestamp": 1})
    assert heard == []
    old.say({"type": "broadcastPaused", "timestamp": 1})
    assert len(heard) == 1


async def test_a_successor_that_is_refused_leaves_the_old_connection_alone() -> None:
    stage, old, new = await opened_twice()
    new.drop(1006)
    assert stage.client.send_audio(b"frame")
    assert old.frames == [b"frame"]
    stage.client.leave()
    assert stage.clock.waiting() == 0


async def test_leaving_during_a_handover_closes_both_connections() -> None:
    stage, old, new = await opened_twice()
    stage.client.leave()
    assert old.closed_by_client
    assert new.closed_by_client
    assert stage.clock.waiting() == 0
