"""A microphone on any channel of a device is heard at its own level: the capture worklet's mix, in Node."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.worklet import RATE, Samples, capture

SILENCE = np.zeros(RATE, np.float32)
VOICE = (0.9 * np.sin(2 * np.pi * 300 * np.arange(RATE) / RATE)).astype(np.float32)
LOUDNESS = 0.9 / np.sqrt(2)


def mixed(folder: Path, *channels: Samples) -> Samples:
    return capture(folder, channels, context_rate=RATE).samples


def loudness(samples: Samples) -> float:
    """Once gains have settled, as a root mean square."""
    return float(np.sqrt(np.mean(samples[RATE // 2 :].astype(float) ** 2)))


@pytest.mark.parametrize(("count", "live"), [(1, 0), (2, 0), (2, 1), (4, 1), (4, 3), (8, 6)])
def test_a_microphone_on_any_channel_is_heard_as_it_is(tmp_path: Path, count: int, live: int) -> None:
    channels = [VOICE if number == live else SILENCE for number in range(count)]
    sound = mixed(tmp_path, *channels)
    assert np.abs(sound - VOICE[: len(sound)]).max() < 1e-6


def test_the_hiss_of_an_empty_input_stays_out(tmp_path: Path) -> None:
    hiss = np.random.default_rng(1).normal(0, 0.003, RATE).astype(np.float32)
    sound = mixed(tmp_path, hiss, VOICE)
    assert np.abs(sound - VOICE[: len(sound)])[RATE // 2 :].max() < 0.001


@pytest.mark.parametrize("signs", [(1, 1), (1, -1), (-1, 1), (1, 1, 1, 1), (1, -1, 1, -1)])
def test_equal_channels_neither_add_up_nor_cancel_out(tmp_path: Path, signs: tuple[int, ...]) -> None:
    sound = mixed(tmp_path, *(sign * VOICE for sign in signs))
    assert loudness(sound) == pytest.approx(LOUDNESS, rel=0.001)
    assert np.abs(sound).max() < 0.901


def test_two_people_on_two_microphones_are_both_heard(tmp_path: Path) -> None:
    """They speak in turns of a quarter of a second, the second person more softly, and last together."""
    turn = np.repeat([1.0, 0.0, 1.0, 1.0], RATE // 4).astype(np.float32)
    second = (0.3 * np.sin(2 * np.pi * 500 * np.arange(RATE) / RATE)).astype(np.float32)
    sound = mixed(tmp_path, VOICE * turn, second * np.roll(turn, RATE // 4))
    alone = sound[int(0.45 * RATE) : RATE // 2]
    assert np.sqrt(np.mean(alone**2)) == pytest.approx(0.3 / np.sqrt(2), rel=0.1)
    assert np.abs(np.diff(sound)).max() < 1.2 * np.abs(np.diff(VOICE)).max()
    assert np.abs(sound).max() < 0.901


def test_a_microphone_that_is_plugged_in_or_out_makes_no_click(tmp_path: Path) -> None:
    late = VOICE * np.repeat([0.0, 1.0, 0.0], RATE // 3).astype(np.float32)
    late *= np.convolve(late != 0, np.hanning(480) / 240, "same").astype(np.float32)
    sound = mixed(tmp_path, 0.01 * VOICE, late)
    assert np.abs(np.diff(sound)).max() < 1.2 * np.abs(np.diff(VOICE)).max()
