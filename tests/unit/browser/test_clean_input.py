"""What a driver may deliver beside a voice does the voice no harm: the capture worklet, in Node."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.worklet import RATE, Samples, capture

TIME = np.arange(3 * RATE) / RATE
VOICE = (0.05 * np.sin(2 * np.pi * 300 * TIME)).astype(np.float32)
SILENCE = np.zeros_like(VOICE)
LATER = slice(RATE, None)
"""Once offsets are known and what was broken is over."""


def captured(folder: Path, *channels: Samples) -> Samples:
    return capture(folder, channels, context_rate=RATE).samples


def with_samples(value: float, places: list[int], voice: Samples = VOICE) -> Samples:
    broken = voice.copy()
    broken[places] = value
    return broken


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30, -1e30])
@pytest.mark.parametrize("live", [1, 2, 8])
def test_samples_that_are_no_sound_are_over_when_they_are_over(
    tmp_path: Path, value: float, live: int
) -> None:
    places = [5, RATE // 4, RATE // 4 + 1]
    channels = [with_samples(value, places), *[SILENCE] * (live - 1)]
    sound = captured(tmp_path, *channels)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() <= 2
    assert np.abs(sound - VOICE[: len(sound)])[LATER].max() < 0.001


def test_a_dead_channel_of_no_numbers_at_all_leaves_the_voice_alone(tmp_path: Path) -> None:
    sound = captured(tmp_path, np.full_like(VOICE, np.nan), VOICE)
    assert np.abs(sound - VOICE[: len(sound)]).max() < 1e-6


@pytest.mark.parametrize("offset", [0.02, 0.3, -0.9])
def test_an_offset_on_an_empty_input_is_no_loud_voice(tmp_path: Path, offset: float) -> None:
    sound = captured(tmp_path, SILENCE + np.float32(offset), VOICE)
    assert np.abs(sound - VOICE[: len(sound)])[int(2.5 * RATE) :].max() < 0.025
    assert np.std(sound[int(2.5 * RATE) :]) == pytest.approx(np.std(VOICE), rel=0.25)


def test_an_offset_below_a_voice_goes_without_a_click(tmp_path: Path) -> None:
    sound = captured(tmp_path, VOICE + np.float32(0.3))
    assert abs(float(np.mean(sound[int(2.5 * RATE) :]))) < 0.01
    assert np.abs(np.diff(sound)[10:]).max() < 1.2 * np.abs(np.diff(VOICE)).max()


@pytest.mark.parametrize("faintest", [1e-40, 1e-20])
def test_denormal_numbers_are_silence(tmp_path: Path, faintest: float) -> None:
    sound = captured(tmp_path, SILENCE + np.float32(faintest), VOICE)
    assert np.abs(sound - VOICE[: len(sound)]).max() < 1e-6
