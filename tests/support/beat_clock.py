"""A clock of beats of 20 ms, real time at best: on a machine that stands still it stands still as well.

Everything that a person's devices do in a test hangs on it, microphone and ear included, so that
what is lost, noticed or late is the program's doing and not that of a busy machine.
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from typing import Any

from pylib.protocol.frames import FRAME_MS

BEAT_S = FRAME_MS / 1000


class BeatTimer:
    """One callback that waits for its beat."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback = callback

    def cancel(self) -> None:
        """Never call back."""
        self.callback = _nothing


class BeatClock:
    """Implements ports.Clock; `run` makes it go, and calls `on_beat` at each beat."""

    def __init__(self) -> None:
        self.beats = 0
        self.on_beat: Callable[[], None] = _nothing
        self._start_ms = time.time_ns() / 1_000_000
        self._timers: list[tuple[float, int, BeatTimer]] = []
        self._order = itertools.count()

    def now_ms(self) -> float:
        """Milliseconds since the Unix epoch, by a clock that may be slow."""
        return self._start_ms + self.monotonic_s() * 1000

    def steady_ms(self) -> float:
        """As `now_ms`: this clock is never set."""
        return self.now_ms()

    def monotonic_s(self) -> float:
        """Seconds of beats."""
        return self.beats * BEAT_S

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Any:
        """Call back at the first beat after so long, or as soon as the loop turns."""
        if delay_s <= 0:
            return asyncio.get_running_loop().call_soon(callback)
        timer = BeatTimer(callback)
        heapq.heappush(self._timers, (self.monotonic_s() + delay_s, next(self._order), timer))
        return timer

    async def sleep(self, delay_s: float) -> None:
        """Wait so long."""
        woken = asyncio.Event()
        timer = self.call_later(delay_s, woken.set)
        try:
            await woken.wait()
        finally:
            timer.cancel()

    async def run(self) -> None:
        """Beat until cancelled."""
        now_s = asyncio.get_running_loop().time
        due_s = now_s()
        while True:
            due_s = max(due_s + BEAT_S, now_s())
            await asyncio.sleep(due_s - now_s())
            self.beats += 1
            while self._timers and self._timers[0][0] <= self.monotonic_s():
                heapq.heappop(self._timers)[2].callback()
            self.on_beat()


def _nothing() -> None:
    pass
