"""`audio` messages for clients without `lectern.v1`: about a second each, and no tail is left behind."""

import base64
from dataclasses import replace
from typing import Any

import pytest

from backend.live.hub import Hub
from backend.live.room import Room
from backend.metrics import Metrics
from backend.records import Session
from backend.ws import greetings
from pylib.protocol.frames import KIND_OPUS, KIND_PCM16, FrameHeader, encode
from tests.support.older_speaker import chunks_of
from tests.support.server_clock import ServerClock
from tests.unit.backend.live.fake_transport import FakeTransport
from tests.unit.backend.live.room_harness import LIMITS, person, room, seat

BLOCK = bytes(range(128)) * 5


class Stage:
    def __init__(self) -> None:
        self.clock = ServerClock()
        self.room = room(self.clock)
        _, self.older = seat(self.room, is_older=True, clock=self.clock)

    async def speak(self, first: int, count: int) -> None:
        for seq in range(first, first + count):
            self.room.floor.publish(self.room.session, pcm(seq))
            await self.clock.advance(0.02)

    def heard(self) -> list[dict[str, Any]]:
        return audio_of(self.older)


def pcm(seq: int) -> bytes:
    return encode(FrameHeader(KIND_PCM16, 0, 0, seq, seq * 20), BLOCK)


def audio_of(transport: FakeTransport) -> list[dict[str, Any]]:
    return [message for message in transport.messages() if message["type"] == "audio"]


def sound_of(messages: list[dict[str, Any]]) -> bytes:
    return b"".join(base64.b64decode(message["audioData"]) for message in messages)


async def test_fifty_messages_a_second_become_one() -> None:
    stage = Stage()
    await stage.speak(0, 200)
    heard = stage.heard()
    assert len(heard) == 4
    assert sound_of(heard) == BLOCK * 200
    assert {message["duration"] for message in heard} == {1000}
    assert [message["sequenceNumber"] for message in heard] == [0, 50, 100, 150]
    assert [message["chunkId"] for message in heard] == ["0", "50", "100", "150"]
    began = stage.room.session.created_at
    assert [message["timestamp"] - began for message in heard] == [0, 1000, 2000, 3000]


async def test_clients_with_lectern_v1_who_ask_for_text_get_each_frame_at_once() -> None:
    stage = Stage()
    _, ours = seat(stage.room, text_only=True, clock=stage.clock)
    await stage.speak(0, 10)
    assert [message["sequenceNumber"] for message in audio_of(ours)] == list(range(10))
    assert {message["duration"] for message in audio_of(ours)} == {20}
    assert stage.heard() == []


async def test_a_tail_waits_no_longer_than_a_second() -> None:
    stage = Stage()
    await stage.speak(0, 63)
    await stage.clock.advance(1)
    assert [message["duration"] for message in stage.heard()] == [1000, 260]
    assert sound_of(stage.heard()) == BLOCK * 63


@pytest.mark.parametrize("status", ["paused", "ended"])
async def test_what_was_gathered_comes_before_a_pause_and_before_the_end(status: str) -> None:
    stage = Stage()
    await stage.speak(0, 7)
    end = replace(stage.room.session, status=status, version=2)
    announce(stage, end)
    assert stage.older.kinds() == ["audio", "broadcastPaused" if status == "paused" else "sessionEnded"]
    assert stage.heard()[0]["duration"] == 140


def announce(stage: Stage, session: Session) -> None:
    hub = Hub(LIMITS, Metrics(), stage.clock)
    hub._rooms[session.session_id] = stage.room
    hub.announce(session)


async def test_what_was_gathered_comes_before_the_news_of_a_mute() -> None:
    stage = Stage()
    await stage.speak(0, 7)
    stage.room.set_muted(True, None)
    assert stage.older.kinds() == ["audio", "broadcastMuted"]


async def test_a_rest_shorter_than_a_frame_is_sent_too() -> None:
    stage = Stage()
    place = stage.room
    place.floor.publish_text(place.session, chunks_of(BLOCK + BLOCK[:100], 3.0)[0].message)
    place.set_muted(True, None)
    assert sound_of(stage.heard()) == BLOCK + BLOCK[:100] + bytes(540)


async def test_a_gap_in_the_numbers_is_not_joined_over() -> None:
    stage = Stage()
    await stage.speak(0, 5)
    await stage.speak(20, 5)
    await stage.clock.advance(1)
    told = [(message["sequenceNumber"], message["duration"]) for message in stage.heard()]
    assert told == [(0, 100), (20, 100)]


async def test_a_chunk_of_seconds_comes_without_waiting_for_its_pace() -> None:
    stage = Stage()
    place = stage.room
    place.floor.publish_text(place.session, chunks_of(BLOCK * 102, 3.0)[0].message)
    await stage.clock.settle()
    assert [message["duration"] for message in stage.heard()] == [1000, 1000]
    await stage.clock.advance(1)
    assert sound_of(stage.heard()) == BLOCK * 102


async def test_opus_is_not_for_them() -> None:
    stage = Stage()
    for seq in range(60):
        data = encode(FrameHeader(KIND_OPUS, 0, 0, seq, seq * 20), b"opus")
        stage.room.floor.publish(stage.room.session, data)
    await stage.clock.advance(2)
    assert stage.heard() == []


async def test_a_newcomer_starts_with_the_message_that_is_being_gathered() -> None:
    stage = Stage()
    await stage.speak(0, 60)
    newcomer = join(stage.room, stage.clock)
    await stage.speak(60, 40)
    assert [message["sequenceNumber"] for message in audio_of(newcomer)] == [50]
    assert newcomer.messages()[0]["fromSeq"] == 50
    assert len(stage.heard()) == 2, "the others' messages are not cut by those who come"


def join(place: Room, clock: ServerClock) -> FakeTransport:
    peer, transport = person(is_older=True, clock=clock)
    place.seat_listener(peer)
    greetings.welcome_listener(peer, place, LIMITS.grace_ms, "", -1)
    return transport


async def test_one_who_is_behind_keeps_two_seconds_and_not_a_hundred_messages() -> None:
    stage = Stage()
    stage.older.waiting = 100_000
    await stage.speak(0, 600)
    stage.older.waiting = 0
    await stage.speak(600, 50)
    assert [message["sequenceNumber"] for message in stage.heard()] == [500, 550, 600]
