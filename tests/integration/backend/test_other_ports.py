"""The server on other ports: stores in memory, a bus shared with a test, a clock that the test moves."""

import time
from dataclasses import replace
from functools import partial
from pathlib import Path

from backend.app import create_app
from backend.bus import LocalBus
from backend.records import Session
from backend.settings import Limits
from tests.integration.backend.api import CONFIG, create
from tests.integration.backend.wire_client import frame, listener_of, speaker_of
from tests.support.memory_storage import MemoryStorage
from tests.support.server import running_server
from tests.support.server_clock import ServerClock


async def test_a_talk_needs_no_sqlite(tmp_path: Path) -> None:
    clock = ServerClock()
    make_app = partial(create_app, storage=MemoryStorage(Limits(), clock))
    async with running_server(tmp_path, make_app=make_app) as server, server.http("anna") as http:
        key = {"Idempotency-Key": "one-click"}
        created = await http.post("/sessions", json=CONFIG, headers=key)
        again = await http.post("/sessions", json=CONFIG, headers=key)
        assert await again.read() == await created.read()
        assert again.headers["Idempotent-Replayed"] == "true"
        session_id = (await created.json())["sessionId"]
        async with (
            await speaker_of(server, session_id, "anna") as speaker,
            await listener_of(server, session_id) as ears,
        ):
            await speaker.send_bytes(frame(0))
            assert await ears.expect_bytes() == frame(0)
            assert (await http.delete(f"/sessions/{session_id}")).status == 204
            await ears.expect("sessionEnded")
        assert not list((tmp_path / "data").glob("*.sqlite3*"))


async def test_people_hear_of_a_change_made_on_another_server(tmp_path: Path) -> None:
    bus = LocalBus()
    async with (
        running_server(tmp_path, make_app=partial(create_app, bus=bus)) as server,
        server.http("anna") as http,
    ):
        session_id = (await create(http))["sessionId"]
        news: list[Session] = []
        await bus.subscribe(lambda session, _: news.append(session))
        async with await listener_of(server, session_id) as ears:
            await http.patch(f"/sessions/{session_id}", json={"status": "paused"})
            await ears.expect("broadcastPaused")
            [paused] = news
            await bus.publish(replace(paused, status="active", version=paused.version + 1))
            await ears.expect("broadcastResumed")


async def test_a_session_ends_when_its_day_is_over(tmp_path: Path) -> None:
    # Tokens are made by this clock and checked by the computer's.
    clock = ServerClock(time.time() * 1000)
    # Else it ends sooner: its speaker never comes.
    day_s = 24 * 3600
    async with (
        running_server(tmp_path, make_app=partial(create_app, clock=clock), first_join_s=2 * day_s) as server,
        server.http("anna") as http,
    ):
        path = f"/sessions/{(await create(http))['sessionId']}"
        await clock.advance(day_s - 1)
        assert (await (await http.get(path)).json())["status"] == "active"
        await clock.advance(1)
        assert (await (await http.get(path)).json())["status"] == "ended"
