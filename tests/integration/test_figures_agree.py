"""What /status shows of both modes is what happened: counted from outside the pages, on a bad network."""

import asyncio
import json
import math
import random
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest

from backend.data_dir import DATABASE
from backend.settings import AdminSettings
from pylib.protocol import codes
from tests.support.bad_network import BUSY, LOST
from tests.support.counted_speaker import ERROR, IDLE, LIVE, CountedSpeaker
from tests.support.server import RunningServer, running_server

MODES = ("http", "websocket")

PEOPLE = 20
"""In each mode. Of each five, one is refused a second talk, one takes it back, one meets a proxy that is busy
(or connections that break), and one never gets through."""

REFUSED, TAKES_BACK, MEETS_A_BURST, NEVER_GETS_THROUGH = range(4)

LOST_SHARE = 0.3
LATE_S = (0.02, 0.2)


class Told(NamedTuple):
    """The people and what /status/data and the database said after they had left; by mode."""

    people: dict[str, list[CountedSpeaker]]
    status: dict[str, Any]
    created: Counter[str]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Both modes are driven once; each test of this file looks at what came of it."""
    return asyncio.run(_drive(tmp_path_factory.mktemp("server")))


async def _drive(folder: Path) -> Told:
    dice = random.Random(13)
    # One creation for each person: a second talk is refused.
    async with (
        running_server(folder, creations_per_hour=1, admin=AdminSettings()) as server,
        aiohttp.ClientSession() as http,
    ):
        people = {mode: [_person(server, http, mode, n, dice) for n in range(PEOPLE)] for mode in MODES}
        await asyncio.gather(*(_visit(p, n, http) for mode in MODES for n, p in enumerate(people[mode])))
        status = await (await http.get(f"{server.admin_url}/status/data?range=10m")).json()
    with closing(sqlite3.connect(server.settings.data_dir / DATABASE)) as rows:
        created = Counter(mode for (mode,) in rows.execute("SELECT creation_mode FROM sessions"))
    return Told(people, status, created)


def _person(
    server: RunningServer, http: aiohttp.ClientSession, mode: str, number: int, dice: random.Random
) -> CountedSpeaker:
    kind = number % 5
    first = iter(
        {MEETS_A_BURST: [BUSY] * 2, NEVER_GETS_THROUGH: [BUSY] * 4, TAKES_BACK: [LOST]}.get(kind, [])
    )
    lost_share = 0 if kind == TAKES_BACK else LOST_SHARE
    broken = iter([-1.0] * 2 if (kind, mode) == (MEETS_A_BURST, "websocket") else [])
    return CountedSpeaker(
        server,
        http,
        name=f"{mode}-{number}",
        mode=mode,
        fault=lambda: next(first, LOST if dice.random() < lost_share else ""),
        delay_s=lambda: next(broken, dice.uniform(*LATE_S)),
        token_is_good=(kind, mode) != (NEVER_GETS_THROUGH, "websocket"),
    )


async def _visit(person: CountedSpeaker, number: int, http: aiohttp.ClientSession) -> None:
    """One person's afternoon; then the batches of their page reach the server."""
    kind = number % 5
    await person.open()
    for _ in range(2 if kind == REFUSED else 1):
        start = await person.start(cancel=kind == TAKES_BACK)
        if start.state == LIVE:
            await person.end()
    await person.leave()
    for url, batch in person.beacon.sent:
        answer = await http.post(url, data=json.dumps(batch), headers={"Content-Type": "text/plain"})
        assert answer.status == 204


@pytest.mark.parametrize("mode", MODES)
def test_the_server_counts_each_session_once(told: Told, mode: str) -> None:
    assert told.status["modes"][mode]["created"] == told.created[mode] > PEOPLE / 2
    assert told.status["modes"][mode]["serverSeconds"]["count"] == told.created[mode]


