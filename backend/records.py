"""What is stored: a session, how it was attended, and what makes one request create one session."""

from bisect import bisect
from dataclasses import dataclass
from typing import NamedTuple

from pylib.protocol.limits import LISTENED_MINUTES

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


class SessionNumbers(NamedTuple):
    """How a session was attended. It names no listener, only how many there were, and for how long.

    `live_at` is when its speaker was first there, in ms since the epoch; what came before is not counted.
    `most_listeners` listened at once. `interruptions` is how often the speaker was lost and came back.
    `listened` has the listenings that are over, counted by LISTENED_MINUTES; `under_way` the seconds of each
    one that is not, or that may go on after a lost connection, the likeliest to go on first.
    """

    session_id: str
    live_at: int
    most_listeners: int = 0
    interruptions: int = 0
    listened: tuple[int, ...] = (0,) * (len(LISTENED_MINUTES) + 1)
    under_way: tuple[int, ...] = ()

    def settled(self) -> "SessionNumbers":
        """These numbers with every listening counted as over."""
        listened = list(self.listened)
        for seconds in self.under_way:
            listened[bisect(LISTENED_MINUTES, seconds / 60)] += 1
        return self._replace(listened=tuple(listened), under_way=())


class IdempotencyRecord(NamedTuple):
    """What a request with an Idempotency-Key was answered: `digest` of its body, and the answer's text."""

    key: str
    digest: str
    session_id: str
    answer: str
