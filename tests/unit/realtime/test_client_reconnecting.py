"""Portable: the live client when the link or the token fails, and how it lets go."""

import asyncio
from typing import Any

from pylib.errors import AuthError, ConnectionRefused, NetworkError, RealtimeError, RequestUnanswered
from pylib.realtime.backoff import DELAYS_S, LONGEST_DELAY_S, MAX_ATTEMPTS
from pylib.realtime.state_machine import SPEAKER_TIMING
from tests.support.client_harness import ClientHarness
from tests.support.portable import async_raises


async def test_heartbeats_give_the_servers_time() -> None:
    stage = ClientHarness()
    await stage.connect()
    beat = stage.socket.last("heartbeat")
    server_ms = stage.clock.now_ms() + 5000
    stage.socket.say({"type": "heartbeatAck", "timestamp": beat["timestamp"], "serverTime": server_ms})
    assert abs(stage.client.server_clock.now_ms() - server_ms) < 1
    assert stage.client.server_clock.round_trip_ms == 0


async def test_a_heartbeat_without_an_id_in_its_answer_counts_too() -> None:
    stage = ClientHarness()
    await stage.connect()
    await stage.clock.advance(0.5)
    stage.socket.say({"type": "heartbeatAck", "serverTime": stage.clock.now_ms()})
    assert stage.client.server_clock.round_trip_ms == 500
    stage.socket.say({"type": "heartbeatAck", "serverTime": 1, "id": [3]})
    stage.socket.say({"type": "heartbeatAck", "serverTime": 1, "id": 77})
    assert stage.client.server_clock.offset_ms == 250


async def test_a_device_whose_clock_is_set_in_mid_talk_still_knows_the_servers_time() -> None:
    stage = ClientHarness(timing=SPEAKER_TIMING)
    await stage.connect()
    clock, server_clock = stage.clock, stage.client.server_clock
    await answer_heartbeat(stage, after_s=0.02, ahead_ms=1000)
    before_ms = server_clock.now_ms()
    clock.jump(-3600)
    assert server_clock.now_ms() == before_ms
    await clock.advance(0.98)
    await answer_heartbeat(stage, after_s=0.02, ahead_ms=1000 + 3_600_000)
    assert abs(server_clock.now_ms() - before_ms - 1000) < 1


async def test_a_slow_answer_does_not_spoil_the_servers_time_but_a_clock_that_was_set_does_count() -> None:
    stage = ClientHarness(timing=SPEAKER_TIMING)
    await stage.connect()
    clock, server_clock = stage.clock, stage.client.server_clock
    await answer_heartbeat(stage, after_s=0.02, ahead_ms=1000)
    await clock.advance(1 - 0.02)
    await answer_heartbeat(stage, after_s=0.8, ahead_ms=1000, back_s=0.0)
    assert server_clock.offset_ms == 1000
    await clock.advance(0.2)
    await answer_heartbeat(stage, after_s=0.3, ahead_ms=1000 - 3_600_000)
    assert abs(server_clock.offset_ms - (1000 - 3_600_000)) <= 150


async def answer_heartbeat(
    stage: ClientHarness, *, after_s: float, ahead_ms: float, back_s: "float | None" = None
) -> None:
    """The server hears after `after_s` less the way back (half of it), and its answer arrives."""
    beat = stage.socket.last("heartbeat")
    back_s = after_s / 2 if back_s is None else back_s
    await stage.clock.advance(after_s - back_s)
    server_ms = stage.clock.now_ms() + ahead_ms
    await stage.clock.advance(back_s)
    stage.socket.say({"type": "heartbeatAck", "id": beat["id"], "serverTime": server_ms})


async def test_a_speaker_whose_server_falls_silent_notices_within_three_seconds() -> None:
    stage = ClientHarness(timing=SPEAKER_TIMING)
    await stage.connect()
    beat = stage.socket.last("heartbeat")
    stage.socket.say({"type": "heartbeatAck", "id": beat["id"], "serverTime": 1})
    await stage.clock.advance(3)
    assert len(stage.connector.sockets) == 2
    assert stage.connector.sockets[0].closed_by_client


async def test_a_server_that_says_later_is_asked_again_and_not_taken_for_a_refusal() -> None:
    stage = ClientHarness()
    connecting = asyncio.create_task(stage.client.connect("golden-eagle-427", timeout_s=10))
    for _ in range(3):
        await stage.clock.advance(3)
        stage.connector.last.accept()
        stage.connector.last.drop(1013, "SERVICE_UNAVAILABLE")
    assert stage.client.state == "waiting"
    await stage.clock.advance(10)
    error = await async_raises(RequestUnanswered, connecting)
    assert error.code == "SERVICE_UNAVAILABLE"


async def test_goaway_says_when_to_come_back() -> None:
    stage = ClientHarness()
    await stage.connect()
    stage.socket.say({"type": "goaway", "timestamp": 1, "reconnectInMs": 3000})
    stage.socket.drop(1012)
    await stage.clock.advance(2.9)
    assert len(stage.connector.sockets) == 1
    await stage.clock.advance(0.2)
    assert len(stage.connector.sockets) == 2


