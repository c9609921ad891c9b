"""The routes and their codes, as the table in docs/protocol.md has them."""

import re
from pathlib import Path
from typing import Any

import pytest
from multidict import CIMultiDict

from pylib.protocol.sessions import SESSION_ID_PATTERN
from tests.integration.backend.api import CONFIG, create, problem
from tests.integration.backend.wire_client import WireClient
from tests.support.server import RunningServer, running_server


async def test_create_and_get(server: RunningServer) -> None:
    async with server.http("") as http, server.http() as anybody:
        answer = await http.post("/sessions", json={**CONFIG, "unknown": "ignored"})
        body = await answer.json()
        assert answer.status == 201
        assert re.fullmatch(SESSION_ID_PATTERN, body["sessionId"])
        assert answer.headers["Location"] == f"/sessions/{body['sessionId']}"
        assert {**CONFIG, "status": "active", "listenerCount": 0, "maxListeners": 500}.items() <= body.items()
        assert body["createdAt"] == body["updatedAt"]
        assert body["expiresAt"] - body["createdAt"] == 24 * 3600 * 1000
        got = await anybody.get(answer.headers["Location"])
        assert got.status == 200
        assert await got.json() == body
        assert got.headers["ETag"] == answer.headers["ETag"]


async def test_head_is_get_without_its_body(server: RunningServer) -> None:
    """Monitors and link checkers ask this way (RFC 9110, section 9.3.2)."""
    async with server.http("") as http, server.http() as anybody:
        session_id = (await create(http))["sessionId"]
        for path in (
            f"/sessions/{session_id}",
            "/sessions",
            "/health",
            "/ready",
            "/openapi.json",
        ):
            got, head = await http.get(path), await http.head(path)
            assert (head.status, await head.read()) == (200, b""), path
            assert head.headers["Content-Length"] == str(len(await got.read())), path
        assert (await anybody.head("/sessions/silver-otter-999")).status == 404
        assert (await anybody.head("/sessions")).status == 401


async def test_the_speaker_is_a_lasting_pseudonym(server: RunningServer) -> None:
    async with server.http("") as http, server.http("ben") as ben:
        first, second, other = await create(http), await create(http), await create(ben)
    assert first["speakerId"] == second["speakerId"] != other["speakerId"]
    assert server.account["email"] not in first["speakerId"]
    assert server.demo.subject not in first["speakerId"]


async def test_polling_is_cheap(server: RunningServer) -> None:
    async with server.http("") as http:
        session = await create(http)
        url = f"/sessions/{session['sessionId']}"
        etag = (await http.get(url)).headers["ETag"]
        for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            answer = await http.get(url, headers={"If-None-Match": known})
            assert (answer.status, await answer.text(), answer.headers["ETag"]) == (304, "", etag)
        lines = CIMultiDict([("If-None-Match", '"other"'), ("If-None-Match", etag)])
        assert (await http.get(url, headers=lines)).status == 304
        assert (await http.get(url, headers={"If-None-Match": '"other"'})).status == 200
        await http.patch(url, json={"status": "paused"})
        assert (await http.get(url, headers={"If-None-Match": etag})).status == 200


async def test_a_listener_more_is_a_new_version_to_read_but_not_to_write(server: RunningServer) -> None:
    async with server.http("") as http:
        session = await create(http)
        url = f"/sessions/{session['sessionId']}"
        etag = (await http.get(url)).headers["ETag"]
        async with await WireClient.connect(server, session["sessionId"]) as listener:
            await listener.expect("sessionJoined")
            got = await http.get(url, headers={"If-None-Match": etag})
            assert (await got.json())["listenerCount"] == 1
            assert (
                await http.patch(url, json={"status": "paused"}, headers={"If-Match": etag})
            ).status == 200


async def test_update(server: RunningServer) -> None:
    async with server.http("") as http:
        session = await create(http)
        url = f"/sessions/{session['sessionId']}"
        answer = await http.patch(url, json={"status": "paused", "qualityTier": "premium"})
        changed = await answer.json()
        assert answer.status == 200
        assert (changed["status"], changed["qualityTier"]) == ("paused", "premium")
        assert changed["updatedAt"] >= session["updatedAt"]
        assert (await (await http.get(url)).json()) == changed
        same = await http.patch(url, json={"status": "paused"})
        assert same.headers["ETag"] == answer.headers["ETag"]
        assert (await (await http.patch(url, json={"sourceLanguage": "fr"})).json())["sourceLanguage"] == "fr"


async def test_an_overtaken_update_is_refused(server: RunningServer) -> None:
    async with server.http("") as http:
        url = f"/sessions/{(await create(http))['sessionId']}"
        etag = (await http.get(url)).headers["ETag"]
        assert (await http.patch(url, json={"status": "paused"}, headers={"If-Match": etag})).status == 200
        for old in (etag, '"garbage"', "garbage", ""):
            answer = await http.patch(url, json={"status": "active"}, headers={"If-Match": old})
            assert await problem(answer) == (412, "PRECONDITION_FAILED")
        new = (await http.get(url)).headers["ETag"]
        weak = await http.patch(url, json={"status": "active"}, headers={"If-Match": f"W/{new}"})
        assert weak.status == 412
        assert (await http.patch(url, json={"status": "active"}, headers={"If-Match": "*"})).status == 200
        lines = CIMultiDict([("If-Match", '"other"'), ("If-Match", (await http.get(url)).headers["ETag"])])
        assert (await http.patch(url, json={"status": "paused"}, headers=lines)).status == 200


