"""Portable: the live client against a server side that the test plays."""

import asyncio
from typing import Any

from pylib.errors import ConnectionRefused, RealtimeError, RequestFailed, RequestUnanswered
from pylib.protocol.frames import KIND_OPUS, FrameHeader, encode
from pylib.realtime.reconnecting import MAX_BACKLOG_BYTES
from tests.support.client_harness import ClientHarness
from tests.support.portable import async_raises


async def test_connecting_carries_the_session_and_the_token_as_a_subprotocol() -> None:
    stage = ClientHarness()
    welcome = await stage.connect()
    assert welcome["connectionId"] == "c-1"
    assert stage.socket.url == "wss://talk.example/ws?sessionId=golden-eagle-427"
    assert stage.socket.subprotocols == ["lectern.v1", "bearer.jwt"]
    assert stage.client.state == "open"


async def test_a_listener_sends_no_token() -> None:
    stage = ClientHarness(token="")
    await stage.connect()
    assert stage.socket.subprotocols == ["lectern.v1"]


async def test_a_legacy_connection_names_no_session() -> None:
    stage = ClientHarness()
    await stage.connect("")
    assert stage.socket.url == "wss://talk.example/ws"


async def test_an_older_server_that_never_welcomes_is_connected_too() -> None:
    stage = ClientHarness()
    task = asyncio.create_task(stage.client.connect("golden-eagle-427"))
    await stage.clock.settle()
    stage.socket.accept()
    await stage.clock.advance(1.9)
    assert not task.done()
    await stage.clock.advance(0.2)
    assert await task == {"type": "welcome"}
    assert stage.client.state == "open"


async def test_a_server_that_welcomed_once_is_waited_for_when_it_stands_still() -> None:
    """Sound that is sent before the welcome would be sent from the wrong frame on, and some would be lost."""
    stage = ClientHarness()
    await stage.connect()
    stage.socket.drop()
    await stage.clock.advance(0.5)
    stage.socket.accept()
    await stage.clock.advance(1.5)
    assert stage.client.state == "open"
    stage.client._connection.machine.heartbeat_answered()
    await stage.clock.advance(1.5)
    assert not stage.client.send_audio(b"frame")
    stage.socket.say({"type": "welcome", "timestamp": 1, "connectionId": "c-2", "fromSeq": 7})
    assert stage.client.send_audio(b"frame")


async def test_a_frame_of_a_foreign_channel_is_neither_heard_nor_counted_on_from() -> None:
    stage = ClientHarness()
    await stage.connect()
    heard: list[int] = []
    stage.client.frames.on_frame = lambda header, _payload: heard.append(header.seq)
    for channel, seq in ((0, 4), (7, 900), (255, 901), (0, 5)):
        stage.socket.say_bytes(encode(FrameHeader(KIND_OPUS, channel, 0, seq, 0), b"sound"))
    assert heard == [4, 5]
    assert stage.client.frames.last_seq == 5
    assert stage.client.frames.malformed == 0


async def test_a_refused_connection_raises_and_is_not_tried_again() -> None:
    stage = ClientHarness()
    task = asyncio.create_task(stage.client.connect("golden-eagle-427"))
    await stage.clock.settle()
    stage.socket.drop(1008, "SESSION_NOT_FOUND")
    error = await async_raises(ConnectionRefused, task)
    assert (error.close_code, error.code) == (1008, "SESSION_NOT_FOUND")
    await stage.clock.advance(60)
    assert len(stage.connector.sockets) == 1
    assert stage.clock.waiting() == 0


async def test_no_server_raises_after_the_timeout_and_nothing_goes_on() -> None:
    stage = ClientHarness()
    task = asyncio.create_task(stage.client.connect("golden-eagle-427", 5.0))
    await stage.clock.settle()
    for _ in range(3):
        stage.socket.drop()
        await stage.clock.advance(2)
    error = await async_raises(RequestUnanswered, task)
    assert error.code == "NETWORK_ERROR"
    attempts = len(stage.connector.sockets)
    assert attempts >= 2
    await stage.clock.advance(60)
    assert len(stage.connector.sockets) == attempts


