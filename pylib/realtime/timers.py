"""A few timers by name: starting one again replaces it, and all can be cancelled together."""

from typing import Callable

from pylib.ports import Clock, Timer


class Timers:
    """At most one timer of each name."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[str, Timer] = {}

    def start(self, name: str, delay_s: float, callback: Callable[[], None]) -> None:
        """Call back once after `delay_s`, unless cancelled or started anew before."""
        self.cancel(name)

        def fire() -> None:
            self._waiting.pop(name, None)
            callback()

        self._waiting[name] = self._clock.call_later(delay_s, fire)

    def cancel(self, name: str) -> None:
        """Stop this timer, if it runs; its callback is not called."""
        timer = self._waiting.pop(name, None)
        if timer is not None:
            timer.cancel()

    def cancel_all(self) -> None:
        """Stop every timer."""
        for name in list(self._waiting):
            self.cancel(name)
