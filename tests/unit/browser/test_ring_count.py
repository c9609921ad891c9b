"""What the page knows of the worklet's ring, which it cannot look into."""

import pytest

from pylib.browser.ring_count import RingCount


def test_what_was_posted_waits_until_it_is_heard() -> None:
    ring = RingCount(48_000)
    ring.posted(0.02)
    ring.posted(0.02)
    assert ring.waiting_ms == pytest.approx(40)
    ring.reported(0.03, 0.0)
    assert ring.waiting_ms == pytest.approx(10)
    ring.reported(0.04, 0.5)
    assert (ring.waiting_ms, ring.starved_ms, ring.silent_reports) == (0.0, 500.0, 1)


def test_parts_of_samples_are_counted_once_they_are_whole() -> None:
    """20 ms are 882 samples of 44.1 kHz and 220.5 of 11,025 Hz."""
    ring = RingCount(11_025)
    for _ in range(3):
        ring.posted(0.02)
    assert ring.waiting_ms == pytest.approx(661 / 11_025 * 1000)
    ring.reported(661 / 11_025, 0.0)
    assert ring.waiting_ms == 0.0


def test_after_a_flush_an_older_report_makes_nothing_wait() -> None:
    ring = RingCount(48_000)
    ring.posted(1)
    ring.flushed()
    ring.reported(0.2, 0.0)
    assert ring.waiting_ms == 0.0


def test_a_new_ring_is_empty_and_what_starved_before_still_counts() -> None:
    ring = RingCount(48_000)
    ring.posted(1)
    ring.reported(0.1, 0.25)
    ring.ended()
    ring.reported(0.0, 0.25)
    assert (ring.waiting_ms, ring.starved_ms) == (0.0, 500.0)
