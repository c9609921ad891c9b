"""What clients without `lectern.v1` mean by a message that is not written as docs/protocol.md says.

The original's backend is loose about what it reads: a language may name a region, a number may be text, and
what is not known may be null. A field that no request needs and that cannot be read counts as left out.
"""

import json
import re
from typing import Any

from pylib.protocol import message_types
from pylib.protocol.plain import number

MAX_ID_CHARS = 64
MAX_REASON_CHARS = 200

_NESTED = ("data", "payload")
"""Fields in which some clients put all others; `data` alone may also be the sound."""

_CODE_PARTS = re.compile(r"[a-z]+|[0-9]+")


def meant_by(text: str) -> "dict[str, Any] | None":
    """The message that a text stands for, as our own clients write it; None when it is none."""
    text = text.strip("\ufeff \t\r\n")
    if text.strip('"').lower() == "ping":
        return {"action": message_types.HEARTBEAT}
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict):
        return None
    for name in _NESTED:
        if isinstance(body.get(name), dict):
            body = {**body[name], **body}
    action = body.get("action") or body.get("type")
    if action == message_types.SEND_AUDIO and isinstance(body.get("data"), str):
        body = {"audioData": body["data"], **body}
    read = {name: _READERS[name](value) if name in _READERS else value for name, value in body.items()}
    read["action"] = message_types.HEARTBEAT if action == "ping" else action
    return {name: value for name, value in read.items() if value is not None}


def language(value: Any) -> Any:
    """`en` of `EN`, `en-US` or ` en_GB `; None where nothing is named."""
    if not isinstance(value, str):
        return value
    return re.split("[-_]", value.strip().lower())[0] or None


def session_code(value: Any) -> Any:
    """`golden-eagle-427` of what a person typed into an older page, such as ` Golden Eagle 427`."""
    if not isinstance(value, str):
        return value
    return "-".join(_CODE_PARTS.findall(value[:MAX_ID_CHARS].lower())) or None


def _tier(value: Any) -> Any:
    return value.strip().lower() or None if isinstance(value, str) else value


def _id(value: Any) -> "str | None":
    """An id that the answer repeats; None for what is none."""
    is_id = isinstance(value, str | int | float) and len(str(value)) <= MAX_ID_CHARS
    return str(value) if is_id else None


def _reason(value: Any) -> "str | None":
    return value[:MAX_REASON_CHARS] if isinstance(value, str) else None


_READERS = {
    "sourceLanguage": language,
    "targetLanguage": language,
    "qualityTier": _tier,
    "sessionId": session_code,
    "reason": _reason,
    "requestId": _id,
    "id": _id,
    "chunkId": _id,
    "timestamp": number,
    "duration": number,
    "sampleRate": number,
    "sequenceNumber": number,
}
