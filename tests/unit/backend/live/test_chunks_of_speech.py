"""Speech in chunks of 0.1 to 3 s, from older speakers, on a clock that the test moves."""

import itertools
from array import array
from dataclasses import replace
from typing import Any

import pytest

from backend.live.room import Room
from backend.records import Session
from backend.ws import greetings
from pylib.audio.playback import Playback
from pylib.protocol.frames import HEADER_BYTES, KIND_OPUS, FrameHeader, decode_header, encode
from pylib.protocol.pacing import CATCHING_UP_S, FRAME_S, MAX_WAITING
from tests.support.fake_audio import FakeLoudspeaker
from tests.support.older_speaker import Lateness, chunks_of
from tests.support.pcm import from_pcm16
from tests.support.server_clock import ServerClock
from tests.unit.backend.live.fake_transport import FakeTransport
from tests.unit.backend.live.room_harness import LIMITS, person, room

SIZES_S = [0.1, 0.256, 1.024, 2.048, 3.0]
TOLD_DELAY_S = 0.3
"""A chunk may be heard this much later than its own length says."""

TICK_S = 0.01
ALMOST = 1e-6


class Wire(FakeTransport):
    """Keeps when each frame was written."""

    def __init__(self, clock: ServerClock) -> None:
        super().__init__()
        self._clock = clock
        self.arrivals: list[tuple[float, bytes]] = []

    def write(self, data: Any) -> None:
        super().write(data)
        newest = FakeTransport()
        newest.write(data)
        self.arrivals += [(self._clock.monotonic_s(), each) for each in newest.frames()]

    def times(self) -> list[float]:
        return [at for at, _ in self.arrivals]

    def steps(self) -> list[float]:
        return [later - earlier for earlier, later in itertools.pairwise(self.times())]

    def pcm(self) -> bytes:
        return b"".join(data[HEADER_BYTES:] for _, data in self.arrivals)


class Hall:
    """An older speaker's room, and a listener who takes binary frames."""

    def __init__(self) -> None:
        self.clock = ServerClock()
        self.room = room(self.clock)
        self.wire = Wire(self.clock)
        self.join(self.wire)

    def join(self, wire: FakeTransport, **fields: Any) -> None:
        peer, _ = person(clock=self.clock, **fields)
        peer._transport = wire
        self.room.seat_listener(peer)

    async def speak(self, pcm: bytes, chunk_s: float, late_s: Lateness = lambda _number: 0.0) -> None:
        newest_s = 0.0
        for number, chunk in enumerate(chunks_of(pcm, chunk_s)):
            newest_s = max(newest_s, chunk.complete_s + late_s(number))  # TCP keeps the order
            await self.clock.advance(newest_s - self.clock.monotonic_s())
            self.room.floor.publish_text(self.room.session, chunk.message)
        await self.clock.advance(chunk_s + 1)


def speech(seconds: float) -> bytes:
    """No sample is silent, and none is like the one before."""
    return array("h", [1000 + at % 997 for at in range(round(seconds * 16_000))]).tobytes()


def heard_by_a_page(wire: Wire) -> tuple[FakeLoudspeaker, Playback]:
    """What our listener page makes of the arrivals; its loudspeaker runs from second 0."""
    now = 0.0
    ear = FakeLoudspeaker()
    playback = Playback(ear, lambda: now * 1000, lambda: now * 1000)
    ear._on_tick = playback.on_tick
    coming = list(wire.arrivals)
    while now < wire.arrivals[-1][0] + 1:
        now += TICK_S
        while coming and coming[0][0] <= now:
            data = coming.pop(0)[1]
            playback.on_frame(decode_header(data, len(data)), data[HEADER_BYTES:])
        ear.run(TICK_S * 1000)
    return ear, playback


