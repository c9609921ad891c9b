"""What the tests in browsers measure sound with: it follows the pace of a page, and knows damage."""

from pathlib import Path

import numpy as np
import pytest
from scipy import signal

from tests.e2e.sound import Heard, align, gain, intelligibility, longest_gap_ms, read_speech
from tests.support.worklet import RATE, Samples, play

SECONDS = 10
MIN_STOI = 0.9
"""What tests in browsers ask for."""


def speech() -> Samples:
    return np.asarray(signal.resample_poly(read_speech(), RATE // 16_000, 1), dtype=np.float32)


def score(samples: Samples) -> float:
    return intelligibility(align(Heard(samples[: SECONDS * RATE].astype(float), RATE)))


@pytest.mark.parametrize("tempo", [1.0, 0.98, 0.96, 1.04])
def test_speech_at_a_slightly_other_tempo_is_found_intelligible(tmp_path: Path, tempo: float) -> None:
    played = play(tmp_path, speech(), [(0, {"tempo": tempo})], seconds=SECONDS + 1)
    assert score(played.samples) > MIN_STOI


@pytest.mark.parametrize("speed", [0.995, 0.9965, 1.002, 1.005])
def test_speech_resampled_by_as_little_as_pages_do_is_compared_at_its_own_pace(
    tmp_path: Path, speed: float
) -> None:
    played = play(tmp_path, speech(), [(0, {"speed": speed})], seconds=SECONDS + 1)
    assert score(played.samples) > MIN_STOI + 0.05


@pytest.mark.parametrize("lost_ms", [15, 20, 40])
def test_speech_that_lacks_a_tenth_or_more_is_not(lost_ms: int) -> None:
    samples = speech()
    period, lost = RATE * lost_ms // 100, RATE * lost_ms // 1000
    chopped = [samples[at + lost : at + period] for at in range(0, len(samples), period)]
    assert score(np.concatenate(chopped)) < MIN_STOI - 0.05


def test_half_the_strength_and_a_hole_are_measured() -> None:
    heard = 0.5 * speech()[: 4 * RATE].astype(float)
    assert gain(align(Heard(heard, RATE))) == pytest.approx(0.5, abs=0.01)
    heard[RATE : RATE + RATE // 10] = 0
    assert longest_gap_ms(Heard(heard, RATE)) == pytest.approx(100, abs=1)
