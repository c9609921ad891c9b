"""What the capture worklet keeps while its page stands still or is slow, in Node."""

from pathlib import Path

import numpy as np

from tests.support.worklet import RATE, Samples, capture

BLOCK = RATE // 50
UNANSWERED = 10
SECONDS = 13


def ramp(seconds: float) -> Samples:
    """The loudness of each block of 20 ms is its own number, in thousandths of full scale."""
    loudness = np.repeat(np.arange(round(seconds * 50)) / 1000, BLOCK)
    return np.asarray(loudness * np.tile([1, -1], len(loudness) // 2), np.float32)


def numbers(samples: Samples) -> list[int]:
    return [round(1000 * float(value)) for value in samples[::BLOCK]]


def test_a_page_that_answers_gets_each_block_at_once(tmp_path: Path) -> None:
    captured = capture(tmp_path, [ramp(2)], context_rate=RATE, unanswered=UNANSWERED, answers_from_s=0.0)
    assert numbers(captured.samples) == list(range(100))


def test_a_page_that_stood_still_gets_all_of_it_in_order(tmp_path: Path) -> None:
    captured = capture(tmp_path, [ramp(9)], context_rate=RATE, unanswered=UNANSWERED, answers_from_s=8.0)
    assert numbers(captured.samples) == list(range(450))
    assert np.allclose(np.diff(captured.end_times), 0.02)


def test_of_a_longer_standstill_the_newest_nine_to_ten_seconds_are_kept(tmp_path: Path) -> None:
    captured = capture(
        tmp_path, [ramp(SECONDS)], context_rate=RATE, unanswered=UNANSWERED, answers_from_s=SECONDS
    )
    kept = numbers(captured.samples)
    assert kept[:UNANSWERED] == list(range(UNANSWERED))
    assert kept[UNANSWERED:] == list(range(SECONDS * 50 - len(kept) + UNANSWERED, SECONDS * 50))
    assert 9 * 50 <= len(kept) - UNANSWERED <= 10 * 50


def test_no_more_than_so_many_blocks_are_on_the_way_to_the_page(tmp_path: Path) -> None:
    captured = capture(tmp_path, [ramp(2)], context_rate=RATE, unanswered=UNANSWERED)
    assert numbers(captured.samples) == list(range(UNANSWERED))
