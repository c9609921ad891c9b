"""Whether the microphone hears speech. Speech rises and falls with every syllable, some four times a second.

After de Jong & Wempe, "Praat script to detect syllable nuclei and measure speech rate automatically",
Behavior Research Methods 41 (2009): a syllable is a peak of loudness with a dip before and after it.
Steady noise and hum have no dips, and a bang, however loud, is one peak alone.
"""

from pylib.audio.levels import SILENT_DB, power_db

SMOOTHED = 3
"""Blocks averaged, 60 ms, so that a chance peak inside a sound does not count."""

SWING_DB = 3.0
"""The least rise or dip that counts."""

OVER_FLOOR_DB = 5.0
FAINTEST_DB = -65.0
"""A peak below this is not speech into this microphone."""

MIN_RISE_BLOCKS = 4
"""Blocks between the rise and the dip, 80 ms: keys and clicks are shorter."""

SYLLABLES = 3
WINDOW_BLOCKS = 75
"""Blocks, 1.5 s: that many syllables in so short a time are speech."""

HOLD_BLOCKS = 75
"""Blocks that speech lasts after its last syllable, so that a breath does not end it."""

NEVER = -1_000_000


class SpeechDetector:
    """Finds syllables in the powers of 20 ms blocks. `floor_db` is what counts as no sound at all."""

    def __init__(self) -> None:
        self.floor_db = SILENT_DB
        self.now = 0
        self._recent = [0.0] * SMOOTHED
        self._ends = [NEVER] * SYLLABLES
        self._last_speech = NEVER
        self._rising = True
        self._extreme_db = SILENT_DB
        self._began = 0

    @property
    def is_speech(self) -> bool:
        """Whether there is speech now, or was a moment ago."""
        return self.now - self._last_speech < HOLD_BLOCKS

    def take(self, power: float) -> None:
        """One block's mean square."""
        self.now += 1
        self._recent.append(power)
        del self._recent[0]
        self._follow(power_db(sum(self._recent) / SMOOTHED))

    def forget(self) -> None:
        """Syllables so far do not count."""
        self._ends = [NEVER] * SYLLABLES
        self._last_speech = NEVER

    def _follow(self, level_db: float) -> None:
        """Climb to a peak, then fall to a valley, and so on; small waves change nothing."""
        if (level_db > self._extreme_db) is self._rising:
            self._extreme_db = level_db
        elif self._rising and level_db < self._extreme_db - SWING_DB:
            self._peak_passed(self._extreme_db)
            self._rising, self._extreme_db = False, level_db
        elif not self._rising and level_db > self._extreme_db + SWING_DB:
            self._rising, self._extreme_db = True, level_db
            self._began = self.now

    def _peak_passed(self, peak_db: float) -> None:
        loud = peak_db > max(FAINTEST_DB, self.floor_db + OVER_FLOOR_DB)
        if not loud or self.now - self._began < MIN_RISE_BLOCKS:
            return
        self._ends.append(self.now)
        del self._ends[0]
        if self.now - self._ends[0] < WINDOW_BLOCKS:
            self._last_speech = self.now
