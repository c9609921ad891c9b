"""The SQL of the sessions table."""

import sqlite3
from dataclasses import astuple

from backend.records import Session

_INSERT = """
    INSERT INTO sessions (
        session_id, owner, speaker_id, source_language, quality_tier, status,
        created_at, updated_at, expires_at, max_listeners, version, speaker_seen, end_reason,
        door_closed, creation_mode, correlation_id
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (session_id) DO NOTHING RETURNING *
"""
_UPDATE = """
    UPDATE sessions SET status = ?, source_language = ?, quality_tier = ?, end_reason = ?,
        max_listeners = ?, door_closed = ?, updated_at = ?, version = ?
    WHERE session_id = ? AND version = ? RETURNING *
"""


def select(connection: sqlite3.Connection, session_id: str) -> Session | None:
    """The row of a session id."""
    return _session(connection.execute("SELECT * FROM sessions WHERE session_id = ?", (session_id,)))


def insert(connection: sqlite3.Connection, session: Session) -> Session | None:
    """The new row with its number; None when the id is taken."""
    _, *values = astuple(session)
    return _session(connection.execute(_INSERT, values))


def update(connection: sqlite3.Connection, session: Session) -> Session | None:
    """The changed row; None when its version is not the one before."""
    changed = (session.status, session.source_language, session.quality_tier, session.end_reason)
    room = (session.max_listeners, session.door_closed)
    at = (session.updated_at, session.version, session.session_id, session.version - 1)
    return _session(connection.execute(_UPDATE, (*changed, *room, *at)))


def _session(found: sqlite3.Cursor) -> Session | None:
    row = found.fetchone()
    return None if row is None else Session(*row)
