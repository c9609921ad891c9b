"""Guessing session codes stays slow, whichever way they are tried; right codes cost nothing."""

import asyncio
from pathlib import Path

import pytest

from backend.proxies import read_networks
from tests.integration.backend.api import create, problem
from tests.integration.backend.wire_client import WireClient, listener_of, new_session
from tests.support.counts import count_of
from tests.support.server import RunningServer, running_server

LIMITED = (429, "RATE_LIMIT_EXCEEDED")
MISSED = (404, "SESSION_NOT_FOUND")
UNKNOWN = "golden-eagle-427"
FEW = {"misses_burst": 3, "misses_per_s": 0.001}
PAUSE = {"status": "paused"}


async def use_up(server: RunningServer) -> None:
    """All misses of this address."""
    async with server.http() as http:
        for number in range(3):
            assert await problem(await http.get(f"/sessions/golden-eagle-{number:03}")) == MISSED


async def test_every_way_of_trying_a_code_costs_the_same_budget(tmp_path: Path) -> None:
    async with running_server(tmp_path, misses_burst=5, misses_per_s=0.001) as server:
        theirs = await new_session(server, "anna")
        async with server.http("eve") as eve:
            assert await problem(await eve.get(f"/sessions/{UNKNOWN}")) == MISSED
            assert await problem(await eve.patch(f"/sessions/{UNKNOWN}", json=PAUSE)) == MISSED
            assert await problem(await eve.delete(f"/sessions/{theirs}")) == (403, "AUTH_UNAUTHORIZED")
        async with await WireClient.connect(server, UNKNOWN) as guest:
            assert await guest.expect_close() == (1008, "SESSION_NOT_FOUND")
        async with await WireClient.connect(server) as guest:
            await guest.send("joinSession", sessionId=UNKNOWN)
            assert (await guest.expect("error"))["code"] == "SESSION_NOT_FOUND"
        await all_ways_are_limited(server, UNKNOWN)


async def all_ways_are_limited(server: RunningServer, code: str) -> None:
    """A code that this address has not met is refused in every way, and told nothing about."""
    async with server.http("eve") as eve:
        for answer in (
            await eve.get(f"/sessions/{code}"),
            await eve.patch(f"/sessions/{code}", json=PAUSE),
            await eve.delete(f"/sessions/{code}"),
        ):
            assert await problem(answer) == LIMITED
            assert int(answer.headers["Retry-After"]) > 0
    for connecting in (
        WireClient.connect(server, code),
        WireClient.connect(server, code, resume="xyz", lastSeq="4"),
        WireClient.connect(server, code, token=server.token("eve")),
    ):
        async with await connecting as guest:
            assert await guest.expect_close() == (4013, "RATE_LIMIT_EXCEEDED")
    async with await WireClient.connect(server) as guest:
        for fields in ({"action": "joinSession"}, {"action": "refreshConnection"}):
            await guest.send(fields["action"], sessionId=code)
            error = await guest.expect("error")
            assert error["code"] == "RATE_LIMIT_EXCEEDED"
            assert error["retryAfter"] > 0


async def test_without_a_miss_left_a_right_code_is_told_no_more_than_a_wrong_one(tmp_path: Path) -> None:
    proxy = read_networks("127.0.0.1")
    async with running_server(tmp_path, **FEW, trusted_proxies=proxy) as server:
        elsewhere = {"X-Forwarded-For": "203.0.113.9"}
        async with server.http("anna") as anna:
            right = (await create(anna, **elsewhere))["sessionId"]
        await use_up(server)
        await all_ways_are_limited(server, right)
        async with server.http() as other:
            assert (await other.get(f"/sessions/{right}", headers=elsewhere)).status == 200


async def test_trying_many_at_once_wins_nothing(tmp_path: Path) -> None:
    async with running_server(tmp_path, **FEW) as server, server.http() as http:
        answers = await asyncio.gather(*(http.get(f"/sessions/golden-eagle-{code:03}") for code in range(60)))
        assert sorted(answer.status for answer in answers) == [404] * 3 + [429] * 57


async def test_a_hall_may_come_at_once(tmp_path: Path) -> None:
    """All with a code that is new to this address."""
    proxy = read_networks("127.0.0.1")
    async with running_server(tmp_path, **FEW, trusted_proxies=proxy) as server, server.http("anna") as anna:
        url = f"/sessions/{(await create(anna, **{'X-Forwarded-For': '203.0.113.9'}))['sessionId']}"
        answers = await asyncio.gather(*(anna.get(url) for _ in range(60)))
        assert {answer.status for answer in answers} == {200}


async def test_hits_are_free_and_never_end(tmp_path: Path) -> None:
    async with running_server(tmp_path, **FEW) as server, server.http() as http:
        session_id = await new_session(server)
        for _ in range(50):
            assert (await http.get(f"/sessions/{session_id}")).status == 200
        assert count_of(server.metrics, "lectern_attacks_total", kind="guessed-codes") == 0


async def test_a_hall_where_somebody_guesses_still_gets_into_its_own_talk(tmp_path: Path) -> None:
    async with running_server(tmp_path, **FEW) as server:
        session_id = await new_session(server)
        async with await listener_of(server, session_id), server.http() as http:
            await use_up(server)
            assert await problem(await http.get(f"/sessions/{UNKNOWN}")) == LIMITED
            assert (await http.get(f"/sessions/{session_id}")).status == 200
            async with await listener_of(server, session_id):
                assert server.hub.listener_count(session_id) == 2


async def test_owners_are_never_refused_their_own(tmp_path: Path) -> None:
    proxy = read_networks("127.0.0.1")
    async with running_server(tmp_path, **FEW, trusted_proxies=proxy) as server, server.http("anna") as anna:
        session_id = (await create(anna, **{"X-Forwarded-For": "203.0.113.9"}))["sessionId"]
        await use_up(server)
        assert (await anna.patch(f"/sessions/{session_id}", json=PAUSE)).status == 200
        async with await WireClient.connect(server, session_id, token=server.token("anna")) as speaker:
            assert (await speaker.expect("welcome"))["role"] == "speaker"
        assert (await anna.delete(f"/sessions/{session_id}")).status == 204


async def test_what_can_be_no_code_is_no_guess(tmp_path: Path) -> None:
    async with running_server(tmp_path, **FEW) as server, server.http() as http:
        for _ in range(10):
            answer = await http.get("/sessions/nonsense")
            assert await problem(answer) == (404, "SESSION_INVALID_ID_FORMAT")


@pytest.mark.soak
async def test_guessing_a_thousand_a_second_is_slowed_to_one(server: RunningServer) -> None:
    """With the limits as they are: a hundred misses, then one a second, however many are tried."""
    loop = asyncio.get_running_loop()
    began, told = loop.time(), 0
    async with server.http() as http:
        while loop.time() - began < 10:
            for number in range(100):
                answer = await http.get(f"/sessions/golden-eagle-{number:03}")
                told += answer.status == 404
    assert 100 <= told <= 112
