"""How late the event loop is: all talks share it."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence

from prometheus_client import Histogram

EVERY_S = 0.1
LATELY = 600
"""Measurements of the last minute."""


class LoopWatch:
    """Measures ten times a second how late a sleeping task wakes.

    Attributes:
        lately: the lags of the last minute, in seconds.
    """

    def __init__(self, lag: Histogram) -> None:
        self._lag = lag
        self.lately: deque[float] = deque(maxlen=LATELY)

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            # Not the loop's own clock: uvloop's counts whole milliseconds.
            due_s = time.perf_counter() + EVERY_S
            await asyncio.sleep(EVERY_S)
            late_s = max(0.0, time.perf_counter() - due_s)
            self._lag.observe(late_s)
            self.lately.append(late_s)


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that this share (0 to 1) of them does not exceed; None of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None
