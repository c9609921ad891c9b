"""Chunks of speech leave frame by frame, at the speed at which they were spoken."""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from backend.ports import Clock, Timer
from pylib.protocol.frames import FRAME_MS, FrameHeader

FRAME_S = FRAME_MS / 1000

RESERVE_S = 0.1
"""The first frame of a stream waits this long, so that later chunks may come late by as much unheard."""

MOST_RESERVE_S = 0.2
"""When more than this waits beside a chunk, it is delayed more than needed: frames catch up."""

CATCHING_UP_S = FRAME_S * 0.875
"""Between two frames that catch up: 57 a second, which listeners follow by playing 15 % faster."""

MAX_WAITING = 500
"""Frames that may wait, 10 s of sound: of more, the oldest are dropped."""


class AcceptedFrame(NamedTuple):
    """A frame that is new to the channel; `audible` is false for one that came during a pause."""

    header: FrameHeader
    data: bytes
    created_at: int
    audible: bool


class ChunkPacer:
    """Releases one frame each 20 ms, in order, by a steady clock.

    A listener's buffer takes what comes at once for a hiccup of the network: it keeps some of it and jumps
    over the rest. So a chunk of seconds, sent in one burst, is not understood.

    Args:
        clock: when frames are due.
        release: called with each frame when it is due.
    """

    def __init__(self, clock: Clock, release: Callable[[AcceptedFrame], None]) -> None:
        self._clock = clock
        self._release = release
        self._waiting: deque[AcceptedFrame] = deque(maxlen=MAX_WAITING)
        self._due_s = float("-inf")
        self._frames_before = 0
        self._excess_s = 0.0
        self._timer: Timer | None = None

    @property
    def next_seq(self) -> int:
        """The number after the last frame that waits, 0 when none does."""
        return self._waiting[-1].header.seq + 1 if self._waiting else 0

    @property
    def waiting_s(self) -> float:
        """How long it takes until the last frame that waits has left, 0 when none waits."""
        if not self._waiting:
            return 0.0
        return max(0.0, self._due_s + len(self._waiting) * FRAME_S - self._clock.monotonic_s())

    def add(self, frames: list[AcceptedFrame]) -> None:
        """Take the frames of a chunk."""
        now = self._clock.monotonic_s()
        if not self._waiting and self._due_s < now:
            # A stream begins, or its sound has run out: what was missing is already heard as a gap.
            self._due_s = now + RESERVE_S
        self._waiting.extend(frames)
        # A short chunk after a long one comes while much of the long one waits, and yet in time.
        longest_s = max(len(frames), self._frames_before) * FRAME_S
        self._frames_before = len(frames)
        self._excess_s = max(0.0, self.waiting_s - longest_s - MOST_RESERVE_S)
        self._wait()

    def flush(self) -> None:
        """Release everything now."""
        self._stop_waiting()
        while self._waiting:
            self._release(self._waiting.popleft())

    def _wait(self) -> None:
        if self._timer is None and self._waiting:
            delay_s = max(0.0, self._due_s - self._clock.monotonic_s())
            self._timer = self._clock.call_later(delay_s, self._release_due)

    def _release_due(self) -> None:
        self._timer = None
        now = self._clock.monotonic_s()
        while self._waiting and self._due_s <= now:
            self._due_s += self._interval_s()
            self._release(self._waiting.popleft())
        self._wait()

    def _interval_s(self) -> float:
        if self._excess_s <= 0:
            return FRAME_S
        self._excess_s -= FRAME_S - CATCHING_UP_S
        return CATCHING_UP_S

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
