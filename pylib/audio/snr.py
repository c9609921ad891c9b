"""How far speech stands above the noise around it, from the powers of blocks alone.

The noise is what remains in the quietest moments between words: minimum statistics, after Martin, "Noise
power spectral density estimation based on optimal smoothing and minimum statistics", IEEE Trans. Speech
and Audio Processing 9 (2001), here in one band. The speech is the active speech level of ITU-T P.56:
its energy over the time of speech, short pauses included.
"""

from typing import NamedTuple

from pylib.audio.levels import power_db

HISTORY = 500
"""Blocks, 10 s: long enough to hold some pauses between words."""

SMOOTHED = 10
"""Blocks averaged before the minimum is sought, 200 ms: the length of a short pause."""

QUIETEST_SHARE = 0.02
MINIMUM_BIAS = 1.15
"""The mean of a noise is about this many times the power of its quietest moments."""

FAINTEST = 1e-10

ACTIVE_OVER_NOISE = 2.0
MARGIN = 10**-1.59
"""P.56: speech is what is at most 15.9 dB below the active speech level ..."""

HANGOVER = 10
"""... or follows such sound within 200 ms."""

REFINEMENTS = 4
"""Rounds: the active speech level depends on which blocks are active, and they on it; it settles quickly."""

Estimate = NamedTuple("Estimate", [("speech_db", float), ("noise_db", float)])
"""Levels in dBFS; their difference is the signal-to-noise ratio."""


class SpeechOverNoise:
    """Keeps the powers (mean squares) of the newest blocks."""

    def __init__(self) -> None:
        self._powers: list[float] = []
        self._smoothed: list[float] = []

    def __len__(self) -> int:
        return len(self._powers)

    def take(self, power: float) -> None:
        """One block of 20 ms."""
        self._powers.append(power)
        newest = self._powers[-SMOOTHED:]
        self._smoothed.append(sum(newest) / len(newest))
        if len(self._powers) > HISTORY:
            del self._powers[0]
            del self._smoothed[0]

    def estimate(self) -> Estimate:
        """Levels over the blocks kept; the speech level means something only if there was speech in them."""
        noise = self._noise()
        return Estimate(power_db(self._speech(noise)), power_db(noise))

    def _noise(self) -> float:
        quietest = sorted(self._smoothed)
        return max(FAINTEST, quietest[int(len(quietest) * QUIETEST_SHARE)] * MINIMUM_BIAS)

    def _speech(self, noise: float) -> float:
        speech = max(FAINTEST, sum(self._powers) / len(self._powers) - noise)
        for _ in range(REFINEMENTS):
            active = self._mean_of_active(max(ACTIVE_OVER_NOISE * noise, MARGIN * speech))
            speech = max(FAINTEST, active - noise)
        return speech

    def _mean_of_active(self, threshold: float) -> float:
        """Mean power of the blocks above the threshold and those in their wake."""
        energy, count, left = 0.0, 0, 0
        for power in self._powers:
            if power > threshold:
                left = HANGOVER + 1
            if left:
                energy += power
                count += 1
                left -= 1
        return energy / count if count else 0.0
