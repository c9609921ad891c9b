"""Sound for judging: the usual speech, noises of a known level under it, and what else happens in rooms."""

import math
from array import array
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pylib.audio.levels import measure
from pylib.audio.soundcheck import SoundCheck
from tests.e2e.sound import RATE, read_speech

Samples = NDArray[np.float64]
BLOCK = RATE // 50
P56_MARGIN = 10**-1.59
P56_HANGOVER = 10
LOWEST_HZ = 20
TALKERS = 16


@cache
def _speech() -> Samples:
    return read_speech()


def length(seconds: float) -> int:
    """A duration in samples."""
    return int(seconds * RATE)


def speech(seconds: float, start_s: float = 0.0) -> Samples:
    """The usual speech, repeated."""
    return np.resize(np.roll(_speech(), -length(start_s)), length(seconds))


def db(decibels: float) -> float:
    """Decibels as an amplitude."""
    return float(10 ** (decibels / 20))


def powers(samples: Samples) -> Samples:
    """Mean square of each block."""
    return np.asarray((samples[: len(samples) // BLOCK * BLOCK].reshape(-1, BLOCK) ** 2).mean(axis=1))


def active_level(samples: Samples) -> float:
    """Mean square while somebody speaks, by ITU-T P.56: a threshold below the level, and a hangover."""
    power = powers(samples)
    level = power.mean()
    for _ in range(50):
        loud = power > level * P56_MARGIN
        active = np.convolve(loud, np.ones(P56_HANGOVER + 1))[: len(loud)] > 0
        level = power.sum() / active.sum()
    return float(level)


def white(seconds: float, random: np.random.Generator) -> Samples:
    """White noise, as of air: equal power at each frequency."""
    return random.standard_normal(length(seconds))


def pink(seconds: float, random: np.random.Generator) -> Samples:
    """Pink noise, as of traffic and machines: equal power in each octave."""
    spectrum = np.fft.rfft(random.standard_normal(length(seconds)))
    octaves = np.maximum(np.arange(len(spectrum)), LOWEST_HZ * seconds)
    return np.asarray(np.fft.irfft(spectrum / np.sqrt(octaves), length(seconds)))


def babble(seconds: float, random: np.random.Generator) -> Samples:
    """A room full of people, each at another place in their speech."""
    starts = random.uniform(0, len(_speech()) / RATE, TALKERS)
    loudness = random.uniform(0.7, 1.4, TALKERS)
    together = np.zeros(length(seconds))
    for start_s, loud in zip(starts, loudness, strict=True):
        together += speech(seconds, start_s) * loud
    return together


def at_snr(clean: Samples, noise: Samples, snr_db: float) -> Samples:
    """Both together, with the noise so far below the active speech level."""
    wanted = active_level(_speech()) / db(snr_db) ** 2
    return np.asarray(clean + noise * math.sqrt(wanted / float(np.mean(noise**2))))


def hum(seconds: float, hertz: float) -> Samples:
    """Hum of the mains."""
    return np.asarray(np.sin(2 * np.pi * hertz * np.arange(length(seconds)) / RATE))


def bang(seconds: float, fade_s: float, random: np.random.Generator) -> Samples:
    """A door falls shut after one second."""
    falling = np.exp(-np.arange(length(seconds - 1)) / RATE / fade_s)
    return np.concatenate([np.zeros(length(1)), falling * random.standard_normal(len(falling))])


def music(seconds: float) -> Samples:
    """Chords of four tones, two a second, each fading into the next."""
    at = np.arange(length(seconds)) / RATE
    beat = np.floor(at * 2)
    root = 220 * 2 ** ((beat * 5 % 12) / 12)
    chord = sum(np.sin(2 * np.pi * root * ratio * at) for ratio in (1, 1.25, 1.5, 2))
    return np.asarray(chord / 4 * (0.3 + 0.7 * np.exp(-(at * 2 - beat))))


def natural_talk(seconds: float, random: np.random.Generator) -> Samples:
    """Clean speech for long: now louder, now softer by up to 8 dB, with pauses of up to 6 s."""
    parts: list[Samples] = []
    while sum(map(len, parts)) < length(seconds):
        phrase = speech(random.uniform(2, 12), random.uniform(0, 15)) * db(random.uniform(-8, 2))
        room = random.standard_normal(length(random.uniform(0.2, 6))) * db(-72)
        parts += [phrase, room]
    return np.concatenate(parts)[: length(seconds)]


def blocks(samples: Samples) -> Iterator[Any]:
    """Samples as a microphone gives them: 32-bit floats, clipped at full scale."""
    clipped = np.clip(samples, -1, 1).astype("<f4")
    for block in clipped[: len(samples) // BLOCK * BLOCK].reshape(-1, BLOCK):
        yield array("f", block.tobytes())


def hear(check: SoundCheck, samples: Samples, heard: bool = True) -> list[tuple[float, str]]:
    """Each advice with the second from which on it is given; "well" stands for `heard_well`."""
    said: list[tuple[float, str]] = []
    now = 0.0

    def note() -> None:
        said.append((round(now, 2), check.advice or ("well" if check.heard_well else "")))

    check.on_change = note
    for number, block in enumerate(blocks(samples), 1):
        now = number * BLOCK / RATE
        check.listen(block, measure(block), heard)
    return said
