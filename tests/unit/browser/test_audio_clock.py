"""When a block was captured, from messages that come late."""

from pylib.browser.audio_clock import MEMORY_MS, AudioClockOffset


def blocks(clock: AudioClockOffset, first_ms: float, late_ms: list[float], behind_ms: float) -> list[float]:
    """How wrong each block's moment is, in ms; a block each 20 ms, the audio clock so far behind."""
    wrong = []
    for number, late in enumerate(late_ms):
        true_ms = first_ms + number * 20.0
        wrong.append(clock.to_device_ms(true_ms - behind_ms, true_ms + late) - true_ms)
    return wrong


def test_a_message_that_comes_late_tells_the_same_moment() -> None:
    assert blocks(AudioClockOffset(), 5000, [0.0, 15.0, 3.0, 200.0, 0.0], 5000) == [0.0] * 5


def test_an_audio_clock_that_was_interrupted_is_followed_within_four_seconds() -> None:
    clock = AudioClockOffset()
    blocks(clock, 0, [0.0] * 200, 0)
    wrong = blocks(clock, 4000, [0.0] * 250, 50)
    assert wrong[0] == -50
    assert wrong[int(2 * MEMORY_MS / 20) :] == [0.0] * 50


def test_clocks_that_drift_apart_are_followed() -> None:
    for drift in (0.0002, -0.0002):
        clock = AudioClockOffset()
        wrong = [clock.to_device_ms(n * 20 * (1 + drift), n * 20.0) - n * 20.0 for n in range(50_000)]
        assert max(abs(ms) for ms in wrong) < 1
