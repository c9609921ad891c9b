"""What a user may write and list, and what an address may ask the built-in pool."""

from pathlib import Path

import pytest

from tests.integration.backend.api import CONFIG, create, problem
from tests.integration.backend.test_identity import call, sign_in
from tests.integration.backend.wire_client import WireClient, listener_of, speaker_of
from tests.support.counts import count_of
from tests.support.server import running_server

LIMITED = (429, "RATE_LIMIT_EXCEEDED")
PAUSE = {"status": "paused"}


async def test_the_changes_of_a_user_share_a_limit_whichever_way_they_come(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, changes_per_minute=5) as server,
        server.http("anna") as anna,
        server.http("ben") as ben,
    ):
        session_id = (await create(anna))["sessionId"]
        url = f"/sessions/{session_id}"
        for wrong in range(10):
            assert (await anna.patch(url, json={"status": wrong})).status == 400
        async with await speaker_of(server, session_id) as speaker:
            for places in (10, 11, 12):
                assert (await anna.patch(url, json={"maxListeners": places})).status == 200
            for places in (13, 14):
                await speaker.send("setAdmission", maxListeners=places)
                await speaker.expect("sessionStatus", maxListeners=places)
            answer = await anna.patch(url, json={"maxListeners": 15})
            body = await answer.json()
            assert await problem(answer) == LIMITED
            assert answer.headers["Retry-After"] == "12"
            await speaker.send("setAdmission", requestId="r1", maxListeners=15)
            error = await speaker.expect("error")
            assert (error["code"], error["retryAfter"], error["requestId"]) == (LIMITED[1], 12, "r1")
            assert "Please wait 12 seconds" in body["message"]
            assert "Please wait 12 seconds" in error["message"]
        assert (await anna.get("/sessions")).status == 200
        bens = (await create(ben))["sessionId"]
        assert (await ben.patch(f"/sessions/{bens}", json=PAUSE)).status == 200
        assert count_of(server.metrics, "lectern_attacks_total", kind="request-flood") == 2


@pytest.mark.parametrize("way", ["http", "websocket"])
async def test_what_stops_a_talk_is_never_refused_by_the_limit(tmp_path: Path, way: str) -> None:
    async with running_server(tmp_path, changes_per_minute=1) as server, server.http("anna") as anna:
        session_id = (await create(anna))["sessionId"]
        url = f"/sessions/{session_id}"
        assert (await anna.patch(url, json={"maxListeners": 10})).status == 200
        async with (
            await speaker_of(server, session_id) as speaker,
            await listener_of(server, session_id) as ears,
        ):
            if way == "http":
                assert (await anna.patch(url, json={"maxListeners": 11})).status == 429
                assert (await anna.patch(url, json={"doorClosed": True, **PAUSE})).status == 200
                assert (await anna.patch(url, json={"status": "active"})).status == 429
                assert (await anna.patch(url, json=PAUSE)).status == 429
                assert (await anna.delete(url)).status == 204
                assert await problem(await anna.delete(url)) == LIMITED
            else:
                await speaker.send("setAdmission", doorClosed=True)
                await speaker.expect("sessionStatus", doorClosed=True)
                await speaker.send("pauseBroadcast")
                await ears.expect("broadcastPaused")
                await speaker.send("resumeBroadcast")
                assert (await speaker.expect("error"))["code"] == LIMITED[1]
                await speaker.send("muteBroadcast")
                await ears.expect("broadcastMuted")
                await speaker.send("endSession")
            await ears.expect("sessionEnded")


async def test_a_patch_that_ends_a_talk_is_never_refused_by_the_limit(tmp_path: Path) -> None:
    async with running_server(tmp_path, changes_per_minute=1) as server, server.http("anna") as anna:
        url = f"/sessions/{(await create(anna))['sessionId']}"
        assert (await anna.patch(url, json=PAUSE)).status == 200
        assert (await anna.patch(url, json={"status": "ended"})).status == 200


async def test_creations_either_way_share_the_hourly_limit_and_name_the_wait(tmp_path: Path) -> None:
    async with running_server(tmp_path, creations_per_hour=2) as server, server.http("anna") as anna:
        await create(anna)
        async with await WireClient.connect(server, token=server.token("anna")) as first:
            await first.send("createSession", **CONFIG)
            await first.expect("sessionCreated")
        async with await WireClient.connect(server, token=server.token("anna")) as second:
            await second.send("createSession", **CONFIG)
            error = await second.expect("error")
        answer = await anna.post("/sessions", json=CONFIG)
        body = await answer.json()
        assert await problem(answer) == LIMITED
        assert 3500 < error["retryAfter"] <= 3600
        assert "Please wait 60 minutes before" in body["message"]
        assert "Please wait 60 minutes before" in error["message"]


async def test_lists_of_a_user_have_a_limit(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, lists_burst=2, lists_per_s=0.001) as server,
        server.http("anna") as anna,
    ):
        answers = [await anna.get("/sessions") for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert "Please wait 17 minutes" in (await answers[2].json())["message"]
        await create(anna)


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
