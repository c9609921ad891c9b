"""Speech whose every 20 ms carry their number, so that the ear can tell which it heard."""

import wave
from array import array
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from pylib.audio.pcm import FULL_SCALE
from pylib.protocol.frames import FRAME_MS, PCM_SAMPLE_RATE
from tests.support.pcm import from_pcm16

SPEECH = Path(__file__).parents[2] / "data" / "speech.wav"
BLOCK = PCM_SAMPLE_RATE * FRAME_MS // 1000
LOUDEST = 0.9
BASE = 1000


def speech_blocks() -> list[Any]:
    """The speech in blocks of 20 ms, never as loud as a mark."""
    with wave.open(str(SPEECH)) as file:
        samples = from_pcm16(file.readframes(file.getnframes()))
    for at, sample in enumerate(samples):
        samples[at] = max(-LOUDEST, min(LOUDEST, sample))
    return [samples[at : at + BLOCK] for at in range(0, len(samples) - BLOCK, BLOCK)]


class NumberedSpeech:
    """`say` gives the next block; it begins with full scale, its number in two samples, minus full scale."""

    def __init__(self, blocks: list[Any]) -> None:
        self.said = 0
        self._blocks = blocks

    def say(self) -> Any:
        """Block 0, 1, 2, ..."""
        block = self._blocks[self.said % len(self._blocks)][:]
        # Half a step more, because the conversion to 16 bits rounds towards zero.
        high, low = ((part + 0.5) / FULL_SCALE for part in divmod(self.said, BASE))
        for at, sample in enumerate((1.0, high, low, -1.0)):
            block[at] = sample
        self.said += 1
        return block

    def breathe(self) -> Any:
        """A block without words or number."""
        return array("f", bytes(4 * BLOCK))


class NumberedEar:
    """Reads the numbers in what a loudspeaker plays, as it goes on."""

    def __init__(self, played: Any) -> None:
        self.numbers: list[int] = []
        self._played = played
        self._read = 0

    def listen(self) -> list[int]:
        """The numbers heard since the last time."""
        samples = np.array(self._played[self._read :], dtype=np.float32)
        if len(samples) < 4:
            return []
        marks = np.flatnonzero((samples[:-3] == 1.0) & (samples[3:] == -1.0))
        values = np.rint(samples * FULL_SCALE).astype(int)
        new = [int(values[at + 1] * BASE + values[at + 2]) for at in marks]
        self._read += len(samples) - 3
        self.numbers += new
        return new


def doubled(numbers: list[int]) -> int:
    """How many were heard again."""
    return len(numbers) - len(set(numbers))


def disordered(numbers: list[int]) -> int:
    """How often an earlier one followed a later one."""
    return sum(after < before for before, after in pairwise(numbers))


def lost(numbers: list[int], said: int) -> int:
    """How many of those said since the first one heard were never heard."""
    return len(set(range(min(numbers), said)) - set(numbers)) if numbers else said
