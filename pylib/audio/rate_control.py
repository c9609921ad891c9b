"""How fast to play so that the delay stays what it should be.

Two causes, two means. The clocks of two devices differ by up to some 200 millionths for hours: that is
resampled away, which by so little is never heard. Sound that came late has to be caught up with: then the
tempo changes at the recorded pitch, as far as speech still sounds unhurried.
"""

MAX_RESAMPLING = 0.005
MAX_DRIFT = 0.001
MAX_TEMPO = 1.15
MIN_TEMPO = 0.95

SLACK_MS = 40.0
"""Depth above the wanted one that is left to resampling alone."""

FULL_TEMPO_MS = 500.0
"""Depth above the wanted one at which it is played as fast as it may be."""

DEFICIT_MS = 20.0
"""Depth below the wanted one that is left to resampling alone."""

TEMPO_PER_MS = 0.0005
"""Tempo for each millisecond below DEFICIT_MS: 1 % slower for each 20 ms."""

PROPORTIONAL = 1e-4
"""Resampling for each millisecond off: an error alone would fade in 10 s."""

INTEGRAL = PROPORTIONAL * PROPORTIONAL * 1000 / 4
"""For each millisecond off and second: critically damped, as depth is 1000 times the pace, integrated."""


def tempo_for(excess_ms: float) -> float:
    """The tempo for depth above (or, below zero, under) the wanted one, in steps of 1 %."""
    if excess_ms > SLACK_MS:
        share = min(1.0, (excess_ms - SLACK_MS) / (FULL_TEMPO_MS - SLACK_MS))
        return round(1 + share * (MAX_TEMPO - 1), 2)
    if excess_ms < -DEFICIT_MS:
        return round(max(MIN_TEMPO, 1 + (excess_ms + DEFICIT_MS) * TEMPO_PER_MS), 2)
    return 1.0


class RateControl:
    """Proportional-integral control of depth by resampling, and the tempo for what is too much for it."""

    def __init__(self) -> None:
        self.speed = 1.0
        self.tempo = 1.0
        self._drift = 0.0

    def steer(self, excess_ms: float, elapsed_s: float) -> bool:
        """Choose speed and tempo for the next moment; returns whether either changed."""
        before = (self.speed, self.tempo)
        self.tempo = tempo_for(excess_ms)
        if self.tempo == 1.0:
            learned = self._drift + INTEGRAL * excess_ms * elapsed_s
            self._drift = max(-MAX_DRIFT, min(MAX_DRIFT, learned))
        wanted = self._drift + PROPORTIONAL * excess_ms
        self.speed = round(1 + max(-MAX_RESAMPLING, min(MAX_RESAMPLING, wanted)), 5)
        return (self.speed, self.tempo) != before
