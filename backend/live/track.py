"""The sound as one sort of listeners gets it."""

from collections import deque
from typing import NamedTuple

from backend.live.fan_out import FanOut
from backend.ports import Clock


class ReplayFrame(NamedTuple):
    """Sound kept for listeners who reconnect. `wire` is its WebSocket frame, `at` its arrival in s."""

    at: float
    seq: int
    wire: bytes


class Track:
    """Sound as binary frames, as an `audio` message for each frame, or as longer `audio` messages.

    Attributes:
        fan_out: the listeners who get it this way.
        next_seq: the number after the last frame's.
        last_seq: the number of the last frame for listeners, -1 before the first; those of a pause are not.
        carried: how many frames were for listeners.
        unsent: what has not been sent yet, as WebSocket frames.
    """

    __slots__ = ("_clock", "_keep_s", "_replay", "carried", "fan_out", "last_seq", "next_seq", "unsent")

    def __init__(self, keep_s: float, clock: Clock) -> None:
        self.fan_out = FanOut()
        self.next_seq = 0
        self.last_seq = -1
        self.carried = 0
        self.unsent: list[bytes] = []
        self._replay: deque[ReplayFrame] = deque()
        self._keep_s = keep_s
        self._clock = clock

    def add(self, seq: int, wire: bytes, count: int = 1) -> None:
        """Take the next sound: `count` frames, the first of which has the number `seq`."""
        now = self._clock.monotonic_s()
        self.last_seq = seq + count - 1
        self.carried += count
        self.unsent.append(wire)
        self._replay.append(ReplayFrame(now, seq, wire))
        self._drop_old(now)

    def missed_since(self, last_seq: int) -> list[ReplayFrame]:
        """Sound after `last_seq` that is at most 2 s old, oldest first."""
        self._drop_old(self._clock.monotonic_s())
        return [one for one in self._replay if one.seq > last_seq]

    def _drop_old(self, now: float) -> None:
        while self._replay and now - self._replay[0].at > self._keep_s:
            self._replay.popleft()
