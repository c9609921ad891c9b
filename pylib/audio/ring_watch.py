"""How often the loudspeaker's ring ran dry, and how much it should hold so that it seldom does."""

from pylib.ports import AudioOutput

DECODER_MS = 5.0
"""Kept ready beyond the network's jitter and what the sound card takes at once: time to decode a frame."""

MAX_RING_MS = 120.0
RING_STEP_MS = 10.0
RING_FADE_MS = 0.01
"""A ring that ran dry gets more room at once, and loses it again at 1 ms a second."""

SILENT_MS = 500.0
"""A ring that was empty for so long, five times what a bridge over missing sound lasts, is not playing."""


class RingWatch:
    """`underruns` counts each time that sound stopped for lack of it.

    `missing_ms` is how long sound was due and not there, which the loudspeaker bridges as far as it can.
    `ring_ms` is what the ring should hold against a main thread that stalls.
    `silent`: nothing comes out of it, however much was handed over, as a decoder may hold it back.
    """

    def __init__(self, output: AudioOutput) -> None:
        self.underruns = 0
        self.missing_ms = 0.0
        self.ring_ms = DECODER_MS
        self._output = output
        self._starved_ms = 0.0
        self._silent_ms = SILENT_MS
        self._was_dry = self._sounding = self._heard = False

    @property
    def silent(self) -> bool:
        """Whether nothing is heard: before the first sound, when it stays away, or the clock stands still."""
        return self._silent_ms >= SILENT_MS

    def stalled(self) -> None:
        """The audio clock stands still."""
        self._silent_ms = SILENT_MS

    def observe(self, playing: bool, empty: bool, at_rest: bool) -> None:
        """Call every 10 ms; `empty` when nothing at all is left to play, `at_rest` when none is to come."""
        starved_ms = self._output.starved_ms() - self._starved_ms
        self._starved_ms += starved_ms
        starved = starved_ms > 0
        self._silent_ms = self._silent_ms + starved_ms if starved else 0.0
        self._heard = not at_rest and (self._heard or not starved)
        if self._heard:
            self.missing_ms += starved_ms
        # Up to the moment at which the first frame reached the ring, nothing was missing.
        self._sounding = playing and (self._sounding or not starved)
        dry = playing and (empty or (starved and self._sounding))
        if dry and not self._was_dry and not at_rest:
            self.underruns += 1
            self.ring_ms = min(MAX_RING_MS, self.ring_ms + RING_STEP_MS)
        self._was_dry = dry
        self.ring_ms = max(DECODER_MS + self._output.burst_ms(), self.ring_ms - RING_FADE_MS)
