"""Portable. Numbers as people read them."""

from backend.status_page.plots import numbers

DAY_MS = 86_400_000


def test_counts_have_their_digits_in_threes() -> None:
    given = (0, 7, 999, 1000, 12_345, 1_234_567, 1_000_001)
    wanted = ["0", "7", "999", "1,000", "12,345", "1,234,567", "1,000,001"]
    assert [numbers.count(value) for value in given] == wanted


def test_a_share_is_never_rounded_to_all_or_none() -> None:
    assert [numbers.share(value) for value in (0, 0.1, 0.9863, 1)] == ["0 %", "10 %", "98.6 %", "100 %"]
    assert [numbers.share(value) for value in (0.9997, 0.0004)] == ["over 99.9 %", "under 0.1 %"]
    assert numbers.share(0.98026) == "98.0 %"
    assert numbers.share(None) == numbers.NONE


def test_points_have_a_sign_and_zero_has_none() -> None:
    values = (0.012, -0.004, 0, 0.0001, -0.0001)
    assert [numbers.points(value) for value in values] == ["+1.2", "\u22120.4", "0.0", "0.0", "0.0"]


def test_times_have_the_unit_that_fits() -> None:
    given = (0.0004, 0.009, 0.25, 0.9994, 0.9996, 1.234, 12.34, 125)
    wanted = ["0.4 ms", "9 ms", "250 ms", "999 ms", "1.00 s", "1.23 s", "12.3 s", "125.0 s"]
    assert [numbers.seconds(value) for value in given] == wanted
    assert numbers.seconds(None) == numbers.NONE
    assert [numbers.tick_seconds(value) for value in (0.001, 0.5, 1, 100)] == [
        "1 ms",
        "500 ms",
        "1 s",
        "100 s",
    ]


def test_durations_name_their_two_largest_units() -> None:
    given = (0.4, 1, 61, 3600, 90_061, 273_912)
    wanted = ["0 seconds", "1 second", "1 minute 1 second", "1 hour", "1 day 1 hour", "3 days 4 hours"]
    assert [numbers.duration(value) for value in given] == wanted


def test_moments_are_told_in_utc() -> None:
    assert numbers.utc(0) == "1970-01-01 00:00:00 UTC"
    assert numbers.utc(1_796_082_000_000 + 61_000) == "2026-11-30 23:41:01 UTC"
    assert numbers.utc(1_709_210_096_789) == "2024-02-29 12:34:56 UTC"
    assert numbers.day_time(1_709_210_096_789) == "02-29 12:34"


def test_memory_is_told_in_megabytes() -> None:
    assert numbers.megabytes(143_200_000) == "143 MB"
