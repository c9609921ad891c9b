"""How long sessions wait for their speakers: each without one is given up when its time is over."""

from collections.abc import Callable

from backend.ports import Clock, Timer
from backend.settings import Limits

SPEAKER_LEFT = "speaker-left"
SPEAKER_NEVER_CAME = "speaker-never-came"


class SpeakerWaits:
    """The sessions that wait.

    Args:
        limits: how long.
        clock: times the waiting.
        give_up: called in the event loop with a session's id and the reason, when the speaker did not come.
    """

    def __init__(self, limits: Limits, clock: Clock, give_up: Callable[[str, str], None]) -> None:
        self._limits = limits
        self._clock = clock
        self._give_up = give_up
        self._timers: dict[str, Timer] = {}

    def __contains__(self, session_id: str) -> bool:
        return session_id in self._timers

    def begin(self, session_id: str, *, seen: bool) -> None:
        """Wait anew; `seen`: whether this session's speaker ever came."""
        self.end(session_id)
        wait_s = self._limits.grace_s if seen else self._limits.first_join_s
        reason = SPEAKER_LEFT if seen else SPEAKER_NEVER_CAME
        self._timers[session_id] = self._clock.call_later(wait_s, lambda: self._is_over(session_id, reason))

    def end(self, session_id: str) -> None:
        """Wait no more: the speaker is there, or the session has ended."""
        timer = self._timers.pop(session_id, None)
        if timer is not None:
            timer.cancel()

    def stop(self) -> None:
        """Give nothing up any more: the server stops, and the sessions live on."""
        for timer in self._timers.values():
            timer.cancel()

    def _is_over(self, session_id: str, reason: str) -> None:
        del self._timers[session_id]
        self._give_up(session_id, reason)
