"""Connections that break and return: grace, takeover, replay, restarts."""

import asyncio
from pathlib import Path

import aiohttp

from tests.integration.backend.api import create
from tests.integration.backend.wire_client import (
    WireClient,
    frame,
    listener_of,
    new_session,
    speaker_of,
    until,
)
from tests.support.server import RunningServer, running_server


async def test_everybody_is_told_how_long_a_session_waits_for_its_speaker(tmp_path: Path) -> None:
    async with running_server(tmp_path, grace_s=7.5) as server:
        session_id = await new_session(server)
        async with (
            await speaker_of(server, session_id) as speaker,
            await listener_of(server, session_id) as ears,
            await WireClient.connect(server) as unseated,
        ):
            assert speaker.welcome["graceMs"] == ears.welcome["graceMs"] == 7500
            assert (await unseated.expect("welcome"))["graceMs"] == 7500


async def test_a_speaker_that_returns_in_time_goes_on(tmp_path: Path) -> None:
    async with running_server(tmp_path, grace_s=30) as server:
        session_id = await new_session(server)
        async with await listener_of(server, session_id) as ears:
            speaker = await speaker_of(server, session_id)
            await speaker.send_bytes(frame(41))
            assert await ears.expect_bytes() == frame(41)
            await speaker.close()
            assert 0 < (await ears.expect("speakerAway"))["graceMs"] <= 30_000
            async with await listener_of(server, session_id) as late:
                assert 0 < (await late.expect("speakerAway"))["graceMs"] <= 30_000
            async with await speaker_of(server, session_id) as speaker:
                assert speaker.welcome["fromSeq"] == 42
                await ears.expect("speakerBack")
                await speaker.send_bytes(frame(42))
                assert await ears.expect_bytes() == frame(42)


async def test_a_speaker_that_stays_away_ends_the_session(tmp_path: Path) -> None:
    async with running_server(tmp_path, grace_s=0.2) as server:
        session_id = await new_session(server)
        async with await listener_of(server, session_id) as ears:
            await (await speaker_of(server, session_id)).close()
            await ears.expect("speakerAway")
            assert (await ears.expect("sessionEnded"))["reason"] == "speaker-left"
            assert await ears.expect_close() == (1000, "speaker-left")


async def test_a_session_nobody_spoke_in_waits_longer_than_for_a_speaker_who_left(tmp_path: Path) -> None:
    async with running_server(tmp_path, grace_s=0.05) as server, server.http("anna") as http:
        session_id = await new_session(server)
        async with await listener_of(server, session_id):
            await asyncio.sleep(0.2)
            assert (await (await http.get(f"/sessions/{session_id}")).json())["status"] == "active"


async def test_a_session_whose_speaker_never_comes_ends_for_that_reason(tmp_path: Path) -> None:
    async with running_server(tmp_path, first_join_s=0.3) as server, server.http("anna") as http:
        session_id = (await create(http))["sessionId"]
        async with await listener_of(server, session_id) as ears:
            assert "graceMs" not in await ears.expect("speakerAway")
            assert (await ears.expect("sessionEnded"))["reason"] == "speaker-never-came"
        assert (await (await http.get(f"/sessions/{session_id}")).json())["status"] == "ended"


async def test_a_speaker_who_came_in_time_is_waited_for_no_more(tmp_path: Path) -> None:
    async with running_server(tmp_path, first_join_s=0.2) as server, server.http("anna") as http:
        session_id = (await create(http))["sessionId"]
        async with await speaker_of(server, session_id):
            await asyncio.sleep(0.4)
            assert (await (await http.get(f"/sessions/{session_id}")).json())["status"] == "active"


async def test_a_replayed_creation_does_not_wait_anew(tmp_path: Path) -> None:
    async with running_server(tmp_path, first_join_s=1.5) as server, server.http("anna") as http:
        key = {"Idempotency-Key": "00000000-0000-4000-8000-000000000001"}
        session_id = (await create(http, **key))["sessionId"]
        async with await speaker_of(server, session_id):
            assert (await create(http, **key))["sessionId"] == session_id
            await asyncio.sleep(1.6)
            assert (await (await http.get(f"/sessions/{session_id}")).json())["status"] == "active"


async def test_the_newest_connection_of_the_speaker_wins(server: RunningServer) -> None:
    session_id = await new_session(server)
    async with await listener_of(server, session_id) as ears:
        old = await speaker_of(server, session_id)
        async with await speaker_of(server, session_id) as new:
            assert (await old.expect_close())[0] == 4001
            await new.send_bytes(frame(1))
            assert await ears.expect_bytes() == frame(1)


async def test_what_was_muted_stays_muted(server: RunningServer) -> None:
    session_id = await new_session(server)
    speaker = await speaker_of(server, session_id)
    await speaker.send("muteBroadcast")
    await speaker.expect("broadcastMuted")
    await speaker.close()
    async with await speaker_of(server, session_id):
        client = await WireClient.connect(server, session_id)
        async with client as ears:
            assert (await ears.expect("sessionJoined"))["muted"] is True
            await ears.expect("broadcastMuted")


