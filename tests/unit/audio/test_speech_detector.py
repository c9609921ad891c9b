"""Portable: syllables from the powers of blocks."""

from pylib.audio.speech_detector import HOLD_BLOCKS, SpeechDetector

LOUD, SOFT = 0.01, 0.000001
"""-20 and -60 dBFS."""


def take(counter: SpeechDetector, power: float, count: int) -> None:
    for _ in range(count):
        counter.take(power)


def talk(counter: SpeechDetector, syllables: int, loud: float = LOUD, soft: float = SOFT) -> None:
    """This many syllables, four a second."""
    for _ in range(syllables):
        take(counter, loud, 7)
        take(counter, soft, 5)


def quiet_room() -> SpeechDetector:
    counter = SpeechDetector()
    take(counter, SOFT, 50)
    counter.floor_db = -60.0
    return counter


def test_three_syllables_in_a_row_are_speech_within_a_second() -> None:
    counter = quiet_room()
    talk(counter, 2)
    assert not counter.is_speech
    talk(counter, 1)
    assert counter.is_speech


def test_speech_lasts_through_a_breath_and_ends_in_a_pause() -> None:
    counter = quiet_room()
    talk(counter, 3)
    take(counter, SOFT, HOLD_BLOCKS // 2)
    assert counter.is_speech
    take(counter, SOFT, HOLD_BLOCKS)
    assert not counter.is_speech


def test_slow_single_sounds_are_no_speech() -> None:
    counter = quiet_room()
    for _ in range(10):
        talk(counter, 1)
        take(counter, SOFT, 60)
        assert not counter.is_speech


def test_clicks_as_of_keys_are_no_speech() -> None:
    counter = quiet_room()
    for _ in range(20):
        take(counter, LOUD, 1)
        take(counter, SOFT, 6)
    assert not counter.is_speech


def test_noise_that_begins_and_stays_is_no_speech() -> None:
    counter = quiet_room()
    take(counter, LOUD, 500)
    assert not counter.is_speech


def test_small_waves_are_no_speech() -> None:
    counter = quiet_room()
    for _ in range(20):
        take(counter, LOUD, 6)
        take(counter, LOUD / 1.8, 6)
    assert not counter.is_speech


def test_what_hardly_rises_above_the_floor_is_no_speech() -> None:
    counter = quiet_room()
    counter.floor_db = -24.0
    talk(counter, 10)
    assert not counter.is_speech


def test_what_is_too_faint_is_not_speech_into_this_microphone() -> None:
    counter = SpeechDetector()
    talk(counter, 10, loud=1e-7, soft=1e-10)
    assert not counter.is_speech


def test_forgotten_syllables_do_not_count() -> None:
    counter = quiet_room()
    talk(counter, 3)
    counter.forget()
    assert not counter.is_speech
    talk(counter, 2)
    assert not counter.is_speech
    talk(counter, 1)
    assert counter.is_speech
