"""A database that fails for a while costs what it was asked for then, and nothing after that."""

import logging
from pathlib import Path

import pytest

from backend.live.room import Room
from backend.ports import StoreUnavailable
from backend.records import Session
from backend.sessions.store import SqliteSessionStore
from tests.integration.backend.api import create
from tests.integration.backend.wire_client import listener_of, new_session, speaker_of, until
from tests.support.server import running_server


async def test_the_sweep_outlives_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    expired, calls = SqliteSessionStore.expired, 0

    async def full_at_first(store: SqliteSessionStore, now_ms: int) -> object:
        nonlocal calls
        calls += 1
        if calls < 3:
            raise StoreUnavailable("database or disk is full")
        return await expired(store, now_ms)

    monkeypatch.setattr(SqliteSessionStore, "expired", full_at_first)
    async with (
        running_server(tmp_path, sweep_every_s=0.05, session_s=0.2) as server,
        server.http("anna") as http,
        await listener_of(server, (await create(http))["sessionId"]) as ears,
    ):
        assert (await ears.expect("sessionEnded"))["reason"] == "expired"
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == [
        "the sweep failed; it is tried again"
    ] * 2


async def test_a_session_that_cannot_be_ended_is_logged_and_ended_by_the_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    replace, reasons = SqliteSessionStore.replace, []

    async def full_at_first(store: SqliteSessionStore, session: Session) -> object:
        reasons.append(session.end_reason)
        if len(reasons) == 1:
            raise StoreUnavailable("database or disk is full")
        return await replace(store, session)

    monkeypatch.setattr(SqliteSessionStore, "replace", full_at_first)
    async with (
        running_server(tmp_path, grace_s=0.05, sweep_every_s=0.05, session_s=1) as server,
        await listener_of(server, session_id := await new_session(server)) as ears,
    ):
        await (await speaker_of(server, session_id)).close()
        assert (await ears.expect("sessionEnded"))["reason"] == "expired"
    assert reasons == ["speaker-left", "expired"]
    assert "a session could not be ended" in caplog.text


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
