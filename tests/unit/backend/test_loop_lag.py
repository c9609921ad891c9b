"""How late the event loop is, and what the log says of it."""

import logging

import pytest
from prometheus_client import CollectorRegistry, Histogram

from backend.clock import SystemClock
from backend.loop_lag import OVERLOAD_S, OVERLOADED, LoopWatch, percentile


@pytest.fixture
def watch() -> LoopWatch:
    return LoopWatch(Histogram("lag", "Lag.", registry=CollectorRegistry()), SystemClock())


def test_one_stall_is_no_overload(watch: LoopWatch, caplog: pytest.LogCaptureFixture) -> None:
    for late_s in [OVERLOAD_S * 5, *[OVERLOAD_S] * (OVERLOADED - 2), 0.0, *[OVERLOAD_S] * (OVERLOADED - 1)]:
        watch.note(late_s)
    assert caplog.records == []


def test_a_server_that_is_late_again_and_again_says_so(
    watch: LoopWatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    for _ in range(OVERLOADED):
        watch.note(0.25)
    (line,) = caplog.records
    assert vars(line)["kind"] == "overload"
    assert vars(line)["milliseconds"] == 250


def test_percentiles_are_those_of_the_last_minute(watch: LoopWatch) -> None:
    for number in range(1000):
        watch.note(number / 1e6)
    assert percentile(watch.lately, 0.5) == 700 / 1e6
    assert percentile([], 0.5) is None
