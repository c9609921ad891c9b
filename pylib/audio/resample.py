"""From 48 kHz, the rate Opus is encoded at, down to the 16 kHz that PCM16 travels at."""

import math
from array import array
from typing import Any

FACTOR = 3
TAPS = 63
CUTOFF = 7500 / 48_000
"""As a share of the input's rate: flat up to 6 kHz, 2 dB down at 7 and over 40 dB from 8.7 kHz on."""


def low_pass(taps: int, cutoff: float) -> "list[float]":
    """Coefficients of a low-pass: a sinc in a Hamming window, which lets a constant pass unchanged.

    A. Oppenheim and R. Schafer, Discrete-Time Signal Processing, section 7.5.
    """
    middle = (taps - 1) / 2
    wave = []
    for index in range(taps):
        angle = math.pi * (index - middle)
        sinc = math.sin(2 * cutoff * angle) / angle if angle else 2 * cutoff
        wave.append(sinc * (0.54 - 0.46 * math.cos(2 * math.pi * index / (taps - 1))))
    total = sum(wave)
    return [value / total for value in wave]


class Downsampler:
    """Keeps every third sample of what passes the low-pass, and remembers where a block ended.

    The sound comes out (TAPS - 1) / 2 samples late, two thirds of a millisecond.
    """

    def __init__(self) -> None:
        self._taps = low_pass(TAPS, CUTOFF)
        self._past = [0.0] * (TAPS - 1)

    def run(self, samples: Any) -> Any:
        """A third as many samples; blocks must be whole multiples of three."""
        heard = self._past + list(samples)
        size = len(samples)
        self._past = heard[size:]
        middle = TAPS // 2
        out = [self._taps[middle] * sample for sample in heard[middle : middle + size : FACTOR]]
        # The coefficients are symmetric; two at a time for a whole block is what a page can afford.
        for near in range(middle):
            tap, far = self._taps[near], TAPS - 1 - near
            early, late = heard[near : near + size : FACTOR], heard[far : far + size : FACTOR]
            terms = zip(out, early, late)  # noqa: B905 - MicroPython has no strict zip
            out = [value + tap * (one + other) for value, one, other in terms]
        return array("f", out)
