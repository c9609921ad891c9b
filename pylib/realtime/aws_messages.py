"""The messages of the original system's own backend: which there are, and how they are read. Portable."""

import json
from typing import Any

from pylib.protocol import codes, message_types
from pylib.protocol.plain import NUMBERS, number

ANSWERS = {
    message_types.CREATE_SESSION: message_types.SESSION_CREATED,
    message_types.GET_SESSION_STATUS: message_types.SESSION_STATUS,
    message_types.PAUSE_BROADCAST: message_types.BROADCAST_PAUSED,
    message_types.RESUME_BROADCAST: message_types.BROADCAST_RESUMED,
    message_types.MUTE_BROADCAST: message_types.BROADCAST_MUTED,
    message_types.UNMUTE_BROADCAST: message_types.BROADCAST_UNMUTED,
}
"""The type of the answer to each request."""

BROADCASTS = tuple(answer for answer in ANSWERS.values() if answer.startswith("broadcast"))
"""Told to listeners; a speaker may be told or not."""

NEVER_PRESUMED = (message_types.CREATE_SESSION,)
"""No answer can be made in the backend's place: only the backend knows the new session's id."""

ROUTES = (
    message_types.CREATE_SESSION,
    message_types.PAUSE_BROADCAST,
    message_types.RESUME_BROADCAST,
    message_types.MUTE_BROADCAST,
    message_types.UNMUTE_BROADCAST,
    message_types.GET_SESSION_STATUS,
    message_types.CHANGE_LANGUAGE,
    message_types.HEARTBEAT,
    message_types.REFRESH_CONNECTION,
)
"""What our pages say and that gateway lets through, beside joinSession and sound; the rest is not sent."""

FINAL_CODES = (
    codes.SESSION_NOT_FOUND,
    codes.SESSION_INACTIVE,
    codes.SESSION_INVALID_ID_FORMAT,
    codes.SESSION_MAX_LISTENERS_REACHED,
    codes.AUTH_MISSING_TOKEN,
    codes.AUTH_TOKEN_INVALID,
    codes.AUTH_TOKEN_EXPIRED,
)
"""An `error` with one of these means what close 1008 means here: coming back is useless."""


NUMBERED = {
    401: codes.AUTH_TOKEN_INVALID,
    403: codes.AUTH_UNAUTHORIZED,
    404: codes.SESSION_NOT_FOUND,
    410: codes.SESSION_INACTIVE,
    429: codes.RATE_LIMIT_EXCEEDED,
}
"""Some of its states tell an HTTP status for a code."""

THROTTLED = "too many requests"
"""What the gateway itself says, in any case."""


def readable(text: str) -> "dict[str, Any] | None":
    """A message without the ids that are the gateway's own; None when the text is no message at all."""
    message: Any
    try:
        message = json.loads(text)
    except ValueError:
        return None
    if not isinstance(message, dict):
        return None
    message.pop("requestId", None)
    for name in NUMBERS:
        value = number(message.pop(name, None))
        if value is not None:
            message[name] = value
    if isinstance(message.get("error"), dict):
        message = dict(message["error"], type=message_types.ERROR)
    said = message.get("message") or message.get("error")
    if not isinstance(message.get("type"), str):
        if not isinstance(said, str):
            return None
        message = {"type": message_types.ERROR, "message": said}
    if message["type"] == message_types.ERROR:
        message["code"] = _code(message.get("code"), said)
        message["message"] = said if isinstance(said, str) else ""
    found: dict[str, Any] = message
    return found


def _code(told: Any, said: Any) -> str:
    status = number(told)
    if isinstance(told, str) and told and status is None:
        return told
    if isinstance(said, str) and said.lower() == THROTTLED:
        return codes.RATE_LIMIT_EXCEEDED
    return (
        codes.INTERNAL_SERVER_ERROR if status is None else NUMBERED.get(status, codes.INTERNAL_SERVER_ERROR)
    )