@pytest.mark.parametrize("chunk_s", SIZES_S)
async def test_every_sample_is_heard_once_and_no_later_than_a_chunk_and_300_ms(chunk_s: float) -> None:
    hall, pcm = Hall(), speech(12)
    await hall.speak(pcm, chunk_s)
    assert hall.wire.pcm() == pcm
    ear, playback = heard_by_a_page(hall.wire)
    assert ear.played == from_pcm16(pcm)
    first_heard_s = next(at for at, sample in enumerate(ear.heard) if sample) / 16_000
    assert first_heard_s <= chunk_s + TOLD_DELAY_S
    without_gap = [
        sample for sample in ear.heard[round(first_heard_s * 16_000) :][: len(pcm) // 2] if not sample
    ]
    assert without_gap == []
    assert (playback.skips, playback.jitter.lost) == (0, 0)


@pytest.mark.parametrize("chunk_s", [0.256, 1.024, 2.048, 3.0])
async def test_frames_of_a_chunk_leave_one_by_one(chunk_s: float) -> None:
    hall = Hall()
    await hall.speak(speech(9), chunk_s)
    steps = hall.wire.steps()
    assert max(steps) < FRAME_S + ALMOST
    assert min(steps) > FRAME_S - ALMOST


LATE: dict[str, Lateness] = {
    "each third is late": lambda number: 0.09 if number % 3 == 0 else 0.0,
    "each second comes early": lambda number: 0.0 if number % 2 else 0.09,
    "out of step": lambda number: number * 37 % 10 / 100,
}


@pytest.mark.parametrize("late_s", LATE.values(), ids=LATE)
@pytest.mark.parametrize("chunk_s", [1.024, 2.048])
async def test_chunks_that_come_unevenly_are_heard_evenly(chunk_s: float, late_s: Lateness) -> None:
    hall, pcm = Hall(), speech(16)
    await hall.speak(pcm, chunk_s, late_s)
    times, steps = hall.wire.times(), hall.wire.steps()
    assert hall.wire.pcm() == pcm
    assert max(steps) < FRAME_S + ALMOST
    assert times[-1] - 16 <= chunk_s + TOLD_DELAY_S


async def test_after_a_standstill_everything_is_sent_and_the_delay_shrinks() -> None:
    hall, pcm = Hall(), speech(40)
    await hall.speak(pcm, 1.024, lambda number: max(0.0, 4.0 - (number - 4) * 1.024) if number >= 4 else 0.0)
    times, steps = hall.wire.times(), hall.wire.steps()
    assert hall.wire.pcm() == pcm
    assert min(steps) > CATCHING_UP_S - ALMOST, "no faster than listeners can follow"
    assert times[-1] - 40 <= 1.024 + TOLD_DELAY_S
    assert len([step for step in steps if step > FRAME_S + ALMOST]) == 1


async def test_what_a_flood_makes_wait_is_bounded() -> None:
    hall = Hall()
    for chunk in chunks_of(speech(30), 3.0):
        hall.room.floor.publish_text(hall.room.session, chunk.message)
    assert hall.room.floor.waiting_s <= MAX_WAITING * FRAME_S + TOLD_DELAY_S


async def test_a_short_chunk_without_a_number_waits_behind_the_long_one_before_it() -> None:
    hall, pcm = Hall(), speech(1.0)
    for chunk in (*chunks_of(pcm[:-640], 2.0), *chunks_of(pcm[-640:], 2.0)):
        hall.room.floor.publish_text(hall.room.session, chunk.message)
    await hall.clock.advance(2)
    assert hall.wire.pcm() == pcm


async def test_our_own_chunks_of_100_ms_leave_at_once() -> None:
    hall = Hall()
    text = Wire(hall.clock)
    hall.join(text, text_only=True)
    for number, chunk in enumerate(chunks_of(speech(1), 0.1)):
        message = chunk.message.model_copy(update={"sequence_number": number * 5})
        hall.room.floor.publish_text(hall.room.session, message)
        await hall.clock.settle()
        assert hall.wire.seqs() == list(range(number * 5 + 5))
        assert len(text.messages()) == number * 5 + 5
    assert hall.clock.waiting() <= 1, "the one that joins messages for older listeners"


async def test_listeners_of_text_frames_hear_a_chunk_at_its_pace_too() -> None:
    hall = Hall()
    text = Wire(hall.clock)
    hall.join(text, text_only=True)
    hall.room.floor.publish_text(hall.room.session, chunks_of(speech(1), 1.0)[0].message)
    await hall.clock.advance(0.51)
    assert len(text.messages()) == len(hall.wire.frames()) == 21


async def test_a_pause_in_mid_chunk_takes_nothing_of_what_was_said_before_it() -> None:
    hall, pcm = Hall(), speech(2)
    place = hall.room
    place.floor.publish_text(place.session, chunks_of(pcm, 2.0)[0].message)
    await hall.clock.advance(0.5)
    place.session = paused(place)
    place.announce(place.pause_message())
    assert hall.wire.kinds() == ["broadcastPaused"]
    place.floor.publish_text(place.session, chunks_of(speech(2), 2.0)[0].message)
    await hall.clock.advance(5)
    assert hall.wire.pcm() == pcm
    assert place.floor.next_seq == 200


async def test_a_speaker_who_reconnects_in_mid_chunk_goes_on_after_it() -> None:
    hall, pcm = Hall(), speech(4)
    place = hall.room
    first, _ = person(clock=hall.clock)
    place.seat_speaker(first)
    one, two = chunks_of(pcm, 2.0)
    place.floor.publish_text(place.session, one.message)
    await hall.clock.advance(0.5)
    place.leave(first)
    second, sent = person(clock=hall.clock)
    place.seat_speaker(second)
    greetings.welcome_speaker(second, place, LIMITS.grace_ms, resumed=False)
    assert sent.messages()[0]["fromSeq"] == 100
    await hall.clock.advance(1.5)
    place.floor.publish_text(place.session, two.message)
    await hall.clock.advance(5)
    assert hall.wire.pcm() == pcm
    assert hall.wire.seqs() == list(range(200))


async def test_a_speaker_who_comes_back_with_a_newer_page_is_heard_after_the_chunk() -> None:
    hall, pcm = Hall(), speech(2)
    place = hall.room
    place.floor.publish_text(place.session, chunks_of(pcm, 2.0)[0].message)
    place.floor.publish(place.session, encode(FrameHeader(KIND_OPUS, 0, 0, 100, 2000), b"opus"))
    place.floor.flush()
    assert hall.wire.seqs() == list(range(101))


async def test_a_listener_who_joins_in_mid_chunk_is_told_its_first_frame() -> None:
    hall = Hall()
    place = hall.room
    place.floor.publish_text(place.session, chunks_of(speech(2), 2.0)[0].message)
    await hall.clock.advance(0.51)
    peer, late = person(clock=hall.clock)
    place.seat_listener(peer)
    greetings.welcome_listener(peer, place, LIMITS.grace_ms, "", -1)
    await hall.clock.advance(3)
    assert late.messages()[0]["fromSeq"] == late.seqs()[0] == 21


def paused(place: Room) -> Session:
    return replace(place.session, status="paused")
