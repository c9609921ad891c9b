"""What time the server has, and how long an answer takes, from heartbeats."""

from typing import Any

from pylib.ports import Clock

MAX_ASKED = 32
"""Heartbeats whose answers are still waited for; older ones are forgotten."""


class ServerClock:
    """Keeps the offset between this device's clock and the server's.

    Each answered heartbeat gives `offset = serverTime - received + roundTrip / 2`, wrong by at
    most half its round trip (Cristian's algorithm), so the quickest round trip wins. Old
    winners fade, because clocks drift; and an answer that differs from the winner by more
    than both can be wrong tells that one of the clocks was set.
    """

    FADE = 1.05

    def __init__(self, clock: Clock) -> None:
        self.offset_ms = 0.0
        self.round_trip_ms: float | None = None
        self._best_ms: float | None = None
        self._clock = clock
        self._asked: dict[int, float] = {}
        self._last_id = 0

    def now_ms(self) -> float:
        """Milliseconds since the Unix epoch on the server's clock, as far as known."""
        return self._clock.now_ms() + self.offset_ms

    def question(self) -> dict[str, Any]:
        """The fields of the next heartbeat."""
        self._last_id += 1
        self._asked[self._last_id] = self._clock.monotonic_s()
        self._asked.pop(self._last_id - MAX_ASKED, None)
        return {"timestamp": self._clock.now_ms(), "id": self._last_id}

    def new_link(self) -> None:
        """What was asked over an earlier link is never answered."""
        self._asked.clear()

    def answered(self, message: dict[str, Any]) -> None:
        """A `heartbeatAck`. One that answers no question, or says no time, teaches nothing."""
        server_ms, beat_id = message.get("serverTime"), message.get("id")
        if not isinstance(beat_id, int):
            # An older server does not repeat the id; answers come in the order of the questions.
            beat_id = min(self._asked) if self._asked else 0
        asked_s = self._asked.pop(beat_id, None)
        if asked_s is None or not isinstance(server_ms, (int, float)):
            return
        self.round_trip_ms = (self._clock.monotonic_s() - asked_s) * 1000
        self._learn(server_ms - self._clock.now_ms() + self.round_trip_ms / 2, self.round_trip_ms)

    def _learn(self, offset_ms: float, round_trip_ms: float) -> None:
        best_ms = self._best_ms
        if best_ms is None or round_trip_ms <= best_ms * self.FADE or self._was_set(offset_ms, round_trip_ms):
            self._best_ms, self.offset_ms = round_trip_ms, offset_ms
        else:
            self._best_ms = best_ms * self.FADE

    def _was_set(self, offset_ms: float, round_trip_ms: float) -> bool:
        """Whether this offset cannot be explained by slow answers."""
        return abs(offset_ms - self.offset_ms) > (round_trip_ms + (self._best_ms or 0.0)) / 2 + 1
