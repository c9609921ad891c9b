"""Simulated rollouts: users who start talks for a month, looked at after each observation.

Nothing changes between two observations, so who looks every minute sees no more than is looked at here.
"""

import random
from collections.abc import Iterator
from math import log
from typing import NamedTuple

from backend.rollout.confidence import ALPHA, Count, evidence_of_difference

ENOUGH = -log(ALPHA)
DAYS = 30


class Crowd(NamedTuple):
    """Who takes part. Rates are of failures, from 0 to 1.

    Attributes:
        users: how many there are.
        share: of them in HTTP mode.
        fails: how often a start of most users fails.
        unlucky: the share of users, in either mode, who have it worse for the whole month.
        unlucky_fails: how often theirs fail.
        lost: by how much more often starts fail over HTTP.
        outages: days on which, for some hours, every other start fails in both modes.
    """

    users: int
    share: float
    fails: float
    unlucky: float = 0.0
    unlucky_fails: float = 0.0
    lost: float = 0.0
    outages: int = 0


class ModeCounts:
    """What is counted of one mode; `by_users` as in backend/rollout/judge.py."""

    def __init__(self) -> None:
        self.failed = self.days = self._days_of_users = 0

    def add(self, failed: bool, earlier: int) -> None:
        """Count a day of a user who has so many `earlier` ones."""
        self.failed += failed
        self.days += 1
        self._days_of_users += 2 * earlier + 1

    def count(self, *, by_users: bool) -> Count:
        """As it is judged; with `by_users` the days of one user are one observation."""
        per_user = self._days_of_users / self.days if by_users else 1.0
        return Count((self.days - self.failed) / per_user, self.failed / per_user)


class _User(NamedTuple):
    http: bool
    fails: float
    starts: float
    """How likely a day is on which this user starts a talk, or several: only the first of a day counts."""


def month(crowd: Crowd, seed: int) -> Iterator[tuple[bool, bool, int]]:
    """A user's day after another: in HTTP mode, failed, and how many the user had before."""
    rng = random.Random(seed)
    people = [_user(crowd, rng) for _ in range(crowd.users)]
    earlier = [0] * crowd.users
    outages = rng.sample(range(DAYS), crowd.outages)
    for day in range(DAYS):
        for number in rng.sample(range(crowd.users), crowd.users):
            user = people[number]
            if rng.random() >= user.starts:
                continue
            struck = day in outages and rng.random() < 0.3
            yield user.http, rng.random() < max(user.fails, 0.5 * struck), earlier[number]
            earlier[number] += 1


def _user(crowd: Crowd, rng: random.Random) -> _User:
    http = rng.random() < crowd.share
    fails = crowd.unlucky_fails if rng.random() < crowd.unlucky else crowd.fails
    return _User(http, fails + crowd.lost * http, rng.choice((0.05, 0.2, 0.7)))


def found_after(crowd: Crowd, seed: int, *, by_users: bool = True) -> int:
    """After how many users' days a difference is seen in this run; 0 for never in the month."""
    http, websocket = ModeCounts(), ModeCounts()
    for in_http, failed, earlier in month(crowd, seed):
        (http if in_http else websocket).add(failed, earlier)
        if not http.days or not websocket.days:
            continue
        evidence = evidence_of_difference(http.count(by_users=by_users), websocket.count(by_users=by_users))
        if evidence >= ENOUGH:
            return http.days + websocket.days
    return 0


def alarms(crowd: Crowd, runs: int, *, by_users: bool = True) -> int:
    """In how many runs a difference is seen."""
    return sum(found_after(crowd, seed, by_users=by_users) > 0 for seed in range(runs))