async def test_a_request_gets_the_answer_that_repeats_its_id() -> None:
    stage = ClientHarness()
    await stage.connect()
    task = asyncio.create_task(stage.client.request("getSessionStatus", {}, "sessionStatus"))
    await stage.clock.settle()
    request = stage.socket.last("getSessionStatus")
    stage.socket.say({"type": "sessionStatus", "requestId": "somebody-else", "listenerCount": 1})
    stage.socket.say({"type": "sessionStatus", "listenerCount": 2})
    stage.socket.say({"type": "sessionStatus", "requestId": request["requestId"], "listenerCount": 3})
    assert (await task)["listenerCount"] == 3


async def test_a_request_answered_with_an_error_raises_it() -> None:
    stage = ClientHarness()
    await stage.connect()
    task = asyncio.create_task(stage.client.request("endSession", {}, "sessionEnded"))
    await stage.clock.settle()
    request_id = stage.socket.last("endSession")["requestId"]
    stage.socket.say(
        {"type": "error", "requestId": request_id, "code": "AUTH_UNAUTHORIZED", "message": "No."}
    )
    error = await async_raises(RequestFailed, task)
    assert (error.code, error.message) == ("AUTH_UNAUTHORIZED", "No.")


async def test_an_unanswered_request_raises_after_its_timeout() -> None:
    stage = ClientHarness()
    await stage.connect()
    task = asyncio.create_task(stage.client.request("endSession", {}, "sessionEnded", 3.0))
    for _ in range(4):
        await stage.clock.advance(1)
        stage.socket.say({"type": "heartbeatAck", "timestamp": stage.clock.now_ms(), "serverTime": 1})
    await async_raises(RequestUnanswered, task)


async def test_a_request_fails_at_once_when_the_connection_goes_or_is_not_there() -> None:
    stage = ClientHarness()
    await async_raises(RealtimeError, stage.client.request("endSession", {}, "sessionEnded"))
    await stage.connect()
    task = asyncio.create_task(stage.client.request("endSession", {}, "sessionEnded"))
    await stage.clock.settle()
    stage.socket.drop()
    assert (await async_raises(RealtimeError, task)).code == "NOT_CONNECTED"


async def test_a_lost_connection_comes_back_and_asks_to_go_on() -> None:
    stage = ClientHarness()
    await stage.connect()
    stage.socket.say_bytes(encode(FrameHeader(KIND_OPUS, 0, 0, 41, 0), b"x"))
    stage.socket.drop()
    assert stage.client.state == "waiting"
    await stage.clock.advance(0.1)
    await stage.answer()
    assert stage.client.state == "open"
    assert stage.socket.url.endswith("?sessionId=golden-eagle-427&resume=c-1&lastSeq=41")
    assert stage.client.reconnects == 1


async def test_what_an_old_socket_still_says_is_ignored() -> None:
    stage = ClientHarness()
    await stage.connect()
    old = stage.socket
    heard: list[Any] = []
    stage.client.on("sessionEnded", heard.append)
    stage.client.leave()
    old.say_raw('{"type": "sessionEnded", "timestamp": 1}')
    assert heard == []
    assert old.closed_by_client


async def test_messages_reach_their_handlers_and_nonsense_does_no_harm() -> None:
    stage = ClientHarness()
    await stage.connect()
    heard: list[Any] = []
    stage.client.on("broadcastPaused", heard.append)
    for text in ("", "nonsense", "[]", "3", "null", "{}", '{"type": 3}'):
        stage.socket.say_raw(text)
    stage.socket.say({"type": "broadcastPaused", "timestamp": 1})
    assert len(heard) == 1
    assert stage.client.state == "open"


async def test_frames_reach_the_ear_and_malformed_ones_are_counted() -> None:
    stage = ClientHarness()
    await stage.connect()
    frames: list[Any] = []
    stage.client.frames.on_frame = lambda header, payload: frames.append((header.seq, payload))
    stage.socket.say_bytes(encode(FrameHeader(KIND_OPUS, 0, 0, 7, 140), b"opus"))
    stage.socket.say_bytes(b"short")
    assert frames == [(7, b"opus")]
    assert stage.client.frames.malformed == 1


async def test_audio_is_dropped_while_the_link_is_closed_or_backed_up() -> None:
    stage = ClientHarness()
    assert not stage.client.send_audio(b"frame")
    await stage.connect()
    assert stage.client.send_audio(b"frame")
    stage.socket.backlog = MAX_BACKLOG_BYTES + 1
    assert not stage.client.send_audio(b"frame")
    assert stage.socket.frames == [b"frame"]
