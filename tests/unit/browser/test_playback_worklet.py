"""The playback worklet's sound, made in Node by the same code that a browser runs."""

from pathlib import Path

import numpy as np
import pytest
from scipy import signal

from tests.e2e.sound import Heard, longest_gap_ms, read_speech
from tests.support.warped_stoi import warped_stoi
from tests.support.worklet import RATE, Samples, play

TONE_HZ = 200.0
TEMPOS = (1.15, 1.05, 0.95, 0.9)
MIN_STOI = 0.97


def tone(seconds: float, hertz: float = TONE_HZ) -> Samples:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def speech() -> Samples:
    return np.asarray(signal.resample_poly(read_speech(), 3, 1), dtype=np.float32)


def pitch(samples: Samples) -> float:
    """Where the spectrum peaks, in Hz."""
    size = 2**20
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), size))
    return float(np.argmax(spectrum)) * RATE / size


def largest_jump(samples: Samples) -> float:
    return float(np.abs(np.diff(samples)).max())


def seconds_until_heard(reports: list[list[float]], seconds: float) -> float:
    """How long it took until this much sound was heard; one report each 512 samples."""
    return (
        next(number for number, report in enumerate(reports, 1) if report[0] >= seconds - 1e-6) * 512 / RATE
    )


def test_at_the_recorded_pace_every_sample_comes_out_as_it_went_in(tmp_path: Path) -> None:
    samples = speech()[: 2 * RATE]
    played = play(tmp_path, samples, [], seconds=2.0)
    assert np.array_equal(played.samples[: len(samples)], samples)
    assert played.reports[-1] == [pytest.approx(2.0, abs=0.011), 0.0]


def test_integers_of_16_bits_come_out_as_the_floats_they_stand_for(tmp_path: Path) -> None:
    samples = (np.round(speech()[: 2 * RATE] * 32768) / 32768).astype(np.float32)
    played = play(tmp_path, samples, [], seconds=2.0, integers=True)
    assert np.array_equal(played.samples[: len(samples)], samples)


@pytest.mark.parametrize("tempo", TEMPOS)
@pytest.mark.parametrize("hertz", [97.3, 200.0, 440.0])
def test_a_tone_at_another_tempo_keeps_its_pitch_and_has_no_clicks(
    tmp_path: Path, tempo: float, hertz: float
) -> None:
    samples = tone(8, hertz)
    played = play(tmp_path, samples, [(0, {"tempo": tempo})], seconds=6)
    assert pitch(played.samples) == pytest.approx(hertz, rel=0.002)
    assert played.reports[-1][0] == pytest.approx(6 * tempo, rel=0.005)
    assert largest_jump(played.samples) < 1.02 * largest_jump(samples)


@pytest.mark.parametrize("tempo", TEMPOS)
def test_speech_at_another_tempo_takes_its_share_of_the_time_and_stays_intelligible(
    tmp_path: Path, tempo: float
) -> None:
    samples = speech()
    duration_s = len(samples) / RATE
    played = play(tmp_path, samples, [(0, {"tempo": tempo})], seconds=duration_s / tempo + 0.5)
    assert seconds_until_heard(played.reports, duration_s) == pytest.approx(duration_s / tempo, rel=0.01)
    assert largest_jump(played.samples) < 1.05 * largest_jump(samples)
    score = warped_stoi(samples, played.samples, tempo, RATE)
    print(f"tempo {tempo}: STOI {score:.3f}, CPU {1000 * played.cpu_s / duration_s:.2f} ms for each second")
    assert score > MIN_STOI


