"""Live connections: both ways in, status, control, and what is refused."""

from pathlib import Path

import aiohttp
import pytest

from tests.integration.backend.api import CONFIG
from tests.integration.backend.wire_client import WireClient, frame, listener_of, new_session, speaker_of
from tests.support.counts import count_of
from tests.support.server import RunningServer, running_server


async def test_a_hybrid_speaker_is_welcomed_and_told_the_status(server: RunningServer) -> None:
    session_id = await new_session(server)
    async with await speaker_of(server, session_id) as speaker:
        assert speaker.ws.protocol == "lectern.v1"
        welcome = speaker.welcome
        assert (welcome["role"], welcome["sessionId"], welcome["resumed"]) == ("speaker", session_id, False)
        assert welcome["connectionId"]
        status = await speaker.expect("sessionStatus")
        expected = {"sessionId": session_id, "isActive": True, "status": "active", "listenerCount": 0}
        assert expected.items() <= status.items()
        assert status["hearing"] == {"audible": 0, "blocked": 0, "medianEarDelayMs": None}
        assert status["expiresAt"] > status["createdAt"]
        assert status["epoch"] == welcome["epoch"]
        await speaker.send("getSessionStatus", requestId="q1")
        assert (await speaker.expect("sessionStatus", requestId="q1"))["sessionDuration"] >= 0


async def test_a_hybrid_listener_joins_without_asking(server: RunningServer) -> None:
    session_id = await new_session(server)
    client = await WireClient.connect(server, session_id, targetLanguage="es")
    async with client as listener:
        welcome = await listener.expect("welcome")
        assert welcome["role"] == "listener"
        joined = await listener.expect("sessionJoined")
        assert {
            "sessionId": session_id,
            "sourceLanguage": "en",
            "targetLanguage": "es",
            "listenerCount": 1,
            "qualityTier": "standard",
            "connectionId": welcome["connectionId"],
            "status": "active",
        }.items() <= joined.items()
        await listener.expect("speakerAway")
        async with await speaker_of(server, session_id):
            await listener.expect("speakerBack")


async def test_joining_twice_counts_once(server: RunningServer) -> None:
    session_id = await new_session(server)
    async with await listener_of(server, session_id) as listener:
        await listener.send("joinSession", sessionId=session_id, targetLanguage="fr", requestId="r1")
        joined = await listener.expect("sessionJoined", requestId="r1")
        assert (joined["listenerCount"], joined["targetLanguage"]) == (1, "fr")
        other = await new_session(server)
        await listener.send("joinSession", sessionId=other)
        assert (await listener.expect("error"))["code"] == "VALIDATION_INVALID_PARAMETER"


async def test_the_legacy_way_in(server: RunningServer) -> None:
    connect = WireClient.connect(
        server, token=server.token("anna"), action="createSession", sourceLanguage="fr", qualityTier="premium"
    )
    async with await connect as speaker:
        welcome = await speaker.expect("welcome")
        assert (welcome["role"], welcome["sessionId"]) == ("speaker", None)
        async with server.http("anna") as http:
            assert (await (await http.get("/sessions")).json())["items"] == []
            await speaker.send("createSession", **CONFIG, requestId="r1")
            created = await speaker.expect("sessionCreated", requestId="r1")
            assert CONFIG.items() <= created.items()
            assert created["connectionId"] == welcome["connectionId"]
            await speaker.send("createSession", **CONFIG, requestId="r2")
            again = await speaker.expect("sessionCreated", requestId="r2")
            assert again["sessionId"] == created["sessionId"]
            assert len((await (await http.get("/sessions")).json())["items"]) == 1
        async with await WireClient.connect(server) as listener:
            assert (await listener.expect("welcome"))["role"] == "listener"
            await listener.send("joinSession", sessionId=created["sessionId"], targetLanguage="de")
            await listener.expect("sessionJoined")
            await speaker.send_bytes(frame(0))
            assert await listener.expect_bytes() == frame(0)


async def test_legacy_refusals_keep_the_connection(server: RunningServer) -> None:
    async with await WireClient.connect(server) as client:
        await client.send("createSession", **CONFIG, requestId="r1")
        assert (await client.expect("error", requestId="r1"))["code"] == "AUTH_MISSING_TOKEN"
        await client.send("joinSession", sessionId="golden-eagle-427", requestId="r2")
        assert (await client.expect("error", requestId="r2"))["code"] == "SESSION_NOT_FOUND"
        await client.send("joinSession", sessionId="Golden Eagle")
        assert (await client.expect("error"))["code"] == "SESSION_INVALID_ID_FORMAT"
        session_id = await new_session(server)
        async with server.http("anna") as http:
            await http.delete(f"/sessions/{session_id}")
        await client.send("joinSession", sessionId=session_id)
        assert (await client.expect("error"))["code"] == "SESSION_INACTIVE"


@pytest.mark.parametrize(
    ("session_id", "code"),
    [
        ("golden-eagle-427", "SESSION_NOT_FOUND"),
        ("", "SESSION_INVALID_ID_FORMAT"),
        ("../../etc/passwd", "SESSION_INVALID_ID_FORMAT"),
        ("golden-eagle-427\n", "SESSION_INVALID_ID_FORMAT"),
    ],
)
async def test_unknown_sessions_are_refused(server: RunningServer, session_id: str, code: str) -> None:
    for token in (None, server.token()):
        client = await WireClient.connect(server, session_id, token=token)
        assert await client.expect_close() == (1008, code)


async def test_foreign_and_ended_sessions_are_refused(server: RunningServer) -> None:
    session_id = await new_session(server)
    foreign = await WireClient.connect(server, session_id, token=server.token("eve"))
    assert await foreign.expect_close() == (1008, "AUTH_UNAUTHORIZED")
    async with server.http("anna") as http:
        await http.delete(f"/sessions/{session_id}")
    for token in (None, server.token("anna")):
        client = await WireClient.connect(server, session_id, token=token)
        assert await client.expect_close() == (1008, "SESSION_INACTIVE")


async def test_a_token_may_stand_in_the_address_unless_turned_off(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        session_id = await new_session(server)
        client = await WireClient.connect(server, session_id, token_query=server.token("anna"))
        assert (await client.expect("welcome"))["role"] == "speaker"
        await client.close()
    async with running_server(tmp_path, query_tokens=False) as server:
        client = await WireClient.connect(server, session_id, token_query=server.token("anna"))
        assert await client.expect_close() == (1008, "AUTH_TOKEN_INVALID")


async def test_a_header_works_too_and_a_bad_one_is_not_overlooked(server: RunningServer) -> None:
    session_id = await new_session(server)
    good = {"Authorization": f"Bearer {server.token('anna')}"}
    async with await WireClient.connect(server, session_id, headers=good) as client:
        assert (await client.expect("welcome"))["role"] == "speaker"
    for bad in ("", "Bearer", "Bearer x", "Token YTpi"):
        refused = await WireClient.connect(server, session_id, headers={"Authorization": bad})
        assert await refused.expect_close() == (1008, "AUTH_TOKEN_INVALID")


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://localhost.evil.test"])
async def test_foreign_pages_may_not_connect(server: RunningServer, origin: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await WireClient.connect(server, headers={"Origin": origin})
    assert caught.value.status == 403
    assert count_of(server.metrics, "lectern_attacks_total", kind="foreign-page") == 1


async def test_own_pages_may_connect(server: RunningServer) -> None:
    for origin in (server.url, "http://localhost:5173"):
        async with await WireClient.connect(server, headers={"Origin": origin}) as client:
            await client.expect("welcome")
