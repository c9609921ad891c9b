"""Signal-to-noise ratio against made sound whose ratio is known, and its arithmetic."""

import numpy as np
import pytest

from pylib.audio.levels import Level, power_db
from pylib.audio.snr import HISTORY, SpeechOverNoise
from pylib.audio.soundcheck import SoundCheck
from tests.support import sound_samples as made_sound
from tests.support.sound_samples import Samples, at_snr, db, powers, speech

NO_SAMPLES: tuple[float, ...] = ()
SETTLED_S = 15


def error_db(noisy: Samples, snr_db: int) -> float:
    """The sound check's largest error, over its judgements each half second."""
    check, errors = SoundCheck(), []
    for number, power in enumerate(powers(noisy), 1):
        check.listen(NO_SAMPLES, Level(power_db(float(power)), -20.0))
        if number >= SETTLED_S * 50:
            assert check.snr_db is not None
            errors.append(abs(check.snr_db - snr_db))
    return max(errors)


@pytest.mark.parametrize("noise", ["white", "pink", "babble"])
@pytest.mark.parametrize("snr_db", [0, 5, 10, 15, 20, 30, 40])
def test_a_known_ratio_is_measured_to_three_decibels(noise: str, snr_db: int) -> None:
    random = np.random.default_rng(snr_db)
    made = getattr(made_sound, noise)(40, random)
    assert error_db(at_snr(speech(40), made, snr_db), snr_db) <= 3


@pytest.mark.parametrize("louder_db", [-30, 0, 6])
def test_the_ratio_does_not_depend_on_how_loud_both_are(louder_db: float) -> None:
    made = at_snr(speech(40), made_sound.white(40, np.random.default_rng(1)), 20)
    assert error_db(made * db(louder_db), 20) <= 3


def test_pauses_do_not_count_as_soft_speech() -> None:
    random = np.random.default_rng(2)
    talk = np.concatenate([speech(5), np.zeros(made_sound.length(5))] * 4)
    assert error_db(at_snr(talk, made_sound.white(40, random), 20), 20) <= 3


def test_the_speech_level_is_the_active_one() -> None:
    measured = SpeechOverNoise()
    for power in powers(speech(10)):
        measured.take(float(power))
    expected = 10 * np.log10(made_sound.active_level(speech(15.5)))
    assert abs(measured.estimate().speech_db - expected) < 1


def test_what_is_far_below_the_speech_is_none_even_when_it_is_above_the_noise() -> None:
    measured = SpeechOverNoise()
    for power in [1e-2] * 200 + [1e-5] * 250 + [1e-9] * 50:
        measured.take(power)
    assert abs(measured.estimate().speech_db + 20) < 1


def test_only_the_last_ten_seconds_count() -> None:
    measured = SpeechOverNoise()
    for power in [1.0] * 100 + [0.01] * HISTORY:
        measured.take(power)
    assert len(measured) == HISTORY
    assert measured.estimate().noise_db < -19


def test_total_silence_has_an_estimate_too() -> None:
    measured = SpeechOverNoise()
    measured.take(0.0)
    assert measured.estimate() == (-100.0, -100.0)
