"""The backend's Clock, moved by a test."""

from tests.support.fake_clock import FakeClock


class ServerClock(FakeClock):
    """Implements backend.ports.Clock. `advance` lets time pass; `jump` sets the wall clock, also back."""

    def now_ms(self) -> int:
        """Whole milliseconds since the epoch."""
        return round(super().now_ms())
