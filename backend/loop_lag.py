"""How late the event loop is: all talks share it."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence

from prometheus_client import Histogram

from backend.ports import Clock

EVERY_S = 0.1
LATELY = 600
"""Measurements of the last minute."""

OVERLOAD_S, OVERLOADED = 0.1, 10
"""A server that is so late so many times in a row has more to do than it can: one stall is none."""

log = logging.getLogger("lectern.overload")


class LoopWatch:
    """Measures ten times a second how late a sleeping task wakes.

    Attributes:
        lately: the lags of the last minute, in seconds.
    """

    def __init__(self, lag: Histogram, clock: Clock) -> None:
        self._lag = lag
        self._clock = clock
        self._in_a_row = 0
        self.lately: deque[float] = deque(maxlen=LATELY)

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            # Not the loop's own clock: uvloop's counts whole milliseconds.
            due_s = self._clock.monotonic_s() + EVERY_S
            await asyncio.sleep(EVERY_S)
            self.note(max(0.0, self._clock.monotonic_s() - due_s))

    def note(self, late_s: float) -> None:
        """Take in one measurement; while the server is overloaded the log tells of it, once a minute."""
        self._lag.observe(late_s)
        self.lately.append(late_s)
        self._in_a_row = self._in_a_row + 1 if late_s >= OVERLOAD_S else 0
        if self._in_a_row >= OVERLOADED:
            log.warning(
                "talks are late: this server has more to do than it can",
                extra={"kind": "overload", "milliseconds": round(late_s * 1000)},
            )


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that this share (0 to 1) of them does not exceed; None of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None