def test_the_measure_of_intelligibility_knows_speech_that_is_cut_without_care() -> None:
    samples = speech()
    period, keep = int(0.115 * RATE), int(0.1 * RATE)
    chopped = np.concatenate([samples[at : at + keep] for at in range(0, len(samples), period)])
    assert warped_stoi(samples, samples, 1.0, RATE) > 0.999
    assert warped_stoi(samples, chopped, 1.15, RATE) < MIN_STOI - 0.03
    assert warped_stoi(samples[: -RATE // 2], samples[RATE // 2 :], 1.0, RATE) < 0.3


def test_resampling_is_smooth_and_moves_the_pitch_by_as_much(tmp_path: Path) -> None:
    samples = tone(11, 1000.0)
    steps = [(second, {"speed": 1.001 if second % 2 else 0.999}) for second in range(8)]
    played = play(tmp_path, samples, [*steps, (8, {"speed": 1.005})], seconds=10)
    assert largest_jump(played.samples) < 1.01 * largest_jump(samples)
    assert pitch(played.samples[8 * RATE :]) == pytest.approx(1005.0, rel=0.001)
    assert pitch(played.samples[1 * RATE : 2 * RATE]) == pytest.approx(1001.0, rel=0.001)


def test_resampling_adds_no_noise_that_could_be_heard(tmp_path: Path) -> None:
    played = play(tmp_path, tone(5, 1000.0), [(0, {"speed": 1.001})], seconds=4)
    spectrum = np.abs(np.fft.rfft(played.samples[: 4 * RATE] * np.blackman(4 * RATE))) ** 2
    peak = int(np.argmax(spectrum))
    near = spectrum[peak - 40 : peak + 41].sum()
    assert 10 * np.log10((spectrum.sum() - near) / near) < -80


def test_resampling_to_a_devices_clock_brings_no_mirrored_tones(tmp_path: Path) -> None:
    played = play(tmp_path, tone(3, 10_000.0), [(0, {"speed": 1.0005})], seconds=2)
    spectrum = np.abs(np.fft.rfft(played.samples[: 2 * RATE] * np.blackman(2 * RATE))) ** 2
    peak = int(np.argmax(spectrum))
    near = spectrum[peak - 40 : peak + 41].sum()
    assert 10 * np.log10((spectrum.sum() - near) / near) < -50


def test_sound_at_16_khz_is_interpolated_without_a_seam(tmp_path: Path) -> None:
    coarse = tone(2)[::3]
    coarse[: RATE // 300] *= np.linspace(0, 1, RATE // 300, dtype=np.float32)  # no edge at the beginning
    played = play(tmp_path, coarse, [], seconds=2.0, rate=16_000)
    assert pitch(played.samples) == pytest.approx(TONE_HZ, rel=0.002)
    assert largest_jump(played.samples) < 1.02 * largest_jump(tone(2))
    assert played.reports[-1][0] == pytest.approx(2.0, abs=0.011)


def test_a_change_of_tempo_makes_no_click(tmp_path: Path) -> None:
    samples = tone(8)
    steps = [(0.1 * number, {"tempo": (1.0, 1.15, 0.9, 1.07)[number % 4]}) for number in range(60)]
    played = play(tmp_path, samples, steps, seconds=6)
    assert largest_jump(played.samples) < 1.02 * largest_jump(samples)


def test_too_little_in_the_ring_for_a_whole_period_plays_on_at_the_recorded_tempo(tmp_path: Path) -> None:
    played = play(tmp_path, tone(3), [(0, {"tempo": 1.15})], seconds=2, ahead_s=0.016, frame_s=0.005)
    assert largest_jump(played.samples) < 1.02 * largest_jump(tone(1))
    assert played.reports[-1] == [pytest.approx(2.0, abs=0.011), 0.0]


def test_held_sound_fades_to_silence_and_goes_on_where_it_stopped_without_a_click(tmp_path: Path) -> None:
    samples, fade = tone(2), RATE // 100
    played = play(tmp_path, samples, [(0.5, {"hold": True}), (1.0, {"hold": False})], seconds=2)
    stop, go = (int(np.ceil(second * RATE / 128)) * 128 for second in (0.5, 1.0))
    assert not played.samples[stop + fade : go].any()
    heard = np.concatenate([played.samples[: stop + fade], played.samples[go:]])
    faded = slice(stop, stop + 2 * fade)
    assert np.array_equal(np.delete(heard, faded), np.delete(samples[: len(heard)], faded))
    assert largest_jump(played.samples) < 1.1 * largest_jump(samples)
    assert len(played.reports) == 2 * RATE // 512
    assert played.reports[-1][1] == 0.0


def test_a_flush_forgets_what_was_queued_and_repeats_none_of_it(tmp_path: Path) -> None:
    loud, soft = tone(0.5), 0.01 * tone(1)
    played = play(
        tmp_path,
        np.concatenate([loud, soft]),
        [(0.4, {"tempo": 0.9}), (0.4, {"flush": True})],
        seconds=1,
        ahead_s=0.5,
    )
    after = played.samples[int(0.41 * RATE) :]
    assert np.abs(after).max() < 0.02


def test_an_empty_ring_fades_into_silence_and_counts_the_time(tmp_path: Path) -> None:
    played = play(tmp_path, tone(0.5), [], seconds=1)
    dry, silent = RATE // 2, int(0.6 * RATE)
    assert np.abs(played.samples[silent - RATE // 20 : silent]).max() < 0.3
    assert not played.samples[silent:].any()
    assert largest_jump(played.samples[: dry + RATE // 50]) < 1.02 * largest_jump(tone(1))
    assert played.reports[-1][1] == pytest.approx(0.5, abs=0.011)


@pytest.mark.parametrize("hertz", [97.3, 200.0, 440.0])
def test_sound_that_comes_late_is_bridged_by_its_own_period_without_a_click(
    tmp_path: Path, hertz: float
) -> None:
    samples = tone(2, hertz)
    played = play(tmp_path, samples, [], seconds=1.5, ahead_s=0.02, stalls=((0.5, 0.56), (1.0, 1.06)))
    levels = np.abs(played.samples[: int(1.5 * RATE)]).reshape(-1, RATE // 50).max(axis=1)
    assert levels.min() > 0.25
    assert largest_jump(played.samples) < 1.1 * largest_jump(samples)
    assert 0.05 < played.reports[-1][1] < 0.12


def test_the_pace_that_is_told_while_sound_is_late_does_not_cut_the_bridge(tmp_path: Path) -> None:
    """Whether it is held is told with each new pace, also while nothing of that has changed."""
    steps = [(0.01 * number, {"speed": 1.0, "hold": False}) for number in range(150)]
    played = play(tmp_path, tone(2), steps, seconds=1.5, ahead_s=0.02, stalls=((0.5, 0.56), (1.0, 1.06)))
    levels = np.abs(played.samples[: int(1.5 * RATE)]).reshape(-1, RATE // 50).max(axis=1)
    assert levels.min() > 0.25


@pytest.mark.parametrize("hertz", [(50.0,), (55.0, 440.0), (220.0, 277.2, 329.6)])
def test_sound_without_a_voices_period_is_bridged_without_a_click_too(
    tmp_path: Path, hertz: tuple[float, ...]
) -> None:
    samples = np.asarray(sum(tone(2, each) for each in hertz) / len(hertz), dtype=np.float32)
    stalls = tuple((second, second + 0.07) for second in (0.3, 0.63, 0.96, 1.29))
    played = play(tmp_path, samples, [], seconds=1.6, ahead_s=0.02, stalls=stalls)
    assert largest_jump(played.samples) < 2 * largest_jump(samples)
    assert np.abs(played.samples).max() < 1.5 * np.abs(samples).max()


def test_a_pause_in_the_middle_of_a_bridge_ends_it(tmp_path: Path) -> None:
    steps = [(0.55, {"hold": True}), (0.9, {"hold": False})]
    played = play(tmp_path, tone(0.5), steps, seconds=1.5, ahead_s=0.02)
    assert np.abs(played.samples[int(0.54 * RATE) : int(0.549 * RATE)]).max() > 0.2
    assert not played.samples[int(0.563 * RATE) :].any()
    assert largest_jump(played.samples) < 1.1 * largest_jump(tone(1))


def test_speech_that_comes_late_is_heard_whole_afterwards(tmp_path: Path) -> None:
    samples = speech()[: 3 * RATE]
    stalls = ((0.8, 0.86), (1.6, 1.68), (2.2, 2.28))
    played = play(tmp_path, samples, [], seconds=3.0, ahead_s=0.02, stalls=stalls)
    for again_s in (1.0, 1.8, 2.4):
        number = int(again_s * RATE / 512)
        at, now = round(played.reports[number - 1][0] * RATE), number * 512
        assert np.array_equal(samples[at : at + RATE // 10], played.samples[now : now + RATE // 10])
    assert longest_gap_ms(Heard(played.samples.astype(float), RATE)) < 1
    assert played.reports[-1][0] + played.reports[-1][1] == pytest.approx(3.0, abs=0.011)


def test_what_follows_a_flush_is_no_repetition_of_what_was_dropped(tmp_path: Path) -> None:
    played = play(tmp_path, tone(1), [(0.5, {"flush": True})], seconds=1, ahead_s=0.1, stalls=((0.45, 0.8),))
    assert not played.samples[int(0.512 * RATE) : int(0.79 * RATE)].any()


@pytest.mark.parametrize("hertz", [97.3, 200.0, 440.0])
def test_a_flush_fades_one_sound_out_and_the_next_in_without_a_click(tmp_path: Path, hertz: float) -> None:
    samples = tone(2, hertz)
    played = play(tmp_path, samples, [(0.5037, {"flush": True})], seconds=1, ahead_s=0.1)
    assert largest_jump(played.samples) < 1.1 * largest_jump(samples)
    levels = np.abs(played.samples).reshape(-1, 480).max(axis=1)
    assert levels[55:].min() > 0.4
    heard_s, starved_s = played.reports[-1]
    assert heard_s == pytest.approx(1.1, abs=0.03), "what was dropped counts as passed over"
    assert starved_s < 0.011


def test_a_flush_while_held_is_not_heard(tmp_path: Path) -> None:
    steps = [(0.5, {"hold": True}), (0.7, {"hold": False}), (0.7, {"flush": True})]
    played = play(tmp_path, tone(1), steps, seconds=1, ahead_s=0.1, stalls=((0.45, 1.0),))
    assert not played.samples[int(0.512 * RATE) :].any()


@pytest.mark.parametrize("hertz", [97.3, 200.0, 440.0])
@pytest.mark.parametrize("lost", [(20,), (20, 21, 22), (20, 21, 22, 23, 24), (20, 22, 24)])
def test_a_hole_is_bridged_by_what_was_before_it_without_a_click(
    tmp_path: Path, hertz: float, lost: tuple[int, ...]
) -> None:
    samples = tone(2, hertz)
    played = play(tmp_path, samples, [], seconds=1.5, lost=lost)
    assert largest_jump(played.samples) < 1.1 * largest_jump(samples)
    gap = slice(int(0.4 * RATE), int((0.4 + 0.015 * len(lost)) * RATE))
    assert np.abs(played.samples[gap]).reshape(-1, RATE // 200).max(axis=1).min() > 0.1
    after = slice(int(0.51 * RATE), int(1.5 * RATE))
    assert np.array_equal(played.samples[after], samples[after])
    assert played.reports[-1] == [pytest.approx(1.5, abs=0.011), 0.0]


@pytest.mark.parametrize("lost", [(21,), (21, 22, 23, 24, 25)])
def test_a_hole_after_a_bridge_that_has_ended_repeats_nothing(tmp_path: Path, lost: tuple[int, ...]) -> None:
    samples = tone(2)
    played = play(tmp_path, samples, [], seconds=1.5, ahead_s=0.02, stalls=((0.4, 1.0),), lost=lost)
    silent = slice(int(0.53 * RATE), int(0.99 * RATE) + len(lost) * RATE // 50)
    assert not played.samples[silent].any()
    assert np.abs(played.samples[int(1.2 * RATE) :]).max() > 0.4
    assert largest_jump(played.samples) < 1.1 * largest_jump(samples)


def test_a_hole_that_is_left_out_has_no_edges(tmp_path: Path) -> None:
    samples = tone(2)
    cut = np.concatenate([samples[: RATE // 2], samples[RATE // 2 + 60 :]])
    played = play(tmp_path, cut, [(0.45, {"conceal": 0.0})], seconds=1.0, ahead_s=0.05)
    assert largest_jump(played.samples) < 1.1 * largest_jump(samples)


def test_speech_with_bridged_holes_is_better_understood_than_with_silent_ones(tmp_path: Path) -> None:
    """One frame of ten is lost."""
    samples = speech()
    frame = RATE // 50
    frames = [samples[at : at + frame] for at in range(0, len(samples), frame)]
    lost = range(9, len(frames), 10)
    silent = np.concatenate([each * (number not in lost) for number, each in enumerate(frames)])
    played = play(tmp_path, samples, [], seconds=len(samples) / RATE, lost=lost)
    scores = [warped_stoi(samples, each, 1.0, RATE) for each in (silent, played.samples[: len(samples)])]
    print("STOI with silence and bridged", scores)
    assert scores[1] > scores[0] + 0.01
