"""Storages to run one test against each: SQLite's, and the one in memory."""

from pathlib import Path

from backend.ports import Storage
from backend.records import ACTIVE, Session
from backend.settings import Limits
from backend.sqlite_storage import SqliteStorage
from tests.support.memory_storage import MemoryStorage
from tests.support.server_clock import ServerClock

DAY_MS = 86_400_000
LIMITS = Limits(creations_per_hour=5)
KINDS = ("sqlite", "memory")


def make_storage(kind: str, folder: Path, clock: ServerClock) -> Storage:
    if kind == "memory":
        return MemoryStorage(LIMITS, clock)
    return SqliteStorage(folder / "test.sqlite3", LIMITS, clock)


def new_session(session_id: str, clock: ServerClock, owner: str = "anna") -> Session:
    now = clock.now_ms()
    return Session(
        number=0,
        session_id=session_id,
        owner=owner,
        speaker_id="pseudonym",
        source_language="en",
        quality_tier="standard",
        status=ACTIVE,
        created_at=now,
        updated_at=now,
        expires_at=now + DAY_MS,
        max_listeners=500,
        version=1,
        speaker_seen=0,
        end_reason=None,
    )