async def test_places_are_a_whole_number_however_json_writes_it(server: RunningServer) -> None:
    async with server.http("") as http:
        url = f"/sessions/{(await create(http))['sessionId']}"
        for wrong in (600.5, "600", True, 0, 1e300):
            answer = await http.patch(url, json={"maxListeners": wrong}, headers={"If-Match": '"old"'})
            assert await problem(answer) == (400, "VALIDATION_INVALID_PARAMETER")
        answer = await http.patch(url, json={"maxListeners": 600.0})
        assert (await answer.json())["maxListeners"] == 600


async def test_delete_ends_and_ending_again_is_fine(server: RunningServer) -> None:
    async with server.http("") as http:
        url = f"/sessions/{(await create(http))['sessionId']}"
        for _ in range(3):
            answer = await http.delete(url)
            assert (answer.status, await answer.text()) == (204, "")
        assert (await (await http.get(url)).json())["status"] == "ended"


@pytest.mark.parametrize("update", [{"status": "active"}, {"status": "ended"}, {"qualityTier": "premium"}])
async def test_ended_is_final(server: RunningServer, update: dict[str, str]) -> None:
    async with server.http("") as http:
        url = f"/sessions/{(await create(http))['sessionId']}"
        assert (await http.patch(url, json={"status": "ended"})).status == 200
        assert await problem(await http.patch(url, json=update)) == (409, "SESSION_INACTIVE")


async def test_only_the_owner_may_touch_a_session(server: RunningServer) -> None:
    async with server.http("anna") as anna, server.http("eve") as eve, server.http() as nobody:
        url = f"/sessions/{(await create(anna))['sessionId']}"
        assert await problem(await eve.patch(url, json={"status": "ended"})) == (403, "AUTH_UNAUTHORIZED")
        assert await problem(await eve.delete(url)) == (403, "AUTH_UNAUTHORIZED")
        assert (await eve.get(url)).status == 200
        for refused in (
            await nobody.post("/sessions", json=CONFIG),
            await nobody.get("/sessions"),
            await nobody.patch(url, json={"status": "ended"}),
            await nobody.delete(url),
        ):
            assert await problem(refused) == (401, "AUTH_MISSING_TOKEN")
            assert refused.headers["WWW-Authenticate"] == "Bearer"
        assert (await (await nobody.get(url)).json())["status"] == "active"


async def test_what_is_not_there(server: RunningServer) -> None:
    async with server.http("") as http:
        for answer in (
            await http.get("/sessions/golden-eagle-427"),
            await http.patch("/sessions/golden-eagle-427", json={"status": "paused"}),
            await http.delete("/sessions/golden-eagle-427"),
        ):
            assert await problem(answer) == (404, "SESSION_NOT_FOUND")


async def test_own_sessions_page_by_page(server: RunningServer) -> None:
    async with server.http("anna") as anna, server.http("ben") as ben:
        made = [(await create(anna))["sessionId"] for _ in range(7)]
        await create(ben)
        found: list[str] = []
        query: dict[str, Any] = {"limit": "3"}
        sizes = []
        while True:
            page = await (await anna.get("/sessions", params=query)).json()
            found += [item["sessionId"] for item in page["items"]]
            sizes.append(len(page["items"]))
            if "nextCursor" not in page:
                break
            query["cursor"] = page["nextCursor"]
        assert found == made[::-1]
        assert sizes == [3, 3, 1]
        assert len((await (await anna.get("/sessions")).json())["items"]) == 7


async def test_odd_pages_are_refused(server: RunningServer) -> None:
    limits = ("0", "101", "-1", "x", "", "9999999", "%D9%A3", "1.0")
    cursors = ("", "x", "!!", "-1", "1e3", "9" * 19, "%00", "%C3%A9", "%D9%A3")
    queries = [*(f"limit={one}" for one in limits), *(f"cursor={one}" for one in cursors)]
    async with server.http("") as http:
        for query in queries:
            answer = await http.get(f"/sessions?{query}")
            assert await problem(answer) == (400, "VALIDATION_INVALID_PARAMETER"), query


async def test_fifty_sessions_an_hour(server: RunningServer) -> None:
    async with server.http("anna") as anna, server.http("ben") as ben:
        key = {"Idempotency-Key": "first"}
        first = await create(anna, **key)
        for _ in range(49):
            await create(anna)
        answer = await anna.post("/sessions", json=CONFIG)
        assert await problem(answer) == (429, "RATE_LIMIT_EXCEEDED")
        assert 3500 <= int(answer.headers["Retry-After"]) <= 3600
        assert await create(anna, **key) == first
        await create(ben)
        async with await WireClient.connect(server, token=server.token("anna")) as legacy:
            await legacy.send("createSession", **CONFIG, requestId="r1")
            error = await legacy.expect("error")
            assert (error["code"], error["requestId"]) == ("RATE_LIMIT_EXCEEDED", "r1")
            assert error["retryAfter"] >= 3500


async def test_an_expired_session_has_ended(tmp_path: Path) -> None:
    async with running_server(tmp_path, session_s=0.0) as server, server.http("") as http:
        session = await create(http)
        got = await (await http.get(f"/sessions/{session['sessionId']}")).json()
        assert got["status"] == "ended"


async def test_expiry_ends_a_running_session(tmp_path: Path) -> None:
    async with running_server(tmp_path, session_s=0.3, sweep_every_s=0.05) as server, server.http("") as http:
        session = await create(http)
        async with await WireClient.connect(server, session["sessionId"]) as listener:
            assert (await listener.expect("sessionEnded"))["reason"] == "expired"
            assert await listener.expect_close() == (1000, "expired")
