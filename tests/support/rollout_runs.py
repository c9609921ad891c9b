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
    """What is counted of one mode."""

    def __init__(self) -> None:
        self.ok = self.failed = self._days_of_users = 0

    def add(self, failed: bool, earlier: int) -> None:
        """Count a day of a user with so many `earlier` ones that went well."""
        self.failed += failed
        self.ok += not failed
        self._days_of_users += 0 if failed else 2 * earlier + 1

    @property
    def per_user(self) -> float:
        """How many days the user of a day has, on average; days that failed leave no session to see it by."""
        return self._days_of_users / self.ok if self.ok else 1.0

    def count(self, per_user: float) -> Count:
        """As it is judged."""
        return Count(self.ok / per_user, self.failed / per_user)


class _User(NamedTuple):
    http: bool
    fails: float
    starts: float
    """How likely a day is on which this user starts a talk, or several: only the first of a day counts."""


def month(crowd: Crowd, seed: int) -> Iterator[tuple[bool, bool, int]]:
    """A user's day after another: in HTTP mode, failed, and how many of this user's went well before."""
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
            failed = rng.random() < max(user.fails, 0.5 * struck)
            yield user.http, failed, earlier[number]
            earlier[number] += not failed


def _user(crowd: Crowd, rng: random.Random) -> _User:
    http = rng.random() < crowd.share
    fails = crowd.unlucky_fails if rng.random() < crowd.unlucky else crowd.fails
    return _User(http, fails + crowd.lost * http, rng.choice((0.05, 0.2, 0.7)))


def found_after(crowd: Crowd, seed: int, *, by_users: bool = True) -> int:
    """After how many users' days a difference is seen in this run; 0 for never in the month.

    With `by_users` the days of one user are judged as one observation, as backend/rollout/judge.py does.
    """
    http, websocket = ModeCounts(), ModeCounts()
    for in_http, failed, earlier in month(crowd, seed):
        (http if in_http else websocket).add(failed, earlier)
        per_user = max(http.per_user, websocket.per_user) if by_users else 1.0
        if evidence_of_difference(http.count(per_user), websocket.count(per_user)) >= ENOUGH:
            return http.ok + http.failed + websocket.ok + websocket.failed
    return 0


def alarms(crowd: Crowd, runs: int, *, by_users: bool = True) -> int:
    """In how many runs a difference is seen."""
    return sum(found_after(crowd, seed, by_users=by_users) > 0 for seed in range(runs))
