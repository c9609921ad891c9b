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

NUMBERS = (
    "timestamp",
    "serverTime",
    "createdAt",
    "updatedAt",
    "expiresAt",
    "refreshBy",
    "retryAfter",
    "listenerCount",
    "maxListeners",
    "sessionDuration",
)
"""The fields of bodies and messages that are numbers; older servers tell them as text."""

_SESSION_ID = re.compile(r"^[a-z]+-[a-z]+-[0-9][0-9][0-9]$")


def is_session_id(text: str) -> bool:
    """Whether a text has the form adjective-noun-123."""
    return _SESSION_ID.match(text) is not None and len(text) <= 64 and not text.endswith("\n")


def number(value: object) -> "int | None":
    """A whole number, also when it is told as text; None for anything else."""
    if isinstance(value, str):
        try:
            value = int(value) if value.isdigit() else float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -1e18 < value < 1e18:
        return None  # NaN and the infinities are in no range
    return int(value)


def with_numbers(body: Any) -> Any:
    """A body with its numbers as numbers, as far as they can be read; what is no object stays as it is."""
    if not isinstance(body, dict):
        return body
    read = dict(body)
    for name in NUMBERS:
        value = number(read[name]) if isinstance(read.get(name), str) else None
        if value is not None:
            read[name] = value
    return read


def of_older_server(body: Any) -> Any:
    """A SessionMetadata body of the original system's backend: what it may leave out is filled in.

    A time of 0 says that it is not known. Without `sessionId` it is no session, and none is made of it.
    """
    if not isinstance(body, dict):
        return body
    body = {_camel(name): value for name, value in body.items()}
    read: dict[str, Any] = {
        "speakerId": "",
        "sourceLanguage": "",
        "qualityTier": "standard",
        "status": "active",
    }
    if body.get("isActive") in (False, "false"):
        read["status"] = "ended"
    read.update({name: value for name, value in body.items() if value is not None})
    for name in ("speakerId", "qualityTier", "status"):
        read[name] = str(read[name])
    read["status"], read["qualityTier"] = read["status"].lower(), read["qualityTier"].lower()
    for name in NUMBERS:
        if name in read or name in ("createdAt", "updatedAt"):
            read[name] = number(read.get(name)) or 0
    return read


def _camel(name: str) -> str:
    parts = name.split("_")
    return parts[0] + "".join([part[:1].upper() + part[1:] for part in parts[1:]])


def decode_session(body: dict[str, Any]) -> SessionRecord:
    """Read a SessionMetadata body. Raises LecternError when a needed field is missing."""
    body = with_numbers(body)
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


def decode_older_session(body: dict[str, Any]) -> SessionRecord:
    """As `decode_session`, from the original system's backend, which leaves some fields out."""
    return decode_session(of_older_server(body))


def unknown_session(session_id: str) -> SessionRecord:
    """A session of which only the id is known; `created_at` 0 says so."""
    return SessionRecord(session_id, "", "", "active", 0, 0)


def completed(session: SessionRecord, joined: dict[str, Any]) -> SessionRecord:
    """The session with what `sessionJoined` tells, where it was not known before.

    Frames count from the `createdAt` that the live connection tells, whatever was told over HTTP.
    """
    created_at = joined.get("createdAt") or session.created_at
    if session.created_at:
        return SessionRecord(
            session.session_id,
            session.source_language,
            session.quality_tier,
            session.status,
            session.listener_count,
            created_at,
        )
    return SessionRecord(
        session.session_id,
        joined.get("sourceLanguage", ""),
        joined.get("qualityTier", ""),
        joined.get("status", "active"),
        joined.get("listenerCount", 0),
        created_at,
    )
