"""A database that fails for a while costs what it was asked for then, and nothing after that."""

import logging
import sqlite3
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from backend.app import create_app
from backend.clock import SystemClock
from backend.data_dir import DATABASE
from backend.database import Database, transaction
from backend.live.room import Room
from backend.ports import StoreUnavailable
from backend.sessions.store import SqliteSessionStore
from backend.settings import Limits
from backend.sqlite_storage import SqliteStorage
from tests.integration.backend.api import CONFIG, create, problem
from tests.integration.backend.test_identity import call, refresh, sign_in
from tests.integration.backend.wire_client import (
    WireClient,
    frame,
    listener_of,
    new_session,
    speaker_of,
    until,
)
from tests.support.server import RunningServer, running_server


async def test_the_sweep_outlives_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    alive, calls = SqliteSessionStore.alive, 0

    async def full_at_first(store: SqliteSessionStore) -> object:
        nonlocal calls
        calls += 1
        # The first call is the start's, which would not survive it.
        if calls in (2, 3):
            raise StoreUnavailable("database or disk is full")
        return await alive(store)

    monkeypatch.setattr(SqliteSessionStore, "alive", full_at_first)
    async with (
        running_server(tmp_path, sweep_every_s=0.05, session_s=0.2) as server,
        server.http("anna") as http,
        await listener_of(server, (await create(http))["sessionId"]) as ears,
    ):
        assert (await ears.expect("sessionEnded"))["reason"] == "expired"
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == [
        "the sweep failed; it is tried again"
    ] * 2


FULL, READ_ONLY = "PRAGMA max_page_count = 1", "PRAGMA query_only = ON"
"""SQLite itself then says "database or disk is full", and "attempt to write a readonly database"."""


class Disk:
    """A server's database whose disk can be spoilt."""

    def __init__(self, folder: Path) -> None:
        (folder / "data").mkdir()
        self.path = folder / "data" / DATABASE
        self.storage = SqliteStorage(self.path, Limits(creations_per_hour=1000), SystemClock())

    async def spoil(self, pragma: str = READ_ONLY) -> None:
        await self.storage._database.run(lambda connection: connection.execute(pragma))

    async def mend(self) -> None:
        await self.spoil("PRAGMA query_only = OFF")

    def status_of(self, session_id: str) -> tuple[str, str]:
        """What is on the disk, after the server has stopped."""
        with sqlite3.connect(self.path) as connection:
            query = "SELECT status, end_reason FROM sessions WHERE session_id = ?"
            found: tuple[str, str] = connection.execute(query, (session_id,)).fetchone()
        connection.close()
        return found


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


def serving(disk: Disk, **settings: float) -> AbstractAsyncContextManager[RunningServer]:
    return running_server(
        disk.path.parent.parent, make_app=partial(create_app, storage=disk.storage), **settings
    )


async def test_on_a_full_disk_a_talk_goes_on_and_can_be_ended(disk: Disk) -> None:
    async with serving(disk) as server, server.http("anna") as http:
        session_id = (await create(http))["sessionId"]
        # The speaker comes for the first time only now, and a listener: neither needs the disk.
        await disk.spoil()
        async with (
            await speaker_of(server, session_id) as speaker,
            await listener_of(server, session_id) as ears,
        ):
            await speaker.send_bytes(frame(0))
            assert await ears.expect_bytes() == frame(0)
            await speaker.send("pauseBroadcast", requestId="1")
            refused = await speaker.expect("error")
            assert (refused["code"], refused["requestId"]) == ("SERVICE_UNAVAILABLE", "1")
            assert refused["retryAfter"] > 0
            await speaker.send_bytes(frame(1))
            assert await ears.expect_bytes() == frame(1)
            await speaker.send("endSession", sessionId=session_id, reason="done")
            assert (await ears.expect("sessionEnded"))["reason"] == "done"
        assert (await (await http.get(f"/sessions/{session_id}")).json())["status"] == "ended"
        assert [one["status"] for one in (await (await http.get("/sessions")).json())["items"]] == ["ended"]
        late = await WireClient.connect(server, session_id)
        assert await late.expect_close() == (1008, "SESSION_INACTIVE")
        await disk.mend()
    assert disk.status_of(session_id) == ("ended", "done")