@pytest.mark.parametrize("mode", MODES)
def test_user_actions_are_counted_and_not_requests(told: Told, mode: str) -> None:
    states = Counter(start.state for person in told.people[mode] for start in person.starts)
    ended = sum(start.state == LIVE for person in told.people[mode] for start in person.starts)
    actions = told.status["modes"][mode]["actions"]
    assert actions["start"] == {"ok": states[LIVE], "failed": states[ERROR], "aborted": states[IDLE]}
    assert actions["end"] == {"ok": ended, "failed": 0, "aborted": 0}
    assert min(states[LIVE], states[ERROR], states[IDLE]) > 0


def test_errors_of_calls_are_counted_by_code(told: Told) -> None:
    """Why a start failed is what came of its last try."""
    failed = [start.last_status for person in told.people["http"] for start in person.starts if start.failed]
    names = {0: codes.NETWORK_ERROR, 429: codes.RATE_LIMIT_EXCEEDED, 503: codes.for_status(503)}
    assert told.status["modes"]["http"]["errors"] == Counter(names[status] for status in failed)
    assert {429, 503} <= set(failed)


def test_errors_of_messages_are_counted_by_code(told: Told) -> None:
    assert told.status["modes"]["websocket"]["errors"] == {
        codes.RATE_LIMIT_EXCEEDED: sum(len(person.starts) == 2 for person in told.people["websocket"]),
        codes.AUTH_TOKEN_INVALID: PEOPLE // 5,
    }


@pytest.mark.parametrize("mode", MODES)
def test_each_connection_that_was_let_in_has_one_end(told: Told, mode: str) -> None:
    people = told.people[mode]
    welcomed = sum(opening.ok for person in people for opening in person.connector.openings)
    # A connection on which no session was made belongs to none, and so to no mode.
    without = sum(len(person.starts) == 2 for person in people) if mode == "websocket" else 0
    ends = told.status["modes"][mode]["disconnections"]
    assert sum(ends.values()) == welcomed - without, ends


@pytest.mark.parametrize("mode", MODES)
def test_retries_are_those_that_left_the_pages(told: Told, mode: str) -> None:
    attempts = [attempt for person in told.people[mode] for attempt in person.transport.attempts]
    # One action has one correlation id, and may take a call to make a session and one to end it.
    tries = Counter((attempt.correlation_id, attempt.method) for attempt in attempts)
    retries = Counter(min(count - 1, 3) for count in tries.values())
    assert told.status["modes"][mode]["retries"] == [retries[count] for count in range(4)]
    assert (retries[1] > 0) == (mode == "http")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("session_id", ["with", "without"])
def test_connects_are_counted_with_a_session_id_and_without(told: Told, mode: str, session_id: str) -> None:
    seen = Counter(
        opening.ok
        for person in told.people[mode]
        for opening in person.connector.openings
        if opening.with_session_id == (session_id == "with")
    )
    connects = told.status["modes"][mode]["connects"][session_id]
    assert (connects["ok"], connects["failed"]) == (seen[True], seen[False])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("reached", ["created", "live"])
def test_percentiles_are_right_within_a_tenth(told: Told, mode: str, reached: str) -> None:
    """As pages measured it; a watch from outside begins before the page's and stops after it."""
    starts = [start for person in told.people[mode] for start in person.starts if start.state == LIVE]
    actions = [row for person in told.people[mode] for row in person.beacon.actions()]
    times = [(row[3] / 1000, row[4] / 1000) for row in actions if row[:2] == ["start", "ok"]]
    for start, (created_s, live_s) in zip(starts, times, strict=True):
        assert 0 < created_s <= live_s <= start.seconds
    seconds = sorted(created_s if reached == "created" else live_s for created_s, live_s in times)
    shown = told.status["modes"][mode]["startSeconds"][reached]
    assert shown["count"] == len(seconds)
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        assert shown[name] == pytest.approx(_percentile(seconds, share), rel=0.1)


def test_each_user_is_counted_once_a_day(told: Told) -> None:
    users = {mode: told.created[mode] for mode in MODES}
    assert told.status["rollout"]["users"] == users


def _percentile(ascending: list[float], share: float) -> float:
    """The smallest value that at least this share of all does not exceed (the nearest rank)."""
    return ascending[max(0, math.ceil(share * len(ascending)) - 1)]
