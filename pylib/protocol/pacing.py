"""The frames of a chunk of speech, one by one, at the speed at which they were spoken. Portable.

Both ends need it: our server for chunks from older speakers, our listener page for chunks from older servers.
"""

from typing import Any, Callable, Protocol

from pylib.protocol.frames import FRAME_MS

FRAME_S = FRAME_MS / 1000

SHORT_FRAMES = 5
"""A chunk of up to 100 ms needs no pacing: a listener's buffer takes so many frames together."""

RESERVE_S = 0.1
"""The first frame of a stream waits this long, so that later chunks may come late by as much unheard."""

MOST_RESERVE_S = 0.2
"""When more than this waits beside a chunk, it is delayed more than needed: frames catch up."""

CATCHING_UP_S = FRAME_S * 0.875
"""Between two frames that catch up: 57 a second, which listeners follow by playing 15 % faster."""

MAX_WAITING = 500
"""Frames that may wait, 10 s of sound: of more, the oldest are dropped."""

ROUNDING_S = 0.001
"""A timer may fire so much too early; without this it would be set again and again for next to no time."""

LONG_AGO_S = -1e9


class Timer(Protocol):
    """What `Clock.call_later` gives."""

    def cancel(self) -> None:
        """Never call back."""


class Clock(Protocol):
    """What both ends' clocks have."""

    def monotonic_s(self) -> float:
        """Seconds since some moment; never set back."""

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        """Call back after so many seconds."""


class FramePacer:
    """Releases one frame each 20 ms, in order, by a steady clock.

    A listener's buffer takes what comes at once for a hiccup of the network: it keeps some of it and jumps
    over the rest. So a chunk of seconds, heard in one burst, is not understood.

    `release` is called with each frame when it is due; what a frame is, only its owner knows.
    """

    def __init__(self, clock: Clock, release: Callable[[Any], None]) -> None:
        self._clock = clock
        self._release = release
        self._waiting: list[Any] = []
        self._due_s = LONG_AGO_S
        self._frames_before = 0
        self._excess_s = 0.0
        self._timer: Timer | None = None

    @property
    def newest(self) -> Any:
        """The last frame that waits, None when none does."""
        return self._waiting[-1] if self._waiting else None

    @property
    def waiting_s(self) -> float:
        """How long it takes until the last frame that waits has left, 0 when none waits."""
        if not self._waiting:
            return 0.0
        return max(0.0, self._due_s + len(self._waiting) * FRAME_S - self._clock.monotonic_s())

    def add(self, frames: list[Any]) -> None:
        """Take the frames of a chunk."""
        now = self._clock.monotonic_s()
        if not self._waiting and self._due_s < now:
            # A stream begins, or its sound has run out: what was missing is already heard as a gap.
            self._due_s = now + RESERVE_S
        self._waiting += frames
        if len(self._waiting) > MAX_WAITING:
            self._waiting = self._waiting[len(self._waiting) - MAX_WAITING :]
        # A short chunk after a long one comes while much of the long one waits, and yet in time.
        longest_s = max(len(frames), self._frames_before) * FRAME_S
        self._frames_before = len(frames)
        self._excess_s = max(0.0, self.waiting_s - longest_s - MOST_RESERVE_S)
        self._wait()

    def flush(self) -> None:
        """Release everything now."""
        frames = self._waiting
        self.clear()
        for frame in frames:
            self._release(frame)

    def clear(self) -> None:
        """Forget everything."""
        self._waiting = []
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        if self._timer is None and self._waiting:
            delay_s = max(0.0, self._due_s - self._clock.monotonic_s())
            self._timer = self._clock.call_later(delay_s, self._release_due)

    def _release_due(self) -> None:
        self._timer = None
        now = self._clock.monotonic_s()
        while self._waiting and self._due_s <= now + ROUNDING_S:
            self._due_s += self._interval_s()
            self._release(self._waiting.pop(0))
        self._wait()

    def _interval_s(self) -> float:
        if self._excess_s <= 0:
            return FRAME_S
        self._excess_s -= FRAME_S - CATCHING_UP_S
        return CATCHING_UP_S
