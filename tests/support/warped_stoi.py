"""Intelligibility of speech played faster or slower than spoken.

STOI compares two signals moment by moment, so both must run at one pace. Here the
original's moments are taken `tempo` times as far apart as the played one's; all else is
STOI's own measure (Taal, Hendriks, Heusdens and Jensen 2011): the correlation of
third-octave envelopes over 384 ms, without its clipping.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pystoi.utils import thirdoct
from scipy import signal

STOI_RATE = 10_000
WINDOW, HOP, FFT, BANDS, LOWEST_HZ, FRAMES = 256, 128, 512, 15, 150, 30
LOUD_DB = -40.0

Samples = NDArray[Any]


def warped_stoi(spoken: Samples, played: Samples, tempo: float, rate: int) -> float:
    """From 0 to 1, for `played` being `spoken` at `tempo`; where nothing was spoken does not count."""
    count = int((len(spoken) / rate / tempo * STOI_RATE - WINDOW) / HOP) - 1
    original = _envelopes(spoken, rate, HOP * tempo, count)
    heard = _envelopes(played, rate, HOP, count)
    loud = 10 * np.log10((original**2).sum(axis=0) + 1e-12)
    voiced = loud > loud.max() + LOUD_DB
    original, heard = original[:, voiced], heard[:, voiced]
    scores = [
        _correlation(original[:, at : at + FRAMES], heard[:, at : at + FRAMES])
        for at in range(original.shape[1] - FRAMES)
    ]
    return float(np.mean(scores))


def _envelopes(samples: Samples, rate: int, hop: float, count: int) -> Samples:
    """Third-octave band amplitudes at `count` moments, `hop` samples apart: bands by moments."""
    sound = signal.resample_poly(samples, STOI_RATE, rate)
    bands, _ = thirdoct(STOI_RATE, FFT, BANDS, LOWEST_HZ)
    places = [int(number * hop) for number in range(count)]
    frames = np.array([sound[place : place + WINDOW] for place in places]) * np.hanning(WINDOW)
    power = np.abs(np.fft.rfft(frames, FFT).T) ** 2
    return np.asarray(np.sqrt(bands @ power), dtype=np.float64)


def _correlation(one: Samples, other: Samples) -> float:
    """Mean correlation of the rows."""
    one = one - one.mean(axis=1, keepdims=True)
    other = other - other.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1) + 1e-12
    return float(np.mean((one * other).sum(axis=1) / norms))
