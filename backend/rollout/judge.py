"""What is known of the two ways of creating sessions: pure functions from counts to a judgement.

The unit is a user's day: the first start of a day on a device. What fails for a user today will often fail
tomorrow, so the days of one user say little more than one of them. The figures name no user; but the sessions
that were created have owners, and tell how often the same ones are in the count (`per_user`). Counts are
divided by that, as if the days of one user were one observation: tests/unit/backend/rollout/ shows what goes
wrong without.
"""

from math import log
from typing import NamedTuple

from backend.figures.histogram import EDGES_S, quantile
from backend.figures.tally import ModeTally, RolloutSetting, Tally
from backend.rollout.confidence import (
    ALPHA,
    MOST_GO_WELL,
    Count,
    Interval,
    difference,
    evidence_of_difference,
    median,
)

TOO_FEW, ALIKE, ONE_MODE = "too-few", "alike", "one-mode"
HTTP_BETTER, HTTP_WORSE = "http-better", "http-worse"

FIRST_STEP_POINTS, LAST_STEP_POINTS = 0.05, 0.02
"""What may stay unseen before the next step. While few users are in, a step risks little; below 50 % of them
a difference of 2 points would take tens of thousands of creations to see."""

AT_LEAST_MORE = 0.25
"""When the counts should suffice and do not, so much more of them is waited for."""

DAY_MS = 24 * 3600 * 1000
PACE_KNOWN_DAYS = 3
SMALL_TEAM_DAYS = 180
"""A team whose creations would show a difference of FIRST_STEP_POINTS only after this is told not to wait."""

FEW_DAYS = 100
"""Before about so many days the share of a mode is rather as the setting asks than as it was counted."""

MOST_NEEDED = 10_000_000


class Mode(NamedTuple):
    """What was counted of one mode, and half of its starts took no longer than `median_s`."""

    ok: int
    days: int
    median_s: Interval | None

    @property
    def rate(self) -> float:
        """The share that went well."""
        return self.ok / self.days if self.days else 0.0


class Judgement(NamedTuple):
    """What is known.

    `difference` is the success rate over HTTP minus that over WebSocket, `median_difference_s` the same for
    how long a start takes; None while a mode has nothing to compare. `needed` more days in both modes would
    probably show a difference of `points` (0 to 1). `per_month` is the pace, None while it is too early to
    tell. `per_user` is how many days the user of a day has in the count, on
    average.
    """

    state: str
    setting: RolloutSetting
    http: Mode
    websocket: Mode
    per_user: float
    difference: Interval | None = None
    median_difference_s: Interval | None = None
    points: float = 0.0
    needed: int = 0
    per_month: float | None = None
    small_team: bool = False


def judge(tally: Tally, setting: RolloutSetting, per_user: float, now_ms: int) -> Judgement:
    """Weigh both modes against each other."""
    http, websocket = _mode(tally.http, per_user), _mode(tally.websocket, per_user)
    known = Judgement(TOO_FEW, setting, http, websocket, per_user)
    if not _both_in_use(setting):
        return known._replace(state=ONE_MODE)
    known = _with_need(known, (now_ms - tally.since_ms) / DAY_MS)
    if not http.days or not websocket.days:
        return known
    apart = difference(
        http.ok / per_user, http.days / per_user, websocket.ok / per_user, websocket.days / per_user
    )
    return known._replace(
        state=_state(apart, known.points),
        difference=apart,
        median_difference_s=_minus(http.median_s, websocket.median_s),
    )


def needed(share: float, rate: float, points: float) -> float:
    """Observations in both modes together that probably show a loss of `points` (0 to 1).

    `share` of them are in the mode that loses. Found where counts just as expected would be evidence enough.
    """
    limit, lost = -log(ALPHA), max(rate - points, 0.0)

    def is_enough(total: float) -> bool:
        a, b = share * total, (1 - share) * total
        return evidence_of_difference(_expected(a, lost), _expected(b, rate)) >= limit

    high = 16.0
    while not is_enough(high) and high < MOST_NEEDED:
        high *= 2
    low = high / 2
    while high - low > 1 + low / 100:
        middle = (low + high) / 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def _both_in_use(setting: RolloutSetting) -> bool:
    """Also while the setting is not known: then what was counted decides."""
    return setting.http is not False and (setting.percent is None or 0 < setting.percent < 100)


def _mode(tally: ModeTally, per_user: float) -> Mode:
    buckets = [count / per_user for count in tally.day_seconds]
    half, middle = median(buckets, EDGES_S, ALPHA / 2), quantile(tally.day_seconds, 0.5)
    days = tally.days_ok + tally.days_failed
    return Mode(tally.days_ok, days, None if middle is None else half._replace(middle=middle))


def _minus(a: Interval | None, b: Interval | None) -> Interval | None:
    """All that the difference of two values can be, each of which is somewhere in its interval."""
    if a is None or b is None:
        return None
    return Interval(a.low - b.high, a.middle - b.middle, a.high - b.low)


def _state(apart: Interval, points: float) -> str:
    if apart.high < 0:
        return HTTP_WORSE
    if apart.low > 0:
        return HTTP_BETTER
    return ALIKE if max(-apart.low, apart.high) <= points else TOO_FEW


def _with_need(known: Judgement, elapsed_days: float) -> Judgement:
    """How many more it takes to see a difference that matters for the next step."""
    http, websocket = known.http, known.websocket
    days = http.days + websocket.days
    share = _share(known)
    ok, seen = (http.ok + websocket.ok) / known.per_user, days / known.per_user
    rate = _likely_rate(Count(ok, seen - ok))
    points = LAST_STEP_POINTS if known.setting.percent in range(50, 100) else FIRST_STEP_POINTS
    more = max(needed(share, rate, points) * known.per_user - days, days * AT_LEAST_MORE)
    pace = days / elapsed_days if elapsed_days >= PACE_KNOWN_DAYS else None
    return known._replace(
        points=points,
        needed=round(more),
        per_month=None if pace is None else pace * 30,
        small_team=pace is not None and pace * SMALL_TEAM_DAYS < needed(share, rate, FIRST_STEP_POINTS),
    )


def _share(known: Judgement) -> float:
    """Of all days those in HTTP mode: as counted, and as the setting asks while few are."""
    days = known.http.days + known.websocket.days
    asked = 0.5 if known.setting.percent is None else known.setting.percent / 100
    return (known.http.days + FEW_DAYS * asked) / (days + FEW_DAYS)


def _likely_rate(count: Count) -> float:
    """The rate of both modes: what is usual while little was counted."""
    return (count.well + MOST_GO_WELL.well) / (count.total + sum(MOST_GO_WELL))


def _expected(total: float, rate: float) -> Count:
    return Count(total * rate, total * (1 - rate))
