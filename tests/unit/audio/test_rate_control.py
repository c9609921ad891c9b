"""Portable: how fast to play."""

from pylib.audio.rate_control import MAX_DRIFT, MAX_RESAMPLING, MAX_TEMPO, MIN_TEMPO, RateControl, tempo_for


def test_the_tempo_is_the_recorded_one_near_the_wanted_depth_and_bounded_far_from_it() -> None:
    assert [tempo_for(excess) for excess in (-20.0, 0.0, 40.0)] == [1.0, 1.0, 1.0]
    assert tempo_for(270.0) in (1.07, 1.08)
    assert tempo_for(500.0) == tempo_for(30_000.0) == MAX_TEMPO
    assert tempo_for(-60.0) == 0.98
    assert tempo_for(-5000.0) == MIN_TEMPO


def test_the_tempo_never_falls_with_depth() -> None:
    tempos = [tempo_for(float(excess)) for excess in range(-300, 700)]
    assert tempos == sorted(tempos)


def test_resampling_stays_too_small_to_be_heard() -> None:
    pace = RateControl()
    for excess in (-5000.0, -150.0, 150.0, 5000.0):
        for _ in range(1000):
            pace.steer(excess, 0.1)
        assert abs(pace.speed - 1) < MAX_RESAMPLING + 1e-9


def test_a_clock_that_drifts_is_followed_without_a_lasting_error() -> None:
    for drift in (0.0002, -0.0002):
        pace, excess = RateControl(), 0.0
        for _ in range(3000):
            pace.steer(excess, 0.1)
            excess += 100 * (1 + drift - pace.speed)
        assert abs(excess) < 0.5
        assert abs(pace.speed - 1 - drift) < 0.000_02


def test_what_is_learned_of_the_clocks_is_bounded_and_not_taken_from_a_backlog() -> None:
    pace = RateControl()
    for _ in range(10_000):
        pace.steer(1000.0, 0.1)
    pace.steer(0.0, 0.1)
    assert pace.speed == 1.0
    for _ in range(100_000):
        pace.steer(30.0, 0.1)
    pace.steer(0.0, 0.1)
    assert abs(pace.speed - 1 - MAX_DRIFT) < 0.000_02


def test_it_says_whether_anything_changed() -> None:
    pace = RateControl()
    assert not pace.steer(0.0, 0.1)
    assert pace.steer(100.0, 0.1)
    assert pace.tempo > 1
