"""The jitter buffer: frames in as the network brings them, out as the ear needs them.

It owns no timer; the audio clock asks for frames. How much it keeps is learned from how
unevenly frames arrive. The live link is in order (TCP), so a missing sequence number is
lost for good and nothing is gained by waiting for it.
"""

from typing import Any, NamedTuple

from pylib.audio.arrival_jitter import ArrivalJitter
from pylib.protocol.frames import FRAME_MS, FrameHeader

MIN_TARGET_MS = 10.0
MAX_TARGET_MS = 400.0
MAX_BUFFERED_FRAMES = 1500
"""Thirty seconds, for a listener who paused; beyond that the oldest are dropped."""

Frame = NamedTuple("Frame", [("header", FrameHeader), ("payload", Any)])
"""One frame as received."""


class JitterBuffer:
    """Orders frames, drops duplicates, counts what was lost."""

    def __init__(self) -> None:
        self.received = 0
        self.duplicates = 0
        self.lost = 0
        self.dropped = 0
        self.jitter = ArrivalJitter()
        self._frames: list[Frame] = []
        self._earlier: list[Frame] = []
        self._next_seq: int | None = None
        self._primed = False
        self._continuous = False

    @property
    def target_ms(self) -> float:
        """How much sound to hold before starting, from the jitter seen."""
        return min(MAX_TARGET_MS, max(MIN_TARGET_MS, self.jitter.peak_ms))

    @property
    def level_ms(self) -> float:
        """How much is held on average when `target_ms` is kept: frames that are late are missing here."""
        return max(MIN_TARGET_MS, self.target_ms - self.jitter.mean_ms)

    @property
    def buffered_ms(self) -> float:
        """How much sound is held."""
        return (len(self._earlier) + len(self._frames)) * FRAME_MS

    def push(self, header: FrameHeader, payload: Any, now_ms: float) -> bool:
        """Take a frame from the network; False when it is a duplicate or comes too late."""
        place = self._place(header.seq)
        if place < 0:
            self.duplicates += 1
            return False
        self.received += 1
        self.jitter.arrived(header.capture_ms, now_ms)
        self._frames.insert(place, Frame(header, payload))
        if self.buffered_ms > MAX_BUFFERED_FRAMES * FRAME_MS:
            self._drop_oldest(1)
        return True

    def pop(self, margin_ms: float = 0.0, idle_ms: float = 0.0) -> "Frame | None":
        """The next frame, or None while there is nothing to play.

        To start, and after `rebuffer`, it waits for the target and `margin_ms` more. The newest frame's
        lateness, and the time `idle_ms` since it came, count as waited already.
        """
        if self.buffered_ms <= 0:
            return None
        waited_ms = self.buffered_ms + self.jitter.late_ms + idle_ms
        if not self._primed and waited_ms < self.target_ms + margin_ms:
            return None
        self._primed = True
        if self._earlier:
            return self._earlier.pop(0)
        frame = self._frames.pop(0)
        if self._continuous and self._next_seq is not None:
            self.lost += frame.header.seq - self._next_seq
        self._continuous = True
        self._next_seq = frame.header.seq + 1
        return frame

    def rebuffer(self) -> None:
        """Everything was played: hold some sound again before going on."""
        self._primed = False

    def skip_to(self, keep_ms: float) -> int:
        """Jump towards live: keep only the newest `keep_ms`. Returns how many frames were dropped."""
        excess = int((self.buffered_ms - keep_ms) // FRAME_MS)
        return self._drop_oldest(excess) if excess > 0 else 0

    def restart(self) -> None:
        """The sender counts from a new beginning; what is held from before is still heard first."""
        self._earlier, self._frames = self._earlier + self._frames, []
        self._continuous = False
        self._next_seq = None
        self.jitter.restart()

    def _place(self, seq: int) -> int:
        """Where a frame belongs, nearly always at the end; -1 when it is held or was played already."""
        if self._next_seq is not None and seq < self._next_seq:
            return -1
        place = len(self._frames)
        while place > 0 and self._frames[place - 1].header.seq > seq:
            place -= 1
        return -1 if place > 0 and self._frames[place - 1].header.seq == seq else place

    def _drop_oldest(self, count: int) -> int:
        """Dropped frames are not heard when they come again, and do not count as lost."""
        earlier = min(count, len(self._earlier))
        self._earlier = self._earlier[earlier:]
        if count > earlier:
            self._next_seq = self._frames[count - earlier - 1].header.seq + 1
            self._frames = self._frames[count - earlier :]
        self.dropped += count
        return count
