"""The backend's Clock, moved by a test."""

from tests.support.fake_clock import FakeClock


class ServerClock(FakeClock):
    """Implements backend.ports.Clock. `advance` lets time pass; `jump` sets the wall clock, also back."""

    def steady_ms(self) -> int:
        """Whole milliseconds since the epoch, as if the clock had never been set."""
        return round(super().steady_ms())

    def now_ms(self) -> int:
        """Whole milliseconds since the epoch."""
        return round(super().now_ms())
