"""Portable: from 48 kHz to 16 kHz without new tones."""

import math
from array import array

from pylib.audio.resample import Downsampler

BLOCK = 960


def level_db(frequency: float, blocks: int = 10) -> float:
    """The share of a tone's amplitude that passes, once the filter is full."""
    downsampler = Downsampler()
    out: list[float] = []
    for block in range(blocks):
        times = range(block * BLOCK, (block + 1) * BLOCK)
        out.extend(downsampler.run([math.sin(2 * math.pi * frequency * at / 48_000) for at in times]))
    settled = out[100:]
    power = sum([sample * sample for sample in settled]) / len(settled)
    return 10 * math.log10(2 * power + 1e-12)


def test_a_block_of_20_ms_becomes_320_samples() -> None:
    assert len(Downsampler().run(array("f", [0.0] * BLOCK))) == 320


def test_speech_passes_unchanged() -> None:
    for frequency in (100.0, 1000.0, 3000.0, 4000.0, 6000.0):
        assert abs(level_db(frequency)) < 0.3, frequency
    assert level_db(7000.0) > -3


def test_what_would_come_back_as_another_tone_is_held_off() -> None:
    for frequency in (8700.0, 9000.0, 10_000.0, 12_000.0, 15_000.0, 17_000.0, 20_000.0):
        assert level_db(frequency) < -40, frequency


def test_it_does_not_matter_where_blocks_begin() -> None:
    samples = [math.sin(at * at / 900) for at in range(4 * BLOCK)]
    whole = Downsampler().run(samples)
    pieces, downsampler = array("f"), Downsampler()
    for start in range(0, len(samples), 240):
        pieces.extend(downsampler.run(samples[start : start + 240]))
    assert list(pieces) == list(whole)
