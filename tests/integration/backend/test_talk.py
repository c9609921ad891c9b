"""What happens in a talk: control, sound, status, its end."""

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from pylib.protocol.frames import KIND_OPUS, FrameHeader, encode
from tests.integration.backend.api import CONFIG
from tests.integration.backend.wire_client import WireClient, frame, listener_of, new_session, speaker_of
from tests.support.server import RunningServer, running_server


async def test_the_speaker_controls_and_listeners_are_told(server: RunningServer) -> None:
    session_id = await new_session(server)
    async with await speaker_of(server, session_id) as speaker, await listener_of(server, session_id) as ears:
        for action, told in (
            ("pauseBroadcast", "broadcastPaused"),
            ("resumeBroadcast", "broadcastResumed"),
            ("muteBroadcast", "broadcastMuted"),
            ("unmuteBroadcast", "broadcastUnmuted"),
            ("pauseBroadcast", "broadcastPaused"),
        ):
            await speaker.send(action, requestId=action)
            assert (await ears.expect(told))["sessionId"] == session_id
            await speaker.expect(told, requestId=action)
        await speaker.send("pauseBroadcast", requestId="again")
        await speaker.expect("broadcastPaused", requestId="again")
        await speaker.send("resumeBroadcast")
        await speaker.expect("broadcastResumed")
        await speaker.send("resumeBroadcast", requestId="again")
        await speaker.expect("broadcastResumed", requestId="again")


@pytest.mark.parametrize("channel", [1, 255])
async def test_a_foreign_channel_is_refused_and_nobody_hears_it(server: RunningServer, channel: int) -> None:
    session_id = await new_session(server)
    foreign = encode(FrameHeader(KIND_OPUS, channel, 0, 0, 0), b"elsewhere")
    async with await speaker_of(server, session_id) as speaker, await listener_of(server, session_id) as ears:
        await speaker.send_bytes(foreign)
        assert (await speaker.expect("error"))["code"] == "VALIDATION_INVALID_PARAMETER"
        await speaker.send_bytes(frame(0))
        assert await ears.expect_bytes() == frame(0)


async def test_sound_stops_exactly_between_pause_and_resume(server: RunningServer) -> None:
    session_id = await new_session(server)
    async with await speaker_of(server, session_id) as speaker, await listener_of(server, session_id) as ears:
        for seq in range(30):
            if seq == 10:
                await speaker.send("pauseBroadcast")
            if seq == 20:
                await speaker.send("resumeBroadcast")
            await speaker.send_bytes(frame(seq))
        await speaker.send("muteBroadcast")
        told: list[Any] = []
        while "broadcastMuted" not in told:
            arrived = await ears.receive()
            if arrived.type is aiohttp.WSMsgType.BINARY:
                told.append(int.from_bytes(arrived.data[4:8], "big"))
            else:
                told.append(json.loads(arrived.data)["type"])
        expected = [*range(10), "broadcastPaused", "broadcastResumed", *range(20, 30), "broadcastMuted"]
        assert [one for one in told if one not in ("speakerBack", "speakerAway")] == expected


async def test_http_does_to_people_what_the_socket_does(server: RunningServer) -> None:
    session_id = await new_session(server)
    url = f"/sessions/{session_id}"
    async with server.http("anna") as http, await speaker_of(server, session_id) as speaker:
        ears = await listener_of(server, session_id)
        await http.patch(url, json={"status": "paused"})
        await ears.expect("broadcastPaused")
        await speaker.expect("broadcastPaused")
        async with await WireClient.connect(server, session_id) as late:
            assert (await late.expect("sessionJoined"))["status"] == "paused"
        await http.patch(url, json={"status": "active"})
        await ears.expect("broadcastResumed")
        await http.patch(url, json={"sourceLanguage": "fr"})
        await http.delete(url)
        for client in (ears, speaker):
            assert (await client.expect("sessionEnded"))["reason"] == "ended"
            assert await client.expect_close() == (1000, "ended")


async def test_the_speaker_ends_the_session(server: RunningServer) -> None:
    session_id = await new_session(server)
    speaker, ears = await speaker_of(server, session_id), await listener_of(server, session_id)
    await speaker.send("endSession", sessionId="golden-eagle-427", requestId="r0")
    assert (await speaker.expect("error", requestId="r0"))["code"] == "VALIDATION_INVALID_PARAMETER"
    await speaker.send("endSession", sessionId=session_id, reason="à bientôt " * 15, requestId="r1")
    assert (await speaker.expect("sessionEnded", requestId="r1"))["reason"] == "à bientôt " * 15
    code, reason = await ears.expect_close()
    assert code == 1000
    assert ("à bientôt " * 15).startswith(reason)
    assert (await speaker.expect_close())[0] == 1000
    async with server.http("anna") as http:
        assert (await (await http.get(f"/sessions/{session_id}")).json())["status"] == "ended"


@pytest.mark.parametrize(
    "action",
    ["pauseBroadcast", "muteBroadcast", "endSession", "getSessionStatus", "sendAudio", "createSession"],
)
async def test_a_listener_may_not_act_as_the_speaker(server: RunningServer, action: str) -> None:
    session_id = await new_session(server)
    async with await speaker_of(server, session_id), await listener_of(server, session_id) as ears:
        await ears.send(action, requestId="r1", audioData="AAAA", **CONFIG)
        error = await ears.expect("error", requestId="r1")
        assert error["code"] in ("AUTH_UNAUTHORIZED", "AUTH_MISSING_TOKEN")
        await ears.send_bytes(frame(0))
        assert (await ears.expect("error"))["code"] == "AUTH_UNAUTHORIZED"


