"""What time the server has, from heartbeats."""

from pylib.ports import Clock


class ServerClock:
    """Keeps the offset between this device's clock and the server's.

    Each answered heartbeat gives `offset = serverTime - (sent + received) / 2`, wrong by at
    most half its round trip (Cristian's algorithm), so the quickest round trip wins. Old
    winners fade, because clocks drift.
    """

    FADE = 1.05

    def __init__(self, clock: Clock) -> None:
        self.offset_ms = 0.0
        self.round_trip_ms: float | None = None
        self._best_ms: float | None = None
        self._clock = clock

    def now_ms(self) -> float:
        """Milliseconds since the Unix epoch on the server's clock, as far as known."""
        return self._clock.now_ms() + self.offset_ms

    def answered(self, sent_ms: float, server_ms: float) -> None:
        """A heartbeat sent at `sent_ms` (device clock) came back now with the server's time."""
        received_ms = self._clock.now_ms()
        self.round_trip_ms = received_ms - sent_ms
        if self.round_trip_ms < 0:
            return
        if self._best_ms is None or self.round_trip_ms <= self._best_ms * self.FADE:
            self._best_ms = self.round_trip_ms
            self.offset_ms = server_ms - (sent_ms + received_ms) / 2
        else:
            self._best_ms *= self.FADE
