"""How one session is attended: how many listen, for how long, and how often its speaker is lost."""

from backend.ports import Clock
from backend.records import SessionNumbers

REMEMBERED = 2000
"""How many listeners who left may go on with their listening when they come back."""


class Attendance:
    """Counts one session, from when its speaker is first there. No method waits.

    A listener who comes back with the id of an earlier connection goes on with the same listening, whose
    length is the time connected. A server that was started anew knows no earlier connection: there, one of
    the listenings that were under way goes on.

    Args:
        session_id: the session's.
        clock: times listenings.
        before: what was counted before a restart.
    """

    def __init__(self, session_id: str, clock: Clock, before: SessionNumbers | None = None) -> None:
        self._clock = clock
        self._is_live = before is not None
        self._speaks = False
        self._counted = before or SessionNumbers(session_id, live_at=0)
        self._restored_s = list(self._counted.under_way)
        # By connection id: since when a listener would have been here without a break, by `monotonic_s()`.
        self._here_since_s: dict[str, float] = {}
        # By the last connection id, in seconds.
        self._listened_s: dict[str, float] = {}

    def speaker_came(self) -> None:
        """The speaker is there: for the first time, or again after being lost."""
        if not self._is_live:
            self._is_live = True
            self._counted = self._counted._replace(live_at=self._clock.now_ms())
            self._here_since_s = dict.fromkeys(self._here_since_s, self._clock.monotonic_s())
            self._count_most()
        elif not self._speaks:
            self.interrupted()
        self._speaks = True

    def speaker_left(self) -> None:
        """The speaker's connection has ended."""
        self._speaks = False

    def interrupted(self) -> None:
        """The speaker was lost, and is back."""
        self._counted = self._counted._replace(interruptions=self._counted.interruptions + 1)

    def listener_came(self, connection_id: str, resume: str) -> None:
        """A listener is there; `resume` is the id of the connection before, empty for a newcomer."""
        since_s = self._here_since_s.pop(resume, None)
        if since_s is None:
            since_s = self._clock.monotonic_s() - self._listened_before_s(resume)
        self._here_since_s[connection_id] = since_s
        self._count_most()

    def listener_left(self, connection_id: str) -> None:
        """A listener's connection has ended. Before the speaker came there was nothing to listen to."""
        since_s = self._here_since_s.pop(connection_id, None)
        if since_s is None or not self._is_live:
            return
        self._listened_s[connection_id] = self._clock.monotonic_s() - since_s
        if len(self._listened_s) > REMEMBERED:
            over_s = self._listened_s.pop(next(iter(self._listened_s)))
            self._counted = self._counted._replace(under_way=(int(over_s),)).settled()

    @property
    def numbers(self) -> SessionNumbers | None:
        """All that was counted so far; None before the speaker has come."""
        if not self._is_live:
            return None
        now = self._clock.monotonic_s()
        here_s = [now - since_s for since_s in self._here_since_s.values()]
        likeliest_first = [*here_s, *reversed(self._listened_s.values()), *self._restored_s]
        return self._counted._replace(under_way=tuple(int(seconds) for seconds in likeliest_first))

    def _listened_before_s(self, resume: str) -> float:
        """How long a listener who comes back has listened; 0 for a newcomer."""
        if resume in self._listened_s:
            return self._listened_s.pop(resume)
        return self._restored_s.pop(0) if resume and self._restored_s else 0.0

    def _count_most(self) -> None:
        if self._is_live:
            most = max(self._counted.most_listeners, len(self._here_since_s))
            self._counted = self._counted._replace(most_listeners=most)
