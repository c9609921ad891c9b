"""A room and people in it, on fake transports."""

from typing import Any

from backend.live.peer import Peer
from backend.live.room import Room
from backend.metrics import Metrics
from backend.records import Session
from backend.settings import Limits
from pylib.protocol.frames import FLOOR, KIND_OPUS, FrameHeader, encode
from tests.support.server_clock import ServerClock
from tests.unit.backend.live.fake_transport import FakeTransport

LIMITS = Limits(close_wait_s=0.01)


def session(**fields: Any) -> Session:
    row = {
        "number": 1,
        "session_id": "golden-eagle-427",
        "owner": "anna",
        "speaker_id": "p",
        "source_language": "en",
        "quality_tier": "standard",
        "status": "active",
        "created_at": 1_000,
        "updated_at": 1_000,
        "expires_at": 2**50,
        "max_listeners": 3,
        "version": 1,
        "speaker_seen": 1,
        "end_reason": None,
    }
    return Session(**{**row, **fields})


def room(clock: ServerClock | None = None, **fields: Any) -> Room:
    clock = clock or ServerClock()
    return Room(session(**fields), LIMITS, Metrics(), clock, began_s=clock.monotonic_s())


def frame(seq: int, kind: int = KIND_OPUS, sound: bytes = b"sound", flags: int = 0) -> bytes:
    return encode(FrameHeader(kind, FLOOR, flags, seq, seq * 20), sound)


def publish(place: Room, *seqs: int, **fields: Any) -> list[bytes]:
    """Each number as a frame of its own round."""
    frames = [frame(seq, **fields) for seq in seqs]
    for data in frames:
        place.floor.publish(place.session, data)
        place.floor.flush()
    return frames


def person(**fields: Any) -> tuple[Peer, FakeTransport]:
    transport = FakeTransport()
    return Peer(transport, **{"limits": LIMITS, "clock": ServerClock(), **fields}), transport


def seat(place: Room, **fields: Any) -> tuple[Peer, FakeTransport]:
    peer, transport = person(**fields)
    place.seat_listener(peer)
    return peer, transport
