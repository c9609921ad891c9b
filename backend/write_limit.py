"""How often a user may change sessions, whichever way the changes come: over HTTP, or over WebSockets."""

from collections.abc import Mapping

from backend.attack_log import REQUEST_FLOOD, AttackLog
from backend.call_limit import CallLimit
from backend.ports import Clock
from backend.problems import too_many_changes
from backend.records import ENDED, PAUSED, Session

_STOPS = {("status", PAUSED), ("status", ENDED), ("door_closed", True)}
"""Changes, as field and value, that stop sound or newcomers."""


class WriteLimit:
    """`per_minute` changes of each user. Creations have a limit of their own, which outlives a restart.

    What stops something that goes on is counted and never refused: otherwise a speaker whose program was busy
    before would be heard against their will. To stop it once more, it must be begun again, and that can be
    refused.
    """

    def __init__(self, per_minute: int, attacks: AttackLog, clock: Clock) -> None:
        self._limit = CallLimit(rate=per_minute / 60, burst=per_minute, clock=clock)
        self._attacks = attacks

    def take(self, session: Session, changes: Mapping[str, object]) -> None:
        """Count a change of the session by its owner. Raises Problem 429."""
        wait_s = self._limit.take(session.owner)
        if wait_s and not _only_stops(session, changes):
            self._attacks.note(REQUEST_FLOOD)
            raise too_many_changes(wait_s)


def _only_stops(session: Session, changes: Mapping[str, object]) -> bool:
    """Whether these changes, and no others, stop something that goes on in this session."""
    has_effect = any(getattr(session, name) != value for name, value in changes.items())
    return has_effect and session.status != ENDED and set(changes.items()) <= _STOPS