async def test_a_restart_that_takes_longer_than_the_server_thought_is_tried_with_the_usual_delays() -> None:
    stage = ClientHarness()
    await stage.connect()
    stage.socket.say({"type": "goaway", "timestamp": 1, "reconnectInMs": 100})
    stage.socket.drop(1012)
    await stage.clock.advance(0.1)
    for sockets, wait_s in ((3, DELAYS_S[1]), (4, DELAYS_S[2]), (5, LONGEST_DELAY_S)):
        stage.socket.drop(1006)
        await stage.clock.advance(wait_s - 0.05)
        assert len(stage.connector.sockets) == sockets - 1
        await stage.clock.advance(0.1)
        assert len(stage.connector.sockets) == sockets


async def test_two_hundred_reconnects_leave_one_socket_and_no_timer_behind() -> None:
    stage = ClientHarness()
    await stage.connect()
    for _ in range(200):
        await stage.clock.advance(11)
        stage.socket.say({"type": "anything"})
        stage.socket.drop()
        await stage.clock.advance(0.1)
        await stage.answer()
    sockets = stage.connector.sockets
    assert stage.client.reconnects == 200
    assert [socket.is_open for socket in sockets].count(True) == 1
    heard: list[Any] = []
    stage.client.on("probe", heard.append)
    for socket in sockets:
        socket.say_raw('{"type": "probe"}')
    assert len(heard) == 1
    assert stage.clock.waiting() <= 2
    stage.client.leave()
    assert stage.clock.waiting() == 0


async def test_a_device_without_a_network_comes_back_at_once_when_there_is_one() -> None:
    stage = ClientHarness()
    await stage.connect()
    stage.client.network_changed(False)
    await stage.clock.advance(2)
    assert stage.client.state == "waiting"
    for _ in range(30):
        await stage.clock.advance(7)
        stage.socket.drop()
    assert stage.client.state == "waiting"
    stage.client.network_changed(True)
    await stage.clock.settle()
    await stage.answer()
    assert stage.client.state == "open"


async def test_without_a_token_for_good_the_connection_ends() -> None:
    stage = ClientHarness()
    stage.token_error = RealtimeError("Please sign in again.", code="AUTH_SIGN_IN_REQUIRED")
    error = await async_raises(ConnectionRefused, stage.client.connect("golden-eagle-427"))
    assert error.code == "AUTH_SIGN_IN_REQUIRED"
    assert stage.connector.sockets == []


async def test_a_token_that_cannot_be_had_just_now_is_tried_again() -> None:
    for passing in (
        NetworkError("This site cannot be reached."),
        AuthError("The sign-in service has a problem at the moment."),
        ValueError("the browser has closed its database"),
    ):
        stage = ClientHarness()
        stage.token_error = passing
        task = asyncio.create_task(stage.client.connect("golden-eagle-427"))
        await stage.clock.advance(0.1)
        stage.token_error = None
        await stage.clock.advance(1)
        await stage.answer()
        assert (await task)["connectionId"] == "c-1"


async def test_who_had_no_token_all_the_while_is_told_of_the_sign_in_and_not_of_the_network() -> None:
    stage = ClientHarness()
    stage.token_error = AuthError("The sign-in service has a problem at the moment.")
    task = asyncio.create_task(stage.client.connect("golden-eagle-427"))
    await stage.clock.advance(30)
    error = await async_raises(RequestUnanswered, task)
    assert error.code == "AUTH_FAILED"


async def test_a_token_that_fails_late_does_no_harm_to_a_newer_connection() -> None:
    stage = ClientHarness()
    late = asyncio.Event()

    async def slow_token() -> str:
        await late.wait()
        raise RealtimeError("Please sign in again.", code="AUTH_SIGN_IN_REQUIRED")

    await stage.connect()
    stage.client._token = slow_token
    stage.socket.drop()
    await stage.clock.advance(10.1)
    stage.client._token = stage._token
    await stage.clock.advance(5)
    await stage.answer()
    late.set()
    await stage.clock.settle()
    assert stage.client.state == "open"


async def test_trying_at_once_leaves_no_timer_of_the_wait_behind() -> None:
    stage = ClientHarness()
    await stage.connect()
    for _ in range(3):
        stage.socket.drop()
        stage.client.retry_now()
        await stage.clock.settle()
        await stage.answer()
    stage.client.leave()
    assert stage.clock.waiting() == 0


async def test_after_giving_up_a_person_may_start_it_again() -> None:
    stage = ClientHarness()
    await stage.connect()
    for _ in range(MAX_ATTEMPTS + 1):
        stage.socket.drop()
        await stage.clock.advance(3)
    assert stage.client.state == "closed"
    stage.client.retry_now()
    await stage.clock.settle()
    await stage.answer()
    assert stage.client.state == "open"


async def test_leaving_lets_go_of_socket_and_timers() -> None:
    stage = ClientHarness()
    await stage.connect()
    await stage.client.close()
    assert stage.socket.closed_by_client
    assert stage.clock.waiting() == 0
    assert stage.client.state == "closed"


async def test_a_cancelled_connect_leaves_nothing_behind() -> None:
    stage = ClientHarness()
    task = asyncio.create_task(stage.client.connect("golden-eagle-427"))
    await stage.clock.settle()
    task.cancel()
    await async_raises(asyncio.CancelledError, task)
    assert stage.socket.closed_by_client
    assert stage.clock.waiting() == 0
