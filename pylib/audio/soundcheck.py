"""Advice to a speaker about their sound, steady enough not to flicker.

Judged from the microphone's blocks of 20 ms, also while they are not sent because of a mute or pause.
"""

from typing import Any, Callable

from pylib.audio.levels import Level, to_db
from pylib.audio.snr import HISTORY, Estimate, SpeechOverNoise
from pylib.audio.speech_detector import SpeechDetector

UNHEARD = "unheard"
SILENCE = "silence"
CLIPPING = "clipping"
QUIET = "quiet"
NOISE = "noise"

JUDGE_BLOCKS = 25
"""Blocks between two judgements, half a second."""

DEAD_LINE_DB = -80.0
"""A switched-off microphone reads less than this, the quietest room more."""

NEVER_HEARD = 200
FELL_SILENT = 500
"""Blocks of a dead line that are silence: 4 s, but 10 s once something was heard, as noise suppression
makes a quiet room nearly a dead line while the speaker listens to a question."""

FULL = 0.95
CLIPPED_SHARE = 0.01
"""A block is clipped when more of its samples than this are above 95 % of full scale."""

CLIPPED_BLOCKS = 2
JUDGEMENTS_KEPT = 20
CLIPPED_JUDGEMENTS = 4
"""It is clipping when so many judgements of the last 10 s found clipped blocks; a bang fills at most two."""

QUIET_DB, LOUD_ENOUGH_DB = -42.0, -38.0
"""Active speech level; -26 dBFS is the level ITU-T P.56 and its kin work at."""

NOISY_DB, CLEAR_DB = 12.0, 15.0
"""Signal-to-noise ratio; 15 dB is what ANSI/ASA S12.60 wants for classrooms."""

SPEECH_JUDGEMENTS = 6
"""Judgements that must have found speech in the history before its level counts: 3 s of speech."""

FLOOR_KNOWN = 100
"""Blocks of history, 2 s: in a shorter one the quietest moment may be the middle of a word."""

SETTLED = 400
"""Blocks of history, 8 s: in a shorter one the quietest moments may be words and not noise."""

SMOOTHING = 0.3
RISE = 4
FALL = 6
"""Judgements in a row, 2 and 3 s, before an advice is given and before it is taken back."""


class Alarm:
    """On after `RISE` bad judgements in a row, off after `FALL` good ones."""

    def __init__(self) -> None:
        self.is_on = False
        self._against = 0

    def observe(self, is_bad: bool) -> None:
        """One judgement."""
        self._against = 0 if is_bad is self.is_on else self._against + 1
        if self._against >= (FALL if self.is_on else RISE):
            self.is_on, self._against = is_bad, 0


class SoundCheck:
    """Judges blocks; `advice` is the most urgent of the words above, empty when all is well.

    `on_change` is called when `advice` or `heard_well` changed. `gain_db` is what the speaker's own
    volume adds. With `music` there is no advice about noise: music goes on between the words, and
    loudness alone cannot tell music from noise.
    """

    def __init__(self) -> None:
        self.on_change: Callable[[], None] = lambda: None
        self.music = False
        self.gain_db = 0.0
        self.advice = ""
        self.heard_well = False
        self._unheard = False
        self.restart()

    def restart(self) -> None:
        """Another microphone is in use: what was heard from the last one counts no more."""
        self.snr_db: float | None = None
        self._history = SpeechOverNoise()
        self._syllables = SpeechDetector()
        self._blocks = self._dead = self._clipped = 0
        self._patience = NEVER_HEARD
        self._speech_judgements: list[bool] = []
        self._clipped_judgements: list[bool] = []
        self._clipping = False
        self._quiet, self._noise = Alarm(), Alarm()
        self._well = False
        """Speech was heard with nothing against it; any advice outranks it."""
        self._conclude()

    @property
    def is_speech(self) -> bool:
        """Whether there is speech now, or was a moment ago."""
        return self._syllables.is_speech

    def listen(self, samples: Any, level: Level, heard: bool = True) -> None:
        """Take one block, its level, and whether listeners hear it, not while muted or paused."""
        if heard is self._unheard:
            self._unheard = not heard
            self._syllables.forget()
        power = 10 ** (level.rms_db / 10)
        self._history.take(power)
        self._syllables.take(power)
        if level.rms_db > DEAD_LINE_DB:
            self._dead, self._patience = 0, FELL_SILENT
        else:
            self._dead += 1
        self._clipped += self._is_clipped(samples, level)
        self._blocks += 1
        if self._blocks % JUDGE_BLOCKS == 0:
            self._judge()
        self._conclude()

    def _is_clipped(self, samples: Any, level: Level) -> bool:
        """By the microphone, or by a volume turned up too far."""
        full = FULL / max(1.0, 10 ** (self.gain_db / 20))
        if level.peak_db < to_db(full):
            return False
        clipped = len([sample for sample in samples if abs(sample) >= full])
        return clipped > CLIPPED_SHARE * len(samples)

    def _judge(self) -> None:
        """Judge the last seconds."""
        estimate = self._history.estimate()
        if len(self._history) >= FLOOR_KNOWN:
            self._syllables.floor_db = estimate.noise_db
        self._clipped_judgements = self._clipped_judgements[1 - JUDGEMENTS_KEPT :] + [
            self._clipped >= CLIPPED_BLOCKS
        ]
        self._clipped = 0
        self._clipping = sum(self._clipped_judgements) >= (1 if self._clipping else CLIPPED_JUDGEMENTS)
        self._speech_judgements = self._speech_judgements[1 - HISTORY // JUDGE_BLOCKS :] + [self.is_speech]
        if self.is_speech and sum(self._speech_judgements) >= SPEECH_JUDGEMENTS:
            self._judge_speech(estimate)
        elif not any(self._speech_judgements):
            self._quiet.observe(False)
            self._noise.observe(False)

    def _judge_speech(self, estimate: Estimate) -> None:
        speech_db = estimate.speech_db + self.gain_db
        snr_db = estimate.speech_db - estimate.noise_db
        self.snr_db = snr_db if self.snr_db is None else self.snr_db + SMOOTHING * (snr_db - self.snr_db)
        settled = len(self._history) >= SETTLED
        is_quiet = speech_db < (LOUD_ENOUGH_DB if self._quiet.is_on else QUIET_DB)
        is_noisy = not self.music and self.snr_db < (CLEAR_DB if self._noise.is_on else NOISY_DB)
        self._quiet.observe(is_quiet)
        self._noise.observe(is_noisy and settled)
        clear = self.snr_db >= (NOISY_DB if settled else CLEAR_DB) or self.music
        self._well = self._well or (clear and not is_quiet)

    def _conclude(self) -> None:
        before = (self.advice, self.heard_well)
        self.advice = self._most_urgent()
        self.heard_well = self._well and not self.advice
        if (self.advice, self.heard_well) != before:
            self.on_change()

    def _most_urgent(self) -> str:
        if self._unheard:
            return UNHEARD if self.is_speech else ""
        if self._dead >= self._patience:
            return SILENCE
        if self._clipping:
            return CLIPPING
        if self._quiet.is_on:
            return QUIET
        return NOISE if self._noise.is_on else ""
