"""The sound check against sound: speech, noise, hum, bangs, music, and an hour's worth of patience."""

import numpy as np
import pytest

from pylib.audio.soundcheck import SoundCheck
from tests.support import sound_samples as made_sound
from tests.support.sound_samples import at_snr, db, hear, natural_talk, speech


def random(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_clean_speech_is_heard_well_within_five_seconds() -> None:
    ((when, what),) = hear(SoundCheck(), speech(30))
    assert what == "well"
    assert when <= 5


@pytest.mark.parametrize("noise", ["white", "pink", "babble"])
@pytest.mark.parametrize("snr_db", [0, 5, 9])
def test_much_noise_is_told_once_and_never_called_well(noise: str, snr_db: float) -> None:
    made = at_snr(speech(30), getattr(made_sound, noise)(30, random()), snr_db)
    assert [what for _, what in hear(SoundCheck(), made)] == ["noise"]


@pytest.mark.parametrize("noise", ["white", "pink", "babble"])
@pytest.mark.parametrize("snr_db", [20, 30])
def test_little_noise_is_heard_well(noise: str, snr_db: float) -> None:
    made = at_snr(speech(30), getattr(made_sound, noise)(30, random()), snr_db)
    assert [what for _, what in hear(SoundCheck(), made)] == ["well"]


@pytest.mark.parametrize("noise", ["white", "pink"])
def test_steady_noise_is_no_speech(noise: str) -> None:
    made = getattr(made_sound, noise)(30, random())
    assert hear(SoundCheck(), made / np.abs(made).max() * 0.5, heard=False) == []


def test_noise_that_begins_is_no_speech() -> None:
    fan = np.concatenate([np.full(made_sound.length(3), 0.001), np.full(made_sound.length(10), 0.1)])
    assert hear(SoundCheck(), fan * made_sound.pink(13, random()) * 30, heard=False) == []


@pytest.mark.parametrize("hertz", [50, 60, 100, 120])
def test_hum_is_no_speech_and_under_speech_it_is_noise(hertz: float) -> None:
    assert hear(SoundCheck(), 0.1 * made_sound.hum(20, hertz), heard=False) == []
    noisy = at_snr(speech(30), made_sound.hum(30, hertz), 5)
    assert [what for _, what in hear(SoundCheck(), noisy)] == ["noise"]


@pytest.mark.parametrize("fade_s", [0.03, 0.1, 0.3])
def test_a_door_that_bangs_is_neither_speech_nor_clipping(fade_s: float) -> None:
    door = made_sound.bang(5, fade_s, random()) + made_sound.white(5, random(2)) * db(-65)
    assert hear(SoundCheck(), door, heard=False) == []
    assert hear(SoundCheck(), np.concatenate([door, door])) == []


@pytest.mark.parametrize("louder", [2.0, 4.0])
def test_overdriven_speech_is_clipping_all_the_time(louder: float) -> None:
    said = hear(SoundCheck(), speech(40) * louder)
    assert [what for _, what in said if what != "well"] == ["clipping"]
    assert said[-1][1] == "clipping"


def test_speech_that_uses_the_whole_scale_does_not_clip() -> None:
    loudest = speech(40) / np.abs(speech(16)).max() * 0.99
    assert [what for _, what in hear(SoundCheck(), loudest)] == ["well"]


def test_speech_far_from_the_microphone_is_told() -> None:
    assert [what for _, what in hear(SoundCheck(), speech(20) * db(-30))] == ["quiet"]


def test_talking_while_muted_is_told_within_about_a_second() -> None:
    """Speech is noticed wherever in the recording it begins, also at a long word."""
    said = [hear(SoundCheck(), speech(3, start_s), heard=False)[0] for start_s in range(13)]
    assert all(what == "unheard" for _, what in said)
    assert float(np.median([when for when, _ in said])) <= 1
    assert max(when for when, _ in said) <= 1.5


def test_talking_while_muted_in_noise_is_told_too() -> None:
    noisy = at_snr(speech(10), made_sound.pink(10, random()), 5)
    assert hear(SoundCheck(), noisy, heard=False)[0][1] == "unheard"


def test_music_is_not_called_noise_at_the_tier_for_music() -> None:
    check = SoundCheck()
    check.music = True
    assert [what for _, what in hear(check, made_sound.music(60) * 0.5)] in ([], ["well"])


def test_music_under_a_voice_is_not_called_noise_at_the_tier_for_music_and_elsewhere_it_is() -> None:
    mixed = at_snr(speech(30), made_sound.music(30), 5)
    check = SoundCheck()
    check.music = True
    assert [what for _, what in hear(check, mixed)] == ["well"]
    assert "noise" in [what for _, what in hear(SoundCheck(), mixed)]


LONG = [pytest.mark.soak]


def test_ten_minutes_of_clean_speech_with_pauses_raise_no_false_alarm() -> None:
    assert [what for _, what in hear(SoundCheck(), natural_talk(600, random(10)))] == ["well"]


@pytest.mark.parametrize("minutes", [1, pytest.param(10, marks=LONG)])
def test_speech_with_a_little_noise_raises_no_false_alarm(minutes: int) -> None:
    made = natural_talk(minutes * 60, random(minutes)) + made_sound.pink(minutes * 60, random()) * db(-55)
    assert [what for _, what in hear(SoundCheck(), made)] == ["well"]
