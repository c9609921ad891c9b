"""How old each living session is, by the steady clock of this process."""

from backend.ports import Clock
from backend.records import Session


class Ages:
    """Counts a session's life from when this process first met it: setting the clock then changes nothing.

    What had passed before that, as before a restart, is taken from the wall clock.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began_s: dict[str, float] = {}

    def began_s(self, session: Session) -> float:
        """When the session was created, on the scale of the clock's `monotonic_s()`."""
        known = self._began_s.get(session.session_id)
        if known is None:
            before_ms = max(0, self._clock.now_ms() - session.created_at)
            known = self._began_s[session.session_id] = self._clock.monotonic_s() - before_ms / 1000
        return known

    def is_over(self, session: Session) -> bool:
        """Whether the session's time is over."""
        age_s = self._clock.monotonic_s() - self.began_s(session)
        return age_s * 1000 >= session.expires_at - session.created_at

    def forget(self, session_id: str) -> None:
        """The session has ended."""
        self._began_s.pop(session_id, None)
