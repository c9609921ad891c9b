"""One attempt to connect, from its beginning until the server lets it in, or does not."""

from typing import Callable

from pylib.ports import Clock


class Attempt:
    """Tells `told` of each attempt that came to an end: see RealtimeClient's `on_connect`."""

    def __init__(self, clock: Clock, told: Callable[[bool, bool, float], None]) -> None:
        self._clock = clock
        self._told = told
        self._begun_s = -1.0
        self._with_session_id = False

    def begun(self, with_session_id: bool) -> None:
        """A socket is being opened."""
        self._begun_s, self._with_session_id = self._clock.monotonic_s(), with_session_id

    def ended(self, ok: bool) -> None:
        """It was let in, or has failed; without an attempt under way this means nothing."""
        begun_s, self._begun_s = self._begun_s, -1.0
        if begun_s >= 0:
            self._told(self._with_session_id, ok, (self._clock.monotonic_s() - begun_s) * 1000)

    def given_up(self) -> None:
        """Its owner does not want it any more."""
        self._begun_s = -1.0
