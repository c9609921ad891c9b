"""Which advice a speaker gets, and when, from the levels of blocks."""

from array import array
from typing import Any

from pylib.audio import soundcheck
from pylib.audio.levels import SILENCE, SILENT_DB, Level, to_db
from pylib.audio.soundcheck import Alarm, SoundCheck

FAINT = array("f", [0.001] * 320)


def take(check: SoundCheck, level_db: float, blocks: int, heard: bool = True) -> None:
    for _ in range(blocks):
        check.listen(FAINT, Level(level_db, level_db + 10), heard)


def talk(check: SoundCheck, seconds: float, speech_db: float = -20.0, noise_db: float = -60.0) -> None:
    """Four syllables a second, and a pause after each four."""
    for number in range(int(seconds * 4)):
        take(check, noise_db if number % 5 == 4 else speech_db, 7)
        take(check, noise_db, 5)


def overdriven(amplitude: float, samples: int = 20) -> Any:
    """A block in which this many samples have this amplitude."""
    return array("f", [amplitude] * samples + [0.1] * (320 - samples))


def clip(check: SoundCheck, looks: int, amplitude: float = 1.0, samples: int = 20) -> None:
    """Half seconds, each with some blocks of this kind."""
    for _ in range(looks):
        for _ in range(3):
            check.listen(overdriven(amplitude, samples), Level(-20.0, to_db(amplitude)))
        take(check, -20.0, soundcheck.JUDGE_BLOCKS - 3)


def test_clean_speech_is_heard_well_and_nothing_is_advised() -> None:
    check = SoundCheck()
    talk(check, 2)
    assert not check.heard_well
    talk(check, 10)
    assert (check.advice, check.heard_well) == ("", True)


def test_a_dead_line_is_silence_after_four_seconds() -> None:
    check = SoundCheck()
    take(check, SILENT_DB, 199)
    assert check.advice == ""
    take(check, SILENT_DB, 1)
    assert check.advice == soundcheck.SILENCE
    take(check, -70.0, 1)
    assert check.advice == ""


def test_a_line_that_carried_sound_may_rest_for_ten_seconds() -> None:
    check = SoundCheck()
    take(check, -50.0, 1)
    take(check, -85.0, 499)
    assert check.advice == ""
    take(check, -85.0, 1)
    assert check.advice == soundcheck.SILENCE


def test_the_noise_of_a_quiet_room_is_no_silence() -> None:
    check = SoundCheck()
    take(check, -75.0, 1000)
    assert check.advice == ""


def test_samples_near_full_scale_again_and_again_are_clipping_until_ten_seconds_without() -> None:
    check = SoundCheck()
    clip(check, 3)
    assert check.advice == ""
    clip(check, 1)
    assert check.advice == soundcheck.CLIPPING
    take(check, -20.0, 400)
    assert check.advice == soundcheck.CLIPPING
    take(check, -20.0, 125)
    assert check.advice == ""


def test_single_peaks_and_what_stays_under_full_scale_are_no_clipping() -> None:
    check = SoundCheck()
    clip(check, 10, amplitude=1.0, samples=3)
    clip(check, 10, amplitude=0.94)
    for _ in range(10):
        check.listen(overdriven(1.0), Level(-20.0, 0.0))
        take(check, -20.0, soundcheck.JUDGE_BLOCKS - 1)
    assert check.advice == ""


def test_a_volume_turned_up_clips_earlier_and_one_turned_down_does_not_mend_a_clipping_microphone() -> None:
    check = SoundCheck()
    check.gain_db = 6.0
    clip(check, 5, amplitude=0.6)
    assert check.advice == soundcheck.CLIPPING
    check = SoundCheck()
    check.gain_db = -12.0
    clip(check, 5, amplitude=1.0)
    assert check.advice == soundcheck.CLIPPING


def test_soft_speech_is_told_and_taken_back_only_when_it_is_clearly_loud_enough() -> None:
    check = SoundCheck()
    talk(check, 10, speech_db=-46.0, noise_db=-80.0)
    assert (check.advice, check.heard_well) == (soundcheck.QUIET, False)
    talk(check, 20, speech_db=-39.0, noise_db=-80.0)
    assert check.advice == soundcheck.QUIET
    talk(check, 20, speech_db=-30.0, noise_db=-80.0)
    assert (check.advice, check.heard_well) == ("", True)


def test_the_volume_counts_for_how_loud_speech_is() -> None:
    check = SoundCheck()
    check.gain_db = 10.0
    talk(check, 10, speech_db=-46.0, noise_db=-80.0)
    assert check.advice == ""


