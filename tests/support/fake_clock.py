"""A Clock that only moves when a test says so: an hour passes in a moment.

Portable, so that the same tests run on CPython, MicroPython and Pyodide.
"""

import asyncio
from typing import Any, Awaitable, Callable

from pylib.ports import Timer

SETTLE_TURNS = 20
"""Turns of the event loop that let every task run until it waits for time or for the test."""


class FakeTimer:
    """One callback that waits for its moment."""

    def __init__(self, due_s: float, callback: Callable[[], None]) -> None:
        self.due_s = due_s
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        """Never call back."""
        self.cancelled = True


class FakeClock:
    """Implements ports.Clock. `advance` and `run` are the only ways time passes."""

    def __init__(self, now_ms: float = 1_700_000_000_000.0) -> None:
        self._start_ms = self._steady_start_ms = now_ms
        self._now_s = 0.0
        self._timers: list[FakeTimer] = []

    def now_ms(self) -> float:
        """Milliseconds since the Unix epoch."""
        return self._start_ms + self._now_s * 1000

    def steady_ms(self) -> float:
        """Milliseconds since the Unix epoch; not moved by `jump`."""
        return self._steady_start_ms + self._now_s * 1000

    def monotonic_s(self) -> float:
        """Seconds since the clock was made; not moved by `jump`."""
        return self._now_s

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        """Call back during the `advance` that reaches this moment."""
        timer = FakeTimer(self._now_s + max(delay_s, 0.0), callback)
        self._timers.append(timer)
        return timer

    async def sleep(self, delay_s: float) -> None:
        """Wait until `advance` has moved this far."""
        woken = asyncio.Event()
        timer = self.call_later(delay_s, woken.set)
        try:
            await woken.wait()
        finally:
            timer.cancel()

    def jump(self, seconds: float) -> None:
        """Somebody sets the device's clock: the wall clock moves, no time passes."""
        self._start_ms += seconds * 1000

    def forget_timers(self) -> None:
        """Nothing that waits will happen: the page it belonged to is gone."""
        for timer in self._timers:
            timer.cancel()

    def waiting(self) -> int:
        """How many timers and sleepers have not run yet."""
        return len([timer for timer in self._timers if not timer.cancelled])

    async def settle(self) -> None:
        """Let every task run as far as it can without time passing."""
        for _ in range(SETTLE_TURNS):
            await asyncio.sleep(0)

    async def advance(self, seconds: float) -> None:
        """Let time pass; timers and sleepers run in order, each at its own moment."""
        end_s = self._now_s + seconds
        await self.settle()
        while self._run_next(end_s):
            await self.settle()
        self._now_s = end_s

    async def run(self, awaitable: Awaitable[Any], limit_s: float = 86_400.0) -> Any:
        """Await something, letting just as much time pass as it needs.

        Raises AssertionError when it would take longer than `limit_s`, or for ever.
        """
        outcome: list[tuple[Any, Any]] = []
        task = asyncio.create_task(_keep_outcome(awaitable, outcome))
        end_s = self._now_s + limit_s
        await self.settle()
        while not outcome:
            if not self._run_next(end_s):
                task.cancel()
                raise AssertionError("still not done after " + str(limit_s) + " s, or waits for nothing")
            await self.settle()
        result, error = outcome[0]
        if error is not None:
            raise error
        return result

    def _run_next(self, end_s: float) -> bool:
        """Run the earliest timer that is due by `end_s`; False when there is none."""
        self._timers = [timer for timer in self._timers if not timer.cancelled]
        due = [timer for timer in self._timers if timer.due_s <= end_s]
        if not due:
            return False
        timer = min(due, key=lambda waiting: waiting.due_s)
        self._timers.remove(timer)
        self._now_s = max(self._now_s, timer.due_s)
        timer.callback()
        return True


async def _keep_outcome(awaitable: Awaitable[Any], outcome: list[tuple[Any, Any]]) -> None:
    """Await and keep what comes, because MicroPython reports a task that fails while no other awaits it."""
    try:
        outcome.append((await awaitable, None))
    except BaseException as error:
        outcome.append((None, error))
        if isinstance(error, asyncio.CancelledError):
            raise
