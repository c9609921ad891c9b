"""One row of the sessions table: what it holds, and the SQL that reads, makes and changes it."""

import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from backend.sessions.ids import draw_session_id
from pylib.protocol.sessions import SessionConfig

ENDED = "ended"
ACTIVE = "active"
PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Session:
    """One row. Times are milliseconds since the epoch; `version` counts its changes from 1."""

    number: int
    session_id: str
    owner: str
    speaker_id: str
    source_language: str
    quality_tier: str
    status: str
    created_at: int
    updated_at: int
    expires_at: int
    max_listeners: int
    version: int
    speaker_seen: int
    end_reason: str | None


class NewSession(NamedTuple):
    """What a session starts from."""

    owner: str
    speaker_id: str
    config: SessionConfig
    life_ms: int
    max_listeners: int


_INSERT = """
    INSERT INTO sessions (
        session_id, owner, speaker_id, source_language, quality_tier, status,
        created_at, updated_at, expires_at, max_listeners, version, speaker_seen
    ) VALUES (?, ?, ?, ?, ?, 'active', ?, ?, ?, ?, 1, 0)
    ON CONFLICT (session_id) DO NOTHING RETURNING *
"""
_UPDATE = """
    UPDATE sessions SET status = ?, source_language = ?, quality_tier = ?, end_reason = ?,
        updated_at = ?, version = version + 1
    WHERE number = ? RETURNING *
"""


def now_ms() -> int:
    """The wall clock, in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def select(connection: sqlite3.Connection, session_id: str) -> Session | None:
    """The row of a session id."""
    row = connection.execute("SELECT * FROM sessions WHERE session_id = ?", (session_id,)).fetchone()
    return None if row is None else Session(*row)


def insert(connection: sqlite3.Connection, new: NewSession) -> Session:
    """A new row, with an id that was still free."""
    now = now_ms()
    config = new.config
    while True:
        values = (
            *(draw_session_id(), new.owner, new.speaker_id, config.source_language, config.quality_tier),
            *(now, now, now + new.life_ms, new.max_listeners),
        )
        row = connection.execute(_INSERT, values).fetchone()
        if row is not None:
            return Session(*row)


def update(
    connection: sqlite3.Connection, session: Session, changes: Mapping[str, Any], end_reason: str = ""
) -> Session:
    """The row with `changes` (field to value) made; untouched when nothing would differ."""
    wanted = replace(session, **changes)
    if wanted == session:
        return session
    reason = (end_reason or ENDED) if wanted.status == ENDED else None
    # A clock that was set back must not make a session younger than it was.
    updated_at = max(now_ms(), session.updated_at)
    values = (wanted.status, wanted.source_language, wanted.quality_tier, reason, updated_at, session.number)
    return Session(*connection.execute(_UPDATE, values).fetchone())
