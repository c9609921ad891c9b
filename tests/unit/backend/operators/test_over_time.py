"""The band on /status is the verdict's: it begins with the judged period, wherever the range begins."""

from typing import Any

from backend.figures.counts import Counts
from backend.operators.status_data import StatusData
from backend.rollout.confidence import Interval
from tests.support.server_clock import ServerClock
from tests.unit.backend.rollout.tallies import mode, tally

STEP_MS = 60_000


class Watched:
    """Implements the one method of Judging that is needed: its answer holds what it was asked."""

    def difference(self, http: tuple[int, int], websocket: tuple[int, int]) -> Interval:
        return Interval(*map(float, (*http, websocket[0])))


def over_time(steps: list[tuple[int, Counts]], since_ms: int) -> list[Any]:
    judging: Any = Watched()
    unused: Any = None
    data = StatusData(
        minutes=unused,
        users=unused,
        hub=unused,
        watch=unused,
        judging=judging,
        limits=unused,
        clock=ServerClock(),
    )
    judged = tally(mode(100, 9), mode(50, 0))._replace(since_ms=since_ms)
    shown = [step["difference"] for step in data._over_time(steps, judged)]
    return [None if one is None else tuple(one.values()) for one in shown]


def test_what_came_before_the_range_counts_and_what_came_before_the_period_does_not() -> None:
    now_ms = ServerClock().steady_ms()
    steps: list[tuple[int, Counts]] = [
        (now_ms - 3 * STEP_MS, {"user_days|http|ok": 40}),
        (now_ms - 2 * STEP_MS, {"user_days|http|ok": 3, "user_days|websocket|ok": 1}),
        (now_ms - 1 * STEP_MS, {"user_days|http|failed": 2}),
    ]
    assert over_time(steps, 0) == [(97, 7, 49), (100, 7, 50), (100, 9, 50)]
    assert over_time(steps, now_ms - 2 * STEP_MS) == [None, (100, 7, 50), (100, 9, 50)]
