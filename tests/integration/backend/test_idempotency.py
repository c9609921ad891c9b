import asyncio
import json
from pathlib import Path

import aiohttp
import pytest

from tests.integration.backend.api import CONFIG, create, problem
from tests.support.server import RunningServer, running_server

KEY = {"Idempotency-Key": "1b671a64-40d5-491e-99b0-da01ff1f3341"}


async def test_the_same_key_gives_the_same_answer(server: RunningServer) -> None:
    async with server.http("") as http:
        first = await http.post("/sessions", json=CONFIG, headers=KEY)
        assert "Idempotent-Replayed" not in first.headers
        await http.patch(first.headers["Location"], json={"status": "paused"})
        spaced = json.dumps(dict(reversed(CONFIG.items())), indent=3)
        again = await http.post("/sessions", data=spaced, headers=KEY)
        assert again.status == 201
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.headers["Location"] == first.headers["Location"]
        assert await again.json() == await first.json()


async def test_another_body_is_another_request(server: RunningServer) -> None:
    async with server.http("") as http:
        await create(http, **KEY)
        answer = await http.post("/sessions", json={**CONFIG, "qualityTier": "premium"}, headers=KEY)
        assert await problem(answer) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_keys_belong_to_their_user(server: RunningServer) -> None:
    async with server.http("anna") as anna, server.http("ben") as ben:
        assert (await create(anna, **KEY))["sessionId"] != (await create(ben, **KEY))["sessionId"]


async def test_a_refused_request_leaves_its_key_free(server: RunningServer) -> None:
    async with server.http("") as http:
        assert (await http.post("/sessions", json={}, headers=KEY)).status == 400
        await create(http, **KEY)


@pytest.mark.parametrize("key", ["", " ", "a" * 129, "é", "with space"])
async def test_an_unusable_key_is_refused(server: RunningServer, key: str) -> None:
    async with server.http("") as http:
        answer = await http.post("/sessions", json=CONFIG, headers={"Idempotency-Key": key})
        assert await problem(answer) == (400, "VALIDATION_INVALID_PARAMETER")


async def test_fifty_callers_with_one_key_make_one_session(server: RunningServer) -> None:
    async def call(http: aiohttp.ClientSession) -> str | None:
        while True:
            async with http.post("/sessions", json=CONFIG, headers=KEY) as answer:
                if answer.status == 201:
                    return str((await answer.json())["sessionId"])
                assert await problem(answer) == (409, "IDEMPOTENCY_IN_PROGRESS")
                assert answer.headers["Retry-After"] == "1"

    async with server.http("") as http:
        ids = await asyncio.gather(*(call(http) for _ in range(50)))
        assert len(set(ids)) == 1
        assert len((await (await http.get("/sessions")).json())["items"]) == 1


async def test_another_body_while_the_first_runs(server: RunningServer) -> None:
    async with server.http("") as http:
        bodies = [{**CONFIG, "qualityTier": tier} for tier in ("standard", "premium") * 10]
        answers = await asyncio.gather(*(http.post("/sessions", json=body, headers=KEY) for body in bodies))
        statuses = {answer.status for answer in answers}
        assert statuses <= {201, 409, 422}
        assert {201, 422} <= statuses
        assert len((await (await http.get("/sessions")).json())["items"]) == 1


async def test_a_key_outlives_a_restart(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, server.http("") as http:
        first = await create(http, **KEY)
    async with running_server(tmp_path) as server, server.http("") as http:
        assert await create(http, **KEY) == first