async def test_a_listener_that_returns_hears_what_it_missed(server: RunningServer) -> None:
    session_id = await new_session(server)
    async with await speaker_of(server, session_id) as speaker:
        ears = await listener_of(server, session_id)
        watcher = await listener_of(server, session_id)
        for seq in range(20):
            await speaker.send_bytes(frame(seq))
        for seq in range(10):
            assert await ears.expect_bytes() == frame(seq)
        for _ in range(20):
            await watcher.expect_bytes()
        back = await WireClient.connect(server, session_id, resume=ears.welcome["connectionId"], lastSeq="9")
        welcome = await back.expect("welcome")
        assert (welcome["resumed"], welcome["fromSeq"]) == (True, 10)
        assert welcome["epoch"] == ears.welcome["epoch"]
        await speaker.send_bytes(frame(20))
        assert [await back.expect_bytes() for _ in range(11)] == [frame(seq) for seq in range(10, 21)]
        assert server.hub.listener_count(session_id) == 2
        for client in (ears, watcher, back):
            await client.close()


async def test_a_listener_that_was_away_too_long_is_told(tmp_path: Path) -> None:
    async with running_server(tmp_path, replay_s=0) as server:
        session_id = await new_session(server)
        async with (
            await speaker_of(server, session_id) as speaker,
            await listener_of(server, session_id) as ears,
        ):
            await speaker.send_bytes(frame(8))
            await ears.expect_bytes()
            client = await WireClient.connect(server, session_id, resume="unknown", lastSeq="3")
            async with client as back:
                welcome = await back.expect("welcome")
                assert (welcome["resumed"], welcome["fromSeq"]) == (False, 9)
                await back.expect("speakerBack")


async def test_odd_resume_parameters_are_a_plain_join(server: RunningServer) -> None:
    session_id = await new_session(server)
    for last_seq in ("", "-1", "x", "1e9", "9" * 50, "٣"):
        client = await WireClient.connect(server, session_id, resume="x" * 500, lastSeq=last_seq)
        assert (await client.expect("welcome"))["resumed"] in (True, False)
        await client.close()


async def test_a_server_that_stops_says_when_to_come_back(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        session_id = await new_session(server)
        clients = [
            await speaker_of(server, session_id),
            await listener_of(server, session_id),
            await WireClient.connect(server),
        ]
        farewells = [asyncio.create_task(_farewell(client)) for client in clients]
        await asyncio.sleep(0)
    assert await asyncio.gather(*farewells) == [(1012, "restarting")] * 3


async def _farewell(client: WireClient) -> tuple[int, str]:
    assert 0 <= (await client.expect("goaway"))["reconnectInMs"] < 1000
    return await client.expect_close()


async def test_a_session_outlives_a_restart(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        session_id = await new_session(server)
        await (await speaker_of(server, session_id)).close()
    async with (
        running_server(tmp_path) as server,
        await listener_of(server, session_id) as ears,
        await speaker_of(server, session_id) as speaker,
    ):
        await speaker.send_bytes(frame(500))
        assert await ears.expect_bytes() == frame(500)


async def test_after_a_restart_listeners_learn_how_long_the_speaker_is_waited_for(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, server.http("anna") as http:
        spoken, unspoken = await new_session(server), (await create(http))["sessionId"]
        await (await speaker_of(server, spoken)).close()
    async with (
        running_server(tmp_path, grace_s=30) as server,
        await listener_of(server, spoken) as ears,
        await listener_of(server, unspoken) as early,
    ):
        assert 0 < (await ears.expect("speakerAway"))["graceMs"] <= 30_000
        assert "graceMs" not in await early.expect("speakerAway")


async def test_after_a_restart_no_speaker_is_waited_for_for_ever(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, server.http("anna") as http:
        spoken, unspoken = await new_session(server), (await create(http))["sessionId"]
        await (await speaker_of(server, spoken)).close()
    async with running_server(tmp_path, grace_s=0.3) as server, server.http() as http:
        async with await listener_of(server, spoken) as ears:
            assert (await ears.expect("sessionEnded"))["reason"] == "speaker-left"
        assert (await (await http.get(f"/sessions/{unspoken}")).json())["status"] == "active"
    async with (
        running_server(tmp_path, first_join_s=0.3) as server,
        await listener_of(server, unspoken) as ears,
    ):
        assert (await ears.expect("sessionEnded"))["reason"] == "speaker-never-came"


async def test_a_dead_listener_is_noticed_by_its_silence(tmp_path: Path) -> None:
    async with running_server(tmp_path, ping_every_s=0.1, silent_s=0.3, health_check_every_s=0.05) as server:
        session_id = await new_session(server)
        async with aiohttp.ClientSession() as http:
            # autoping off: a client that lives but never answers.
            ws = await http.ws_connect(
                server.ws_url, params={"sessionId": session_id}, protocols=["lectern.v1"], autoping=False
            )
            await until(lambda: server.hub.listener_count(session_id) == 1)
            await until(lambda: server.hub.listener_count(session_id) == 0)
            await ws.close()
