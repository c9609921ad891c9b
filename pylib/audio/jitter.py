"""The jitter buffer: frames in as the network brings them, out as the ear needs them.

It owns no timer; the audio clock asks for frames. How much it keeps is learned from how
unevenly frames arrive. The live link is in order (TCP), so a missing sequence number is
lost for good and nothing is gained by waiting for it.
"""

from typing import Any, NamedTuple

from pylib.protocol.frames import FRAME_MS, FrameHeader

MIN_TARGET_MS = 20.0
MAX_TARGET_MS = 400.0
MAX_BUFFERED_FRAMES = 150
"""Three seconds; beyond that the oldest are dropped."""

JITTER_FADE = 0.998
"""A late frame raises the target at once; this per frame lets it sink by half in about 7 s."""

Frame = NamedTuple("Frame", [("header", FrameHeader), ("payload", Any)])
"""One frame as received."""


class ArrivalJitter:
    """How much later than the quickest frame do frames come, at worst, of late?

    Transit times carry the unknown offset between two clocks, so only their difference
    to the smallest recent one counts (as in RFC 3550, section 6.4.1). The smallest creeps
    up slowly, for clocks that drift and paths that change.
    """

    CREEP_MS = 0.02

    def __init__(self) -> None:
        self.peak_ms = 0.0
        self._quickest_ms: float | None = None

    def arrived(self, capture_ms: float, now_ms: float) -> None:
        """A frame captured at `capture_ms` came at `now_ms` (any two clocks)."""
        transit_ms = now_ms - capture_ms
        if self._quickest_ms is None or transit_ms < self._quickest_ms:
            self._quickest_ms = transit_ms
        late_ms = transit_ms - self._quickest_ms
        self._quickest_ms += self.CREEP_MS
        self.peak_ms = max(late_ms, self.peak_ms * JITTER_FADE)

    def restart(self) -> None:
        """The path or the capture clock is new: learn again, keep the caution."""
        self._quickest_ms = None


class JitterBuffer:
    """Orders frames, drops doubles, says what was lost."""

    def __init__(self) -> None:
        self.received = 0
        self.duplicates = 0
        self.lost = 0
        self.dropped = 0
        self.jitter = ArrivalJitter()
        self._frames: dict[int, Frame] = {}
        self._next_seq: int | None = None
        self._primed = False
        self._continuous = False

    @property
    def target_ms(self) -> float:
        """How much sound to hold before starting, from the jitter seen."""
        return min(MAX_TARGET_MS, max(MIN_TARGET_MS, self.jitter.peak_ms))

    @property
    def buffered_ms(self) -> float:
        """How much sound is held."""
        return len(self._frames) * FRAME_MS

    def push(self, header: FrameHeader, payload: Any, now_ms: float) -> bool:
        """Take a frame from the network; False when it is a double or comes too late."""
        seq = header.seq
        if seq in self._frames or (self._next_seq is not None and seq < self._next_seq):
            self.duplicates += 1
            return False
        self.received += 1
        self.jitter.arrived(header.capture_ms, now_ms)
        self._frames[seq] = Frame(header, payload)
        if len(self._frames) > MAX_BUFFERED_FRAMES:
            self._drop_oldest(1)
        return True

    def pop(self, margin_ms: float = 0.0) -> "Frame | None":
        """The next frame, or None while there is nothing to play.

        To start, and after `rebuffer`, it waits for the target and `margin_ms` more.
        """
        if not self._frames:
            return None
        if not self._primed and self.buffered_ms < self.target_ms + margin_ms:
            return None
        self._primed = True
        seq = min(self._frames)
        if self._continuous and self._next_seq is not None:
            self.lost += seq - self._next_seq
        self._continuous = True
        self._next_seq = seq + 1
        return self._frames.pop(seq)

    def rebuffer(self) -> None:
        """Everything was played: hold some sound again before going on."""
        self._primed = False

    def skip_to(self, keep_ms: float) -> int:
        """Jump towards live: keep only the newest `keep_ms`. Returns how many frames were dropped."""
        excess = len(self._frames) - int(keep_ms // FRAME_MS)
        return self._drop_oldest(excess) if excess > 0 else 0

    def clear(self) -> None:
        """Forget what is held, but not what was played: nothing is heard twice.

        What is missed until frames come again does not count as lost.
        """
        if self._frames:
            self._next_seq = max(self._frames) + 1
        self._frames = {}
        self._primed = self._continuous = False
        self.jitter.restart()

    def restart(self) -> None:
        """The sender counts from a new beginning."""
        self.clear()
        self._next_seq = None

    def _drop_oldest(self, count: int) -> int:
        for seq in sorted(self._frames)[:count]:
            del self._frames[seq]
            self._next_seq = seq + 1
        self.dropped += count
        return count
