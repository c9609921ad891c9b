"""How loud a block of sound is."""

import math
from typing import Any, NamedTuple

SILENT_DB = -100.0
"""What total silence reads; the real value would be minus infinity."""

Level = NamedTuple("Level", [("rms_db", float), ("peak_db", float)])
"""Loudness and highest sample, both in dBFS: 0 is the loudest a sample can be."""

SILENCE = Level(SILENT_DB, SILENT_DB)


def to_db(amplitude: float) -> float:
    """Decibels of an amplitude from 0 to 1: 20 log10(a)."""
    if amplitude <= 0.00001:
        return SILENT_DB
    return 20 * math.log10(amplitude)


def power_db(power: float) -> float:
    """Decibels of a mean square from 0 to 1: 10 log10(p)."""
    return to_db(math.sqrt(power))


def measure(samples: Any) -> Level:
    """The level of an `array('f')`. Runs for each block on slow phones, too, so it calls nothing of ours."""
    count = len(samples)
    if not count:
        return SILENCE
    peak = max(abs(max(samples)), abs(min(samples)))
    mean_square = sum([sample * sample for sample in samples]) / count
    return Level(to_db(math.sqrt(mean_square)), to_db(peak))


class LevelMeter:
    """A meter that jumps up at once and falls slowly, so that eyes can follow it."""

    def __init__(self, fall_db_per_block: float = 0.6) -> None:
        self.shown_db = SILENT_DB
        self._fall_db = fall_db_per_block

    def update(self, level_db: float) -> float:
        """Take a block's level, return what to show, both in dBFS."""
        self.shown_db = max(level_db, self.shown_db - self._fall_db, SILENT_DB)
        return self.shown_db


def meter_fraction(level_db: float, floor_db: float = -60.0) -> float:
    """Where a level stands on a meter from 0 (floor_db or below) to 1 (0 dBFS)."""
    return min(1.0, max(0.0, 1 - level_db / floor_db))
