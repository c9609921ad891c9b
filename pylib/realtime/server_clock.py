"""The server's clock and the round-trip time, estimated from heartbeats."""

from typing import Any

from pylib.ports import Clock

MAX_PENDING = 32
"""How many heartbeats may wait for their answers; the oldest is forgotten when one more is sent."""


class ServerClock:
    """Keeps the offset between this device's steady clock and the server's.

    Each answered heartbeat gives `offset = serverTime - received + roundTrip / 2`, wrong by at
    most half its round trip (Cristian's algorithm), so the estimate from the quickest round trip is
    kept. Its round trip counts 5 % longer after each slower one (FADE), because clocks drift.
    When a new estimate differs from the kept one by more than both can be wrong, the server's clock
    was set or this device was asleep, and the new estimate replaces it at once.
    """

    FADE = 1.05

    def __init__(self, clock: Clock) -> None:
        self.offset_ms = 0.0
        self.round_trip_ms: float | None = None
        self._best_ms: float | None = None
        self._clock = clock
        self._sent_s: dict[int, float] = {}
        self._last_id = 0

    def now_ms(self) -> float:
        """Milliseconds since the Unix epoch on the server's clock, as far as known."""
        return self._clock.steady_ms() + self.offset_ms

    def next_heartbeat(self) -> dict[str, Any]:
        """The fields of the next heartbeat."""
        self._last_id += 1
        self._sent_s[self._last_id] = self._clock.monotonic_s()
        self._sent_s.pop(self._last_id - MAX_PENDING, None)
        return {"timestamp": self._clock.now_ms(), "id": self._last_id}

    def forget_pending(self) -> None:
        """Heartbeats sent over an earlier socket will not be answered."""
        self._sent_s.clear()

    def heartbeat_answered(self, message: dict[str, Any]) -> None:
        """Learn from a `heartbeatAck`. It is ignored when it answers no heartbeat or has no serverTime."""
        server_ms, heartbeat_id = message.get("serverTime"), message.get("id")
        if not isinstance(heartbeat_id, int):
            # An older server does not repeat the id; it answers heartbeats in the order they were sent.
            heartbeat_id = min(self._sent_s) if self._sent_s else 0
        sent_s = self._sent_s.pop(heartbeat_id, None)
        if sent_s is None or not isinstance(server_ms, (int, float)):
            return
        self.round_trip_ms = (self._clock.monotonic_s() - sent_s) * 1000
        self._update(server_ms - self._clock.steady_ms() + self.round_trip_ms / 2, self.round_trip_ms)

    def _update(self, offset_ms: float, round_trip_ms: float) -> None:
        best_ms = self._best_ms
        is_quick = best_ms is None or round_trip_ms <= best_ms * self.FADE
        if best_ms is None or is_quick or self._clock_was_set(offset_ms, round_trip_ms):
            self._best_ms, self.offset_ms = round_trip_ms, offset_ms
        else:
            self._best_ms = best_ms * self.FADE

    def _clock_was_set(self, offset_ms: float, round_trip_ms: float) -> bool:
        """Whether the offset moved by more than the two round trips can explain."""
        return abs(offset_ms - self.offset_ms) > (round_trip_ms + (self._best_ms or 0.0)) / 2 + 1