def test_noise_under_speech_is_told_and_taken_back_only_when_it_is_clearly_gone() -> None:
    check = SoundCheck()
    talk(check, 15, noise_db=-29.0)
    assert (check.advice, check.heard_well) == (soundcheck.NOISE, False)
    talk(check, 30, noise_db=-37.0)
    assert soundcheck.NOISY_DB < (check.snr_db or 0) < soundcheck.CLEAR_DB
    assert check.advice == soundcheck.NOISE
    talk(check, 25, noise_db=-50.0)
    assert (check.advice, check.heard_well) == ("", True)


def test_noise_is_not_told_before_there_was_time_for_a_pause() -> None:
    check = SoundCheck()
    talk(check, 7, noise_db=-29.0)
    assert (check.advice, check.heard_well) == ("", False)


def test_what_is_just_good_enough_is_called_well_only_after_there_was_time_for_a_pause() -> None:
    check = SoundCheck()
    talk(check, 7, noise_db=-37.0)
    assert not check.heard_well
    talk(check, 13, noise_db=-37.0)
    assert soundcheck.NOISY_DB < (check.snr_db or 0) < soundcheck.CLEAR_DB
    assert (check.advice, check.heard_well) == ("", True)


def test_one_word_is_not_enough_to_be_judged() -> None:
    check = SoundCheck()
    take(check, -60.0, 200)
    talk(check, 1)
    take(check, -60.0, 200)
    assert (check.heard_well, check.snr_db) == (False, None)


def test_who_talks_at_once_and_without_a_pause_is_talking() -> None:
    check = SoundCheck()
    for _ in range(6):
        take(check, -20.0, 7)
        take(check, -60.0, 5)
    assert check.is_speech


def test_with_music_nothing_is_said_of_noise() -> None:
    check = SoundCheck()
    check.music = True
    talk(check, 20, noise_db=-29.0)
    assert (check.advice, check.heard_well) == ("", True)


def test_noise_alone_gives_no_advice_since_it_disturbs_no_speech_yet() -> None:
    check = SoundCheck()
    take(check, -25.0, 2000)
    assert (check.advice, check.heard_well, check.snr_db) == ("", False, None)


def test_an_advice_about_speech_is_taken_back_after_a_long_silence() -> None:
    check = SoundCheck()
    talk(check, 15, noise_db=-29.0)
    take(check, -29.0, 100)
    assert check.advice == soundcheck.NOISE
    take(check, -29.0, 800)
    assert check.advice == ""


def test_speech_that_is_not_sent_gives_advice_within_a_second_and_until_it_ends() -> None:
    check = SoundCheck()
    take(check, -60.0, 50, heard=False)
    for _ in range(4):
        take(check, -20.0, 7, heard=False)
        take(check, -60.0, 5, heard=False)
    assert check.advice == soundcheck.UNHEARD
    take(check, -60.0, 100, heard=False)
    assert check.advice == ""


def test_speech_before_a_mute_gives_no_advice_during_it() -> None:
    check = SoundCheck()
    talk(check, 5)
    take(check, -60.0, 1, heard=False)
    assert check.advice == ""


def test_who_is_muted_is_told_nothing_else() -> None:
    check = SoundCheck()
    take(check, SILENT_DB, 300, heard=False)
    assert check.advice == ""
    take(check, SILENT_DB, 1)
    assert check.advice == soundcheck.SILENCE


def test_another_microphone_is_judged_anew() -> None:
    check = SoundCheck()
    check.listen(FAINT, SILENCE)
    take(check, SILENT_DB, 300)
    check.restart()
    assert check.advice == ""
    talk(check, 12)
    check.restart()
    assert (check.heard_well, check.is_speech, check.snr_db) == (False, False, None)


def test_changes_are_told_once_each() -> None:
    check = SoundCheck()
    told: list[tuple[str, bool]] = []
    check.on_change = lambda: told.append((check.advice, check.heard_well))
    take(check, SILENT_DB, 300)
    talk(check, 12)
    assert told == [(soundcheck.SILENCE, False), ("", False), ("", True)]


def test_an_alarm_does_not_flicker() -> None:
    alarm = Alarm()
    for is_bad in (True, True, True, False) * 5:
        alarm.observe(is_bad)
        assert not alarm.is_on
    for _ in range(soundcheck.RISE):
        alarm.observe(True)
    assert alarm.is_on
    for is_bad in (False, False, False, False, False, True) * 5:
        alarm.observe(is_bad)
        assert alarm.is_on
    for _ in range(soundcheck.FALL):
        alarm.observe(False)
    assert not alarm.is_on
