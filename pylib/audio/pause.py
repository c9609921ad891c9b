"""A listener's pause: what it may leave to hear, and when so much waits that no pause explains it."""

HARD_LIMIT_MS = 2000.0
"""Without a pause or a silence of the network, more depth comes from a tab that slept, and is skipped."""

LATE_MS = 10_000.0
"""Sound may come so late after a silence of the network; a speaker keeps no more of it."""

CAUGHT_UP_MS = 1.5
"""In 10 ms so much late sound is caught up with: it is heard 15 % faster."""

BEHIND_MS = 3000.0
"""Depth after a pause from which on jumping to live is worth a button."""


class Pause:
    """`active` while the listener wants silence.

    Afterwards the depth that it left is allowed; the limit sinks as that is caught up with. So is what a
    network delivers in a lump after it stood still: it is all to be heard.
    """

    def __init__(self) -> None:
        self.active = False
        self._limit_ms = HARD_LIMIT_MS
        self._late_ms = 0.0
        self._dropped_before = 0

    def begin(self, dropped: int) -> None:
        """`dropped` frames were given up for lack of room so far."""
        self.active = True
        self._dropped_before = dropped

    def end(self, depth_ms: float) -> None:
        """Sound goes on with this much of it to hear."""
        self.active = False
        self._limit_ms = depth_ms + HARD_LIMIT_MS

    def skip(self) -> None:
        """What it left was jumped over."""
        self._limit_ms = HARD_LIMIT_MS
        self._late_ms = 0.0

    def allow_late(self, silent_ms: float) -> None:
        """Sound comes again after nothing was there to play for so long, though the speaker spoke."""
        self._late_ms = min(self._late_ms + silent_ms, LATE_MS)

    def is_behind(self, depth_ms: float) -> bool:
        """Whether so much is left because of a pause, and not because the audio clock stood still."""
        return (self.active or self._limit_ms > HARD_LIMIT_MS + BEHIND_MS) and depth_ms > BEHIND_MS

    def is_cut(self, dropped: int) -> bool:
        """Whether the newest pause was longer than what is kept, so that its beginning is lost."""
        return dropped > self._dropped_before

    def is_exceeded(self, depth_ms: float) -> bool:
        """Call every 10 ms: whether more waits than pause or network left, so that it is to be skipped."""
        self._limit_ms = max(HARD_LIMIT_MS, min(self._limit_ms, depth_ms + HARD_LIMIT_MS))
        self._late_ms = max(0.0, self._late_ms - CAUGHT_UP_MS)
        return depth_ms > max(self._limit_ms, HARD_LIMIT_MS + self._late_ms)
