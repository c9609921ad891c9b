"""Portable: levels."""

import math
from array import array

from pylib.audio.levels import SILENCE, SILENT_DB, LevelMeter, measure, meter_fraction, to_db


def test_a_full_scale_sine_has_its_textbook_level() -> None:
    sine = array("f", [math.sin(2 * math.pi * i / 48) for i in range(960)])
    level = measure(sine)
    assert abs(level.peak_db) < 0.01
    assert abs(level.rms_db - -3.01) < 0.01


def test_negative_peaks_count() -> None:
    assert abs(measure(array("f", [0.0, -0.5, 0.1])).peak_db - -6.02) < 0.01


def test_silence_and_nothing_have_a_level() -> None:
    assert measure(array("f", [0.0] * 960)) == SILENCE
    assert measure(array("f", [])) == SILENCE
    assert to_db(0.0) == SILENT_DB


def test_the_meter_jumps_up_and_falls_slowly() -> None:
    meter = LevelMeter(fall_db_per_block=1.0)
    assert meter.update(-20.0) == -20.0
    assert meter.update(SILENT_DB) == -21.0
    assert meter.update(-5.0) == -5.0


def test_the_meter_ends_at_silence() -> None:
    meter = LevelMeter(fall_db_per_block=60.0)
    for _ in range(5):
        meter.update(SILENT_DB)
    assert meter.shown_db == SILENT_DB


def test_where_a_level_stands_on_the_meter() -> None:
    assert meter_fraction(0.0) == 1.0
    assert meter_fraction(-30.0) == 0.5
    assert meter_fraction(-60.0) == 0.0
    assert meter_fraction(SILENT_DB) == 0.0
    assert meter_fraction(6.0) == 1.0
