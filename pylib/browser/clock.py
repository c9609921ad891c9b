"""Clock, by the browser."""

import asyncio
import time
from typing import Callable

import js

from pylib.browser.bridge import Callbacks


class BrowserTimer:
    """One setTimeout."""

    def __init__(self, delay_s: float, callback: Callable[[], None]) -> None:
        self._callbacks = Callbacks()
        self._callback = callback
        self._id = js.setTimeout(self._callbacks.lend(self._fire), int(delay_s * 1000))

    def cancel(self) -> None:
        """See Timer.cancel."""
        js.clearTimeout(self._id)
        self._callbacks.release()

    def _fire(self) -> None:
        self._callback()
        self._callbacks.release()


class BrowserClock:
    """Wall clock and monotonic clock of the device."""

    def __init__(self) -> None:
        self._opened_ms = self.now_ms() - self.monotonic_s() * 1000

    def now_ms(self) -> float:
        """Milliseconds since the Unix epoch; not by Date.now(), which MicroPython's bridge cuts off."""
        return time.time_ns() / 1_000_000

    def steady_ms(self) -> float:
        """Milliseconds since the Unix epoch, as if the device's clock had never been set."""
        return self._opened_ms + self.monotonic_s() * 1000

    def monotonic_s(self) -> float:
        """Seconds since the page was opened."""
        return float(js.performance.now()) / 1000

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> BrowserTimer:
        """See Clock.call_later."""
        return BrowserTimer(delay_s, callback)

    async def sleep(self, delay_s: float) -> None:
        """See Clock.sleep."""
        await asyncio.sleep(delay_s)
