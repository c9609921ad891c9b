"""How a session was attended: told to its owner, stored while it lives, and counted on after a restart."""

from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from backend.app import SERVICE, create_app
from backend.clock import SystemClock
from backend.data_dir import DATABASE
from backend.ports import StoreUnavailable
from backend.session_numbers import NumbersKeeper
from backend.sessions.numbers import SqliteNumbers
from backend.settings import Limits
from backend.sqlite_storage import SqliteStorage
from tests.integration.backend.api import create
from tests.integration.backend.wire_client import listener_of, new_session, speaker_of, until
from tests.support.memory_storage import MemoryStorage
from tests.support.server import RunningServer, running_server
from tests.support.server_clock import ServerClock

FLEETING = [1, 0, 0, 0, 0, 0]


async def own(server: RunningServer, subject: str = "anna") -> list[dict[str, Any]]:
    async with server.http(subject) as http:
        items: list[dict[str, Any]] = (await (await http.get("/sessions")).json())["items"]
        return items


async def stored(tmp_path: Path, session_id: str) -> Any:
    """What is on the disk once the server has stopped."""
    storage = SqliteStorage(tmp_path / "data" / DATABASE, Limits(), SystemClock())
    await storage.open()
    found = await storage.numbers.of([session_id])
    await storage.close()
    return found.get(session_id)


def keeper(server: RunningServer) -> NumbersKeeper:
    return server.app[SERVICE]._numbers


async def test_the_owner_reads_how_a_talk_went_and_nobody_else(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, server.http("anna") as http:
        created = await create(http)
        session_id = created["sessionId"]
        [waiting] = await own(server)
        assert waiting == {**created, "speakerConnected": False}
        async with await speaker_of(server, session_id) as speaker:
            async with await listener_of(server, session_id), await listener_of(server, session_id):
                [live] = await own(server)
                assert live["speakerConnected"] is True
                assert live["numbers"]["mostListeners"] == live["numbers"]["totalListeners"] == 2
                assert "endedAt" not in live
            await speaker.send("endSession", sessionId=session_id, reason="done")
            await speaker.expect("sessionEnded")
        [over] = await own(server)
        numbers = over.pop("numbers")
        assert created["createdAt"] <= numbers.pop("liveAt") <= over["endedAt"]
        told = {"mostListeners": 2, "totalListeners": 2, "listened": [2, 0, 0, 0, 0, 0], "interruptions": 0}
        assert numbers == told
        assert (over["status"], over["endReason"]) == ("ended", "done")
        assert over["endedAt"] == over["updatedAt"]
        public = await (await http.get(f"/sessions/{session_id}")).json()
        assert not {"numbers", "endReason", "endedAt", "speakerConnected"} & public.keys()
        assert await own(server, "ben") == []


@pytest.mark.parametrize("kind", ["sqlite", "memory"])
async def test_a_restarted_server_goes_on_counting(tmp_path: Path, kind: str) -> None:
    storage = MemoryStorage(Limits(), SystemClock())
    ports = {"make_app": partial(create_app, storage=storage)} if kind == "memory" else {}
    async with running_server(tmp_path, **ports) as server:
        session_id = await new_session(server)
        speaker = await speaker_of(server, session_id)
        ears, gone = [await listener_of(server, session_id) for _ in range(2)]
        await gone.close()
        await until(lambda: server.hub.listener_count(session_id) == 1)
        resume = ears.welcome["connectionId"]
        live_at = (await own(server))[0]["numbers"]["liveAt"]
    for one in (speaker, ears):
        await one.close()
    async with running_server(tmp_path, **ports) as server:
        [waiting] = await own(server)
        assert (waiting["speakerConnected"], waiting["numbers"]["totalListeners"]) == (False, 2)
        async with (
            await speaker_of(server, session_id),
            await listener_of(server, session_id, resume=resume, lastSeq=-1),
        ):
            numbers = (await own(server))[0]["numbers"]
    told = {"mostListeners": 2, "totalListeners": 2, "listened": [2, 0, 0, 0, 0, 0], "interruptions": 1}
    assert numbers == {"liveAt": live_at, **told}


async def test_numbers_are_written_while_a_talk_lives(tmp_path: Path) -> None:
    clock = ServerClock()
    storage = MemoryStorage(Limits(), clock)
    make_app = partial(create_app, storage=storage)
    async with running_server(tmp_path, make_app=make_app, sweep_every_s=0.05) as server:
        session_id = await new_session(server)
        async with await speaker_of(server, session_id), await listener_of(server, session_id):
            # It may be written first when the listener has not come yet.
            await until(lambda: _most(storage, session_id) == 1)


def _most(storage: MemoryStorage, session_id: str) -> int:
    """Most listeners at once, as stored; 0 before anything is."""
    stored = storage.numbers.stored.get(session_id)
    return stored.most_listeners if stored is not None else 0


async def test_numbers_that_cannot_be_written_disturb_no_talk_and_are_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, refusals = SqliteNumbers.write, 0

    async def full(_store: SqliteNumbers, _numbers: Any) -> None:
        nonlocal refusals
        refusals += 1
        raise StoreUnavailable("database or disk is full")

    async with running_server(tmp_path) as server:
        monkeypatch.setattr(SqliteNumbers, "write", full)
        session_id = await new_session(server)
        async with (
            await speaker_of(server, session_id) as speaker,
            await listener_of(server, session_id) as ears,
        ):
            await speaker.send("endSession", sessionId=session_id, reason="done")
            await ears.expect("sessionEnded")
        await until(lambda: refusals > 0)
        assert (await own(server))[0]["numbers"]["listened"] == FLEETING
        monkeypatch.setattr(SqliteNumbers, "write", write)
        await keeper(server).write()
        assert keeper(server)._over == {}
    assert (await stored(tmp_path, session_id)).listened == tuple(FLEETING)


async def test_what_is_unchanged_is_not_written_again(tmp_path: Path) -> None:
    clock = ServerClock()
    storage = MemoryStorage(Limits(), clock)
    async with running_server(tmp_path, make_app=partial(create_app, storage=storage)) as server:
        session_id = await new_session(server)
        async with await speaker_of(server, session_id):
            await keeper(server).write()
            written = storage.numbers.stored.pop(session_id)
            await keeper(server).write()
            assert storage.numbers.stored == {}
            assert written.under_way == ()


async def test_a_list_of_all_pages_tells_each_talks_own_numbers(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, server.http("anna") as http:
        for number in range(3):
            session_id = (await create(http))["sessionId"]
            async with await speaker_of(server, session_id):
                for _ in range(number):
                    await (await listener_of(server, session_id)).close()
        totals, query = [], {"limit": "2"}
        while True:
            page = await _page(http, query)
            totals += [one["numbers"]["totalListeners"] for one in page["items"]]
            if "nextCursor" not in page:
                break
            query["cursor"] = page["nextCursor"]
        assert totals == [2, 1, 0]


async def _page(http: aiohttp.ClientSession, query: dict[str, str]) -> dict[str, Any]:
    page: dict[str, Any] = await (await http.get("/sessions", params=query)).json()
    return page
