"""Calls that had no limit: PATCH, DELETE and lists for each user, the built-in pool for each address."""

import asyncio
from pathlib import Path

from tests.integration.backend.api import create, problem
from tests.integration.backend.raw_http import post, raw_connection
from tests.integration.backend.test_identity import call, sign_in
from tests.support.counts import count_of
from tests.support.server import running_server

LIMITED = (429, "RATE_LIMIT_EXCEEDED")
PAUSE = {"status": "paused"}


async def test_patch_delete_and_lists_of_a_user_share_a_limit(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, calls_burst=5, calls_per_s=0.001) as server,
        server.http("anna") as anna,
        server.http("ben") as ben,
    ):
        url = f"/sessions/{(await create(anna))['sessionId']}"
        for wrong in range(10):
            assert (await anna.patch(url, json={"status": wrong})).status == 400
        answers = await asyncio.gather(*(anna.patch(url, json=PAUSE) for _ in range(9)))
        assert sorted(answer.status for answer in answers) == [200] * 5 + [429] * 4
        for answer in (
            await anna.patch(url, json=PAUSE),
            await anna.delete(url),
            await anna.get("/sessions"),
        ):
            assert await problem(answer) == LIMITED
            assert int(answer.headers["Retry-After"]) > 0
        assert (await anna.get(url)).status == 200
        assert (await ben.get("/sessions")).status == 200
        await create(anna)
        assert count_of(server.metrics, "lectern_attacks_total", kind="request-flood") == 7


async def test_a_limited_patch_is_refused_before_its_body_is_read(tmp_path: Path) -> None:
    async with running_server(tmp_path, calls_burst=1, calls_per_s=0.001) as server:
        async with server.http("") as http:
            session_id = (await create(http))["sessionId"]
            assert (await http.get("/sessions")).status == 200
        async with raw_connection(server) as raw:
            head = post(f"/sessions/{session_id}", "Content-Length: 60", token=server.token())
            raw.send(head.replace("POST", "PATCH"))
            assert (await raw.answer()).status == 429


async def test_the_token_endpoint_has_a_limit_for_each_address(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, pool_calls_burst=3, pool_calls_per_s=0.001) as server,
        server.http() as http,
    ):
        await sign_in(http)
        for _ in range(2):
            await call(http, "RevokeToken", Token="x", ClientId="y")
        status, body = await call(http, "RevokeToken", Token="x", ClientId="y")
        assert (status, body["__type"]) == (400, "TooManyRequestsException")
