"""Portable: jitter and mean lateness, learned from made arrivals."""

from pylib.audio.arrival_jitter import BUCKET_FRAMES, BUCKETS, START_MS, ArrivalJitter

MEMORY = BUCKET_FRAMES * BUCKETS


def arrive(jitter: ArrivalJitter, first: int, lateness_ms: "list[float]", offset_ms: float = 0.0) -> int:
    """One frame for each lateness, in order; returns the next frame's number."""
    for seq, late_ms in enumerate(lateness_ms, first):
        jitter.arrived(seq * 20, seq * 20.0 + late_ms + offset_ms)
    return first + len(lateness_ms)


def test_an_unknown_clock_offset_is_no_jitter() -> None:
    jitter = ArrivalJitter()
    arrive(jitter, 0, [0.0] * 100, offset_ms=9_000_000.0)
    assert (jitter.peak_ms, jitter.mean_ms) == (0, 0)


def test_an_unknown_path_is_trusted_with_little_for_a_second() -> None:
    jitter = ArrivalJitter()
    following = arrive(jitter, 0, [0.0] * (BUCKET_FRAMES - 1))
    assert jitter.peak_ms == START_MS
    arrive(jitter, following, [0.0])
    assert jitter.peak_ms == 0


def test_one_lump_at_the_start_is_enough_to_expect_the_next() -> None:
    jitter = ArrivalJitter()
    arrive(jitter, 0, [80.0, 60.0, 40.0, 20.0, 0.0])
    assert jitter.peak_ms == 80


def test_a_path_that_becomes_shorter_later_made_no_frame_late() -> None:
    jitter = ArrivalJitter()
    following = arrive(jitter, 0, [150.0] * 100)
    arrive(jitter, following, [0.0] * 10)
    assert jitter.peak_ms == 0


def test_a_late_frame_counts_at_once() -> None:
    jitter = ArrivalJitter()
    arrive(jitter, 0, [0.0, 0.0, 120.0])
    assert jitter.peak_ms == 120


def test_what_happens_once_is_forgotten_after_two_seconds() -> None:
    jitter = ArrivalJitter()
    following = arrive(jitter, 0, [0.0] * 70 + [300.0])
    following = arrive(jitter, following, [0.0] * BUCKET_FRAMES)
    assert jitter.peak_ms == 300
    arrive(jitter, following, [0.0] * BUCKET_FRAMES)
    assert jitter.peak_ms == 0


def test_what_comes_again_is_kept_until_it_has_not_come_for_the_whole_memory() -> None:
    jitter = ArrivalJitter()
    following = arrive(jitter, 0, ([0.0] * 199 + [100.0]) * 5)
    following = arrive(jitter, following, [0.0] * (4 * BUCKET_FRAMES))
    assert jitter.peak_ms == 100
    arrive(jitter, following, [0.0] * MEMORY)
    assert jitter.peak_ms == 0


def test_an_outage_is_no_jitter() -> None:
    jitter = ArrivalJitter()
    following = arrive(jitter, 0, [0.0] * 100)
    arrive(jitter, following, [1500.0 - 20 * number for number in range(75)] + [0.0] * 10)
    assert jitter.peak_ms == 0


def test_a_longer_path_is_no_jitter_once_the_shorter_is_forgotten() -> None:
    jitter = ArrivalJitter()
    following = arrive(jitter, 0, [0.0] * MEMORY)
    following = arrive(jitter, following, [150.0] * (MEMORY // 2))
    assert jitter.peak_ms == 150
    arrive(jitter, following, [150.0] * (MEMORY // 2 + BUCKET_FRAMES))
    assert (jitter.peak_ms, jitter.mean_ms) == (0, 0)


def test_clocks_that_drift_apart_make_no_jitter() -> None:
    for drift in (0.0002, -0.0002):
        jitter = ArrivalJitter()
        arrive(jitter, 0, [seq * 20 * drift for seq in range(50_000)])
        assert jitter.peak_ms < 3


def test_frames_that_catch_up_are_not_late() -> None:
    jitter = ArrivalJitter()
    following = arrive(jitter, 0, [0.0] * 100)
    arrive(jitter, following, [10_000 - 2.5 * number for number in range(4000)])
    assert jitter.peak_ms == 0


def test_the_mean_is_of_the_last_seconds() -> None:
    jitter = ArrivalJitter()
    following = arrive(jitter, 0, [0.0, 40.0] * 500)
    assert 19 < jitter.mean_ms < 21
    arrive(jitter, following, [0.0] * 500)
    assert jitter.mean_ms < 1
