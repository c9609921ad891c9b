"""The listener's way to read JSON without pydantic: plain records, same attribute names.

The page on MicroPython cannot load pydantic; it reads only what it shows, and leaves
checking to the backend, which uses the models of `sessions` and `messages`.
"""

import re
from typing import Any, NamedTuple

from pylib.errors import LecternError
from pylib.protocol import codes

SessionRecord = NamedTuple(
    "SessionRecord",
    [
        ("session_id", str),
        ("source_language", str),
        ("quality_tier", str),
        ("status", str),
        ("listener_count", int),
        ("created_at", int),
    ],
)
"""What a listener page needs of SessionMetadata."""

_UNREADABLE = "The server gave an answer this page does not understand."

_SESSION_ID = re.compile(r"^[a-z]+-[a-z]+-[0-9][0-9][0-9]$")


def is_session_id(text: str) -> bool:
    """Whether a text has the form adjective-noun-123."""
    return _SESSION_ID.match(text) is not None and len(text) <= 64 and not text.endswith("\n")


def decode_session(body: dict[str, Any]) -> SessionRecord:
    """Read a SessionMetadata body. Raises LecternError when a needed field is missing."""
    try:
        return SessionRecord(
            body["sessionId"],
            body["sourceLanguage"],
            body["qualityTier"],
            body["status"],
            body.get("listenerCount", 0),
            body["createdAt"],
        )
    except (KeyError, TypeError, AttributeError):
        raise LecternError(_UNREADABLE, code=codes.ANSWER_UNREADABLE)


def unknown_session(session_id: str) -> SessionRecord:
    """A session of which only the id is known; `created_at` 0 says so."""
    return SessionRecord(session_id, "", "", "active", 0, 0)


def completed(session: SessionRecord, joined: dict[str, Any]) -> SessionRecord:
    """The session with what `sessionJoined` tells, where it was not known before."""
    if session.created_at:
        return session
    return SessionRecord(
        session.session_id,
        joined.get("sourceLanguage", ""),
        joined.get("qualityTier", ""),
        joined.get("status", "active"),
        joined.get("listenerCount", 0),
        joined.get("createdAt", 0),
    )