async def test_heartbeats_carry_the_servers_time(server: RunningServer) -> None:
    async with await WireClient.connect(server) as client:
        await client.send("heartbeat", timestamp=123456.5, id=7, requestId="h1")
        answer = await client.expect("heartbeatAck", requestId="h1")
        assert (answer["timestamp"], answer["id"]) == (123456.5, 7)
        assert answer["serverTime"] > 1_600_000_000_000
        await client.send("heartbeat")
        answer = await client.expect("heartbeatAck")
        assert answer["timestamp"] == answer["serverTime"]


async def test_what_listeners_hear_reaches_the_speaker(server: RunningServer) -> None:
    session_id = await new_session(server)
    async with (
        await speaker_of(server, session_id) as speaker,
        await listener_of(server, session_id, targetLanguage="es") as one,
        await listener_of(server, session_id) as two,
    ):
        report = {"bufferMs": 60, "gaps": 0, "lastSeq": 5}
        await one.send("playbackReport", audible=True, state="live", earDelayMs=140, **report)
        await two.send("playbackReport", audible=False, state="blocked", earDelayMs=0, **report)
        hearing = {"audible": 1, "blocked": 1, "medianEarDelayMs": 140}
        status = await speaker.expect("sessionStatus", hearing=hearing)
        assert (status["listenerCount"], status["languageDistribution"]) == (2, {"es": 1})
        await two.send("switchLanguage", targetLanguage="fr", requestId="l1")
        assert (await two.expect("languageChanged", requestId="l1"))["targetLanguage"] == "fr"
        await speaker.expect("sessionStatus", languageDistribution={"es": 1, "fr": 1})
        await two.close()
        await speaker.expect("sessionStatus", listenerCount=1)


async def test_silent_listeners_stop_counting_as_hearing(tmp_path: Path) -> None:
    async with running_server(tmp_path, hearing_valid_s=0.2, status_every_s=0.01) as server:
        session_id = await new_session(server)
        async with await speaker_of(server, session_id) as mic, await listener_of(server, session_id) as ears:
            report = {"bufferMs": 0, "gaps": 0, "lastSeq": 0, "state": "live"}
            await ears.send("playbackReport", audible=True, earDelayMs=1, **report)
            await mic.expect("sessionStatus", hearing={"audible": 1, "blocked": 0, "medianEarDelayMs": 1})
            nobody = {"audible": 0, "blocked": 0, "medianEarDelayMs": None}
            await mic.expect("sessionStatus", hearing=nobody, listenerCount=1)


async def test_a_refreshed_connection_finds_its_seat(server: RunningServer) -> None:
    session_id = await new_session(server)
    async with await WireClient.connect(server, token=server.token("anna")) as speaker:
        await speaker.send("refreshConnection", sessionId=session_id, requestId="r1")
        done = await speaker.expect("connectionRefreshComplete", requestId="r1")
        assert done["sessionId"] == session_id
        async with await WireClient.connect(server) as ears:
            await ears.send("refreshConnection", sessionId=session_id)
            await ears.expect("sessionJoined")
            await ears.expect("connectionRefreshComplete")
            await speaker.send_bytes(frame(3))
            assert await ears.expect_bytes() == frame(3)
        await speaker.send("refreshConnection")
        await speaker.expect("connectionRefreshComplete", sessionId=session_id)
    async with await WireClient.connect(server) as lost:
        await lost.send("refreshConnection", sessionId="nobody")
        assert (await lost.expect("error"))["code"] == "SESSION_INVALID_ID_FORMAT"


async def test_a_full_session_says_so_in_both_ways_in(tmp_path: Path) -> None:
    async with running_server(tmp_path, max_listeners=2) as server:
        session_id = await new_session(server)
        async with await listener_of(server, session_id), await listener_of(server, session_id) as second:
            third = await WireClient.connect(server, session_id)
            assert await third.expect_close() == (1008, "SESSION_MAX_LISTENERS_REACHED")
            async with await WireClient.connect(server) as legacy:
                await legacy.send("joinSession", sessionId=session_id)
                assert (await legacy.expect("error"))["code"] == "SESSION_MAX_LISTENERS_REACHED"
                await second.close()
                await legacy.send("joinSession", sessionId=session_id)
                await legacy.expect("sessionJoined")


async def test_a_plain_get_is_no_connection(server: RunningServer) -> None:
    async with server.http() as http:
        answer = await http.get("/ws")
        assert answer.status == 400
        assert answer.headers["Content-Type"] == "application/problem+json"


async def test_trouble_inside_is_told_and_survived(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with await WireClient.connect(server, token=server.token("anna")) as client:

        async def broken(*_: object, **__: object) -> None:
            raise RuntimeError("disk full")

        with monkeypatch.context() as patch:
            patch.setattr("backend.service.SessionService.create", broken)
            await client.send("createSession", **CONFIG, requestId="r1")
            error = await client.expect("error", requestId="r1")
            assert error["code"] == "INTERNAL_SERVER_ERROR"
            assert "disk" not in json.dumps(error)
        await client.send("createSession", **CONFIG, requestId="r2")
        await client.expect("sessionCreated", requestId="r2")
        with monkeypatch.context() as patch:
            patch.setattr("backend.service.SessionService.find_alive", broken)
            refused = await WireClient.connect(server, "golden-eagle-427")
            assert await refused.expect_close() == (1011, "INTERNAL_SERVER_ERROR")
