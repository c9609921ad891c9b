"""A small talk whose places are soon taken."""

from typing import Any

from backend.live.peer import Peer
from backend.live.room import Room
from backend.problems import Problem
from backend.settings import Limits
from pylib.protocol.client_messages import PlaybackReport
from pylib.protocol.frames import FRAME_MS
from tests.support.server_clock import ServerClock
from tests.unit.backend.live.fake_transport import FakeTransport
from tests.unit.backend.live.room_harness import person, publish, room

FAIR = int(Limits().fair_s * 1000 / FRAME_MS)
"""Frames of sound that a listener is sent before its place may be given away."""


class Talk:
    """A room of three places whose speaker speaks; `spoken` frames so far."""

    def __init__(self, **fields: Any) -> None:
        self.clock = ServerClock()
        self.room: Room = room(self.clock, **fields)
        self.room.seat_speaker(person(clock=self.clock)[0])
        self.spoken = 0

    def seat(self, resume: str = "", **fields: Any) -> tuple[Peer, FakeTransport]:
        peer, transport = person(clock=self.clock, **fields)
        self.room.seat_listener(peer, resume)
        return peer, transport

    def fill(self) -> list[tuple[Peer, FakeTransport]]:
        return [self.seat() for _ in range(3)]

    async def speak(self, frames: int = FAIR, **fields: Any) -> None:
        publish(self.room, *range(self.spoken, self.spoken + frames), **fields)
        self.spoken += frames

    def report(self, peer: Peer, **fields: Any) -> None:
        told: dict[str, Any] = {"audible": True, "state": "live", "ear_delay_ms": 90, "buffer_ms": 50}
        told |= {"gaps": 0, "last_seq": self.spoken - 1, **fields}
        self.room.places.note_report(peer, PlaybackReport(action="playbackReport", **told))

    def is_full(self, resume: str = "") -> bool:
        full = None
        try:
            self.seat(resume)
        except Problem as problem:
            full = problem.code
        assert full in (None, "SESSION_MAX_LISTENERS_REACHED")
        return full is not None

    @property
    def hearing(self) -> int:
        return self.room.status().hearing.audible
