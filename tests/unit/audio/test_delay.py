"""The delay that a listener hears, for made patterns of arrival."""

import random
from typing import Callable

from pylib.audio.jitter_buffer import MIN_TARGET_MS
from pylib.audio.playback import Playback
from tests.support.arrivals import Delay, Journey

CALM_MS = 20.0


class Watch:
    """Keeps the delay and the depth, ten times a second."""

    def __init__(self) -> None:
        self.delays: list[float] = []
        self.depths: list[float] = []

    def __call__(self, playback: Playback) -> None:
        self.delays.append(playback.delay_ms)
        self.depths.append(playback.depth_ms)

    def between(self, first_s: float, last_s: float) -> list[float]:
        return self.delays[int(first_s * 10) : int(last_s * 10)]


def travel(delay: Delay, seconds: float) -> tuple[Journey, Watch]:
    journey, watch = Journey(delay), Watch()
    journey.run(seconds, watch)
    assert journey.loudspeaker.in_order
    return journey, watch


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def test_on_a_calm_path_the_least_is_kept() -> None:
    journey, watch = travel(lambda _t: CALM_MS, 120)
    assert journey.playback.jitter.target_ms == MIN_TARGET_MS
    assert (journey.playback.gaps, journey.playback.skips) == (0, 0)
    assert max(watch.between(30, 120)) < CALM_MS + 45
    assert journey.loudspeaker.fastest == 1.0


def test_a_clock_that_is_set_right_in_mid_talk_is_no_unevenness_of_the_path() -> None:
    for fast_ms in (600.0, 300.0, -300.0):
        journey = Journey(lambda _t: CALM_MS)
        watch = Watch()
        journey.clock_is_fast_ms = fast_ms
        journey.run(0.1, watch)
        journey.clock_is_fast_ms = 0.0
        journey.run(30, watch)
        assert (journey.playback.gaps, journey.loudspeaker.fastest) == (0, 1.0)
        assert max(watch.depths) < CALM_MS + 45


def test_even_jitter_up_to_80_ms_is_kept_out_of_the_ear() -> None:
    chance = random.Random(5)
    journey, watch = travel(lambda _t: chance.uniform(0, 80), 120)
    assert 60 <= journey.playback.jitter.target_ms <= 80
    assert journey.playback.ring.underruns <= 1
    assert max(watch.between(60, 120)) < 80 + 60


def test_frames_that_come_each_200_ms_cost_one_gap_and_a_delay_of_little_more() -> None:
    journey, watch = travel(lambda complete_ms: -complete_ms % 200, 120)
    assert journey.playback.jitter.target_ms == 180
    assert journey.playback.ring.underruns <= 1
    assert mean(watch.between(60, 120)) < 180 + 60


def test_one_spike_is_one_gap_without_a_skip_and_the_delay_returns() -> None:
    def spike(complete_ms: float) -> float:
        return max(CALM_MS, 21_500 - complete_ms) if complete_ms >= 20_000 else CALM_MS

    journey, watch = travel(spike, 90)
    assert journey.playback.jitter.target_ms == MIN_TARGET_MS
    assert (journey.playback.ring.underruns, journey.playback.skips) == (1, 0)
    assert max(watch.between(22, 90)) < 1700
    assert max(watch.between(40, 90)) < CALM_MS + 110
    assert max(watch.between(70, 90)) < CALM_MS + 45


def test_a_longer_path_is_one_gap_and_no_lasting_caution() -> None:
    journey, watch = travel(lambda complete_ms: CALM_MS if complete_ms < 20_000 else CALM_MS + 150, 90)
    assert journey.playback.jitter.target_ms == MIN_TARGET_MS
    assert (journey.playback.ring.underruns, journey.playback.skips) == (1, 0)
    assert journey.loudspeaker.starved_ms() < CALM_MS + 70 + 150, (
        "the gap is no longer than the frame was late"
    )
    assert max(watch.between(22, 90)) < CALM_MS + 150 + 100
    assert max(watch.between(70, 90)) < CALM_MS + 150 + 45


def test_a_shorter_path_shortens_the_delay() -> None:
    journey, watch = travel(lambda complete_ms: CALM_MS + (150 if complete_ms < 20_000 else 0), 90)
    assert (journey.playback.gaps, journey.playback.skips) == (0, 0)
    assert max(watch.between(60, 90)) < CALM_MS + 45


def resent(away_from_ms: float, back_at_ms: float) -> Callable[[float], float]:
    """After a lost connection the speaker's sound comes as a burst of 50 frames, then 57 a second."""

    def delay(complete_ms: float) -> float:
        number = (complete_ms - away_from_ms) / 20
        if number < 0:
            return CALM_MS
        leaves_ms = back_at_ms + max(0.0, number - 50) * 1000 / 57
        return max(CALM_MS, leaves_ms - complete_ms)

    return delay


def lump(silent_ms: float, first_frames: int) -> Delay:
    """The path stands still for so long; then these many frames come, and the others 100 ms later."""

    def delay(complete_ms: float) -> float:
        if complete_ms < 20_000:
            return CALM_MS
        is_first = complete_ms < 20_000 + 20 * first_frames
        return max(CALM_MS, 20_000 + silent_ms + (0 if is_first else 100) - complete_ms)

    return delay


def test_a_lump_of_any_size_after_a_silence_of_the_network_is_all_heard() -> None:
    for silent_ms in (1500.0, 2200.0, 2800.0, 4000.0, 9500.0):
        for first_frames in (0, 2, 1000):
            journey, watch = travel(lump(silent_ms, first_frames), 120)
            playback = journey.playback
            assert (playback.skips, playback.jitter.dropped, playback.jitter.lost) == (0, 0, 0)
            assert max(watch.between(110, 120)) < 150


def test_ten_seconds_spoken_while_away_are_all_heard_and_caught_up_with_in_70_s() -> None:
    journey, watch = travel(resent(20_000, 30_000), 120)
    playback = journey.playback
    assert (playback.skips, playback.ring.underruns, playback.jitter.dropped, playback.jitter.lost) == (
        0,
        1,
        0,
        0,
    )
    assert 9_500 < watch.delays[305] < 10_500
    assert max(watch.between(100, 120)) < 150
    settled = watch.depths[680:880]
    assert min(settled) > 450
    assert max(settled) < 600
    assert 1.12 <= journey.loudspeaker.fastest <= 1.15
