"""The computer's clock: the one place of the backend that asks what time it is."""

import asyncio
import time
from collections.abc import Callable

from backend.ports import Timer


class SystemClock:
    """Implements ports.Clock."""

    def __init__(self) -> None:
        self._began_ms = self.now_ms() - self.monotonic_s() * 1000

    def monotonic_s(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return time.time_ns() // 1_000_000

    def steady_ms(self) -> int:
        """The wall clock as it was when this process began, gone on by the monotonic clock."""
        return round(self._began_ms + self.monotonic_s() * 1000)

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        """Call back in the running event loop."""
        return asyncio.get_running_loop().call_later(delay_s, callback)
