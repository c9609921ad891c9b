"""A session as it is stored, and the record that makes one request create one session."""

from dataclasses import dataclass
from typing import NamedTuple

ENDED = "ended"
ACTIVE = "active"
PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Session:
    """One stored session. Times are milliseconds since the epoch; `version` counts its changes from 1.

    `door_closed` (0 or 1): newcomers are not let in. `creation_mode` is how it was made: `http`, `websocket`,
    or empty before that was noted; `correlation_id` is that of the user action that made it.
    `number` is given by the store and grows with every session; 0 before the session is stored.
    """

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
    door_closed: int = 0
    creation_mode: str = ""
    correlation_id: str = ""


class IdempotencyRecord(NamedTuple):
    """What a request with an Idempotency-Key was answered: `digest` of its body, and the answer's text."""

    key: str
    digest: str
    session_id: str
    answer: str
