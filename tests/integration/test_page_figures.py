"""What the true speaker page tells of its talks with the true server, in both modes: each press once."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from pylib.config.rollout import Mode
from tests.support.counts import count_of
from tests.support.server import running_server
from tests.support.speaker_visit import Visit

MODES: list[Mode] = ["http", "websocket"]


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    async with running_server(tmp_path) as server, aiohttp.ClientSession() as http:
        yield Visit(server, http)


@pytest.mark.parametrize("mode", MODES)
async def test_two_talks_of_a_day(visit: Visit, mode: Mode) -> None:
    await visit.open(mode)
    await visit.talk()
    visit.age_tokens()
    await visit.talk()
    assert await visit.told(4) == {
        "modes": {mode},
        "actions": [
            *(["start", "ok", "", True], ["end", "ok", "", False]),
            *(["start", "ok", "", False], ["end", "ok", "", False]),
        ],
        "connects": [[mode == "http", True]] * 2,
        "retries": [2 if mode == "http" else 0, 0, 0, 0],
        "refreshes": [1, 0],
    }
    for row in visit.beacon.actions():
        if row[0] == "start":
            assert 0 < row[3] <= row[4]
    metrics = visit.server.metrics
    assert count_of(metrics, "lectern_batches_total", outcome="taken") == len(visit.beacon.sent)
    for name, labels, count in (
        ("lectern_actions_total", {"action": "start", "outcome": "ok"}, 2),
        ("lectern_actions_total", {"action": "end", "outcome": "ok"}, 2),
        ("lectern_first_starts_total", {"outcome": "ok"}, 1),
        ("lectern_connects_total", {"outcome": "ok"}, 2),
        ("lectern_retries_total", {"retries": "0"}, 2 if mode == "http" else 0),
        ("lectern_token_refreshes_total", {"outcome": "ok"}, 1),
    ):
        assert count_of(metrics, name) == count_of(metrics, name, mode=mode), name
        assert count_of(metrics, name, **labels) == count, name


async def test_a_start_whose_answers_were_lost_is_one_start_with_two_retries(visit: Visit) -> None:
    await visit.open("http")
    visit.transport.losses = 2
    await visit.talk()
    told = await visit.told(2)
    assert told["actions"] == [["start", "ok", "", True], ["end", "ok", "", False]]
    assert told["retries"] == [0, 0, 1, 0]