@pytest.mark.parametrize("trouble", [FULL, READ_ONLY])
async def test_a_full_disk_is_a_sentence_and_no_500(disk: Disk, trouble: str) -> None:
    async with serving(disk) as server, server.http("anna") as http:
        await disk.spoil(trouble)
        for _ in range(200):
            answer = await http.post("/sessions", json=CONFIG)
            if answer.status != 201:
                break
        assert await problem(answer) == (503, "SERVICE_UNAVAILABLE")
        assert answer.headers["Retry-After"] == "2"
        assert "saved" in (await answer.json(content_type=None))["message"]
        assert (await http.get("/ready")).status == 200
        speaker = await WireClient.connect(server, None, token=server.token("anna"))
        await speaker.send("createSession", sourceLanguage="en", qualityTier="standard")
        assert (await speaker.expect("error"))["code"] == "SERVICE_UNAVAILABLE"
        await speaker.close()


async def test_sign_ins_go_on_being_refreshed_on_a_full_disk(disk: Disk) -> None:
    async with serving(disk) as server, server.http() as http:
        kept = (await sign_in(http))["RefreshToken"]
        await disk.spoil()
        assert (await refresh(http, kept))[0] == 200
        async with http.post("/cognito/", data=b"{}", headers={"X-Amz-Target": "x"}) as answer:
            assert answer.status == 400
        status, body = await password_sign_in(server)
        assert (status, body["__type"]) == (503, "InternalErrorException")


async def password_sign_in(server: RunningServer) -> tuple[int, dict[str, Any]]:
    account = server.account
    parameters = {"USERNAME": account["email"], "PASSWORD": account["password"]}
    async with server.http() as http:
        return await call(
            http,
            "InitiateAuth",
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=account["clientId"],
            AuthParameters=parameters,
        )


async def test_a_talk_that_was_left_ends_in_memory_and_then_on_disk(disk: Disk) -> None:
    async with (
        serving(disk, grace_s=0.05, sweep_every_s=0.05) as server,
        await listener_of(server, session_id := await new_session(server)) as ears,
    ):
        speaker = await speaker_of(server, session_id)
        await disk.spoil()
        await speaker.close()
        assert (await ears.expect("sessionEnded"))["reason"] == "speaker-left"
        await disk.mend()
    assert disk.status_of(session_id) == ("ended", "speaker-left")


async def test_a_failed_commit_blocks_nothing_that_comes_later(tmp_path: Path) -> None:
    database = Database(tmp_path / "test.sqlite3")
    await database.open()

    def fails_at_commit(connection: sqlite3.Connection) -> None:
        with transaction(connection):
            connection.execute("PRAGMA defer_foreign_keys = ON")
            connection.execute("INSERT INTO child VALUES (1)")

    def tables(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        connection.execute("CREATE TABLE child (id INTEGER REFERENCES parent (id))")

    await database.run(tables)
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="FOREIGN KEY"):
            await database.run(fails_at_commit)
    await database.close()


async def test_statuses_go_on_after_one_that_could_not_be_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    push, calls = Room.push_status, 0

    def broken_at_first(room: Room) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ValueError("broken")
        push(room)

    monkeypatch.setattr(Room, "push_status", broken_at_first)
    async with running_server(tmp_path) as server:
        session_id = await new_session(server)
        async with await speaker_of(server, session_id) as speaker:
            await until(lambda: calls > 0)
            async with await listener_of(server, session_id):
                await speaker.expect("sessionStatus")
    assert "a status could not be sent" in caplog.text
