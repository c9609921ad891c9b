"""What SQLite's store does beyond the contract of all stores (test_store_contract)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.database import Database
from backend.ports import StoreUnavailable
from backend.sessions import store as store_module
from backend.sessions.creation_limit import SqliteCreationLimit
from backend.sessions.store import SqliteSessionStore
from tests.support.server_clock import ServerClock
from tests.unit.backend.sessions.storages import DAY_MS, new_session


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(tmp_path / "test.sqlite3")
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def store(database: Database, clock: ServerClock) -> SqliteSessionStore:
    return SqliteSessionStore(database, clock, DAY_MS)


async def test_sessions_and_creations_are_found_after_a_restart(
    store: SqliteSessionStore, database: Database, clock: ServerClock
) -> None:
    session = await store.create(new_session("a-b-001", clock))
    assert await SqliteCreationLimit(database, 1).reserve("anna", clock.now_ms()) == 0
    assert await SqliteSessionStore(database, clock, DAY_MS).get("a-b-001") == session
    assert await SqliteCreationLimit(database, 1).reserve("anna", clock.now_ms()) > 0


async def test_the_cache_is_bounded(
    store: SqliteSessionStore, clock: ServerClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "_CACHE_SIZE", 2)
    made = [await store.create(new_session(f"a-b-{number:03d}", clock)) for number in range(4)]
    assert len(store._cache) == 2
    for session in made:
        assert await store.get(session.session_id) == session


async def test_a_database_that_does_not_answer_is_noticed(
    database: Database, store: SqliteSessionStore
) -> None:
    await store.check()
    await database.run(lambda connection: connection.close())
    with pytest.raises(StoreUnavailable):
        await store.check()
