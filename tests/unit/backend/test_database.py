import os
import sqlite3
import stat
from collections.abc import AsyncIterator
from dataclasses import astuple, replace
from pathlib import Path

import pytest

from backend import database as database_module
from backend.database import Database, transaction
from backend.ports import NewerStore, StoreUnavailable
from backend.records import IdempotencyRecord, Session
from backend.sqlite_storage import SqliteStorage
from tests.support.server_clock import ServerClock
from tests.unit.backend.sessions.storages import LIMITS, new_session


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(tmp_path / "test.sqlite3")
    await made.open()
    yield made
    await made.close()


async def test_every_commit_waits_for_the_disk(database: Database) -> None:
    def pragmas(connection: sqlite3.Connection) -> tuple[str, int]:
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        return mode, connection.execute("PRAGMA synchronous").fetchone()[0]

    full = 2
    assert await database.run(pragmas) == ("wal", full)


@pytest.mark.parametrize("umask", [0, 0o22])
async def test_only_its_owner_can_read_the_database_and_what_lies_beside_it(
    tmp_path: Path, umask: int
) -> None:
    before = os.umask(umask)
    try:
        for existing in ("test.sqlite3-shm", "test.sqlite3-journal"):
            (tmp_path / existing).touch()
        for _ in range(2):
            database = Database(tmp_path / "test.sqlite3")
            await database.open()
            modes = _modes(tmp_path)
            assert {"test.sqlite3", "test.sqlite3-wal"} <= modes.keys()
            assert set(modes.values()) == {0o600}
            await database.close()
            _show_to_all(tmp_path)
    finally:
        os.umask(before)


def _modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


def _show_to_all(folder: Path) -> None:
    for file in folder.iterdir():
        file.chmod(0o644)


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "test.sqlite3"
    database = Database(path)
    await database.open()
    await database.run(lambda connection: connection.execute("INSERT INTO migrations VALUES (99)"))
    await database.close()
    before = path.read_bytes()
    older = Database(path)
    with pytest.raises(NewerStore, match="schema 99"):
        await older.open()
    await older.close()
    assert path.read_bytes() == before


async def test_opening_again_migrates_nothing_twice(tmp_path: Path) -> None:
    path = tmp_path / "test.sqlite3"
    for _ in range(3):
        database = Database(path)
        await database.open()
        versions = await database.run(
            lambda connection: [row[0] for row in connection.execute("SELECT version FROM migrations")]
        )
        assert versions == [*range(1, len(database_module.MIGRATIONS) + 1)]
        await database.close()


async def test_a_database_of_the_first_schema_keeps_all_it_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, clock = tmp_path / "test.sqlite3", ServerClock()
    first_schema = database_module.MIGRATIONS[:1]
    with monkeypatch.context() as older:
        older.setattr(database_module, "MIGRATIONS", first_schema)
        old = Database(path)
        await old.open()
        await old.run(lambda connection: _fill(connection, clock))
        await old.close()
    storage = SqliteStorage(path, LIMITS, clock)
    await storage.open()
    assert await storage.sessions.owned_by("anna", None, 10) == [
        replace(new_session(f"a-b-00{number}", clock), number=number) for number in (5, 4, 3, 2, 1)
    ]
    record = await storage.sessions.find_record("anna", "k")
    assert record == IdempotencyRecord("k", "digest", "a-b-001", "{}")
    assert await storage.creation_limit.reserve("anna", clock.now_ms()) > 0, "five were created lately"
    assert await storage.creation_limit.reserve("ben", clock.now_ms()) == 0, "his are older than an hour"
    await storage.close()


def _fill(connection: sqlite3.Connection, clock: ServerClock) -> None:
    """Five sessions of anna, with a key for the first; five of ben, an hour old."""
    for number in range(1, 6):
        _insert_as_at_first(connection, new_session(f"a-b-00{number}", clock))
    connection.execute(
        "INSERT INTO idempotency_keys VALUES ('anna', 'k', 'digest', 'a-b-001', '{}', ?)", (clock.now_ms(),)
    )
    for number in range(1, 6):
        session = new_session(f"b-b-00{number}", clock, "ben")
        _insert_as_at_first(connection, replace(session, created_at=clock.now_ms() - 3_600_000))


def _insert_as_at_first(connection: sqlite3.Connection, session: Session) -> None:
    """A row of the first schema, which had the columns up to `end_reason`."""
    values = astuple(session)[1:14]
    connection.execute(f"INSERT INTO sessions VALUES (NULL, {', '.join('?' * len(values))})", values)


@pytest.mark.parametrize("left", [None, b""])
async def test_a_lost_file_takes_nothing_along_that_lies_beside_it(
    tmp_path: Path, left: bytes | None
) -> None:
    """Seen: the server began anew, and SQLite removed the -wal file that still held what was acknowledged."""
    path, beside = tmp_path / "test.sqlite3", tmp_path / "test.sqlite3-wal"
    beside.write_bytes(b"what a server that was killed had written")
    if left is not None:
        path.write_bytes(left)
    database = Database(path)
    with pytest.raises(StoreUnavailable, match="-wal still holds data"):
        await database.open()
    await database.close()
    assert beside.read_bytes() == b"what a server that was killed had written"
    assert path.exists() is (left is not None)


async def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "test.sqlite3"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE places (name TEXT)")
    other.close()
    before = path.read_bytes()
    database = Database(path)
    with pytest.raises(StoreUnavailable, match="another program"):
        await database.open()
    await database.close()
    assert path.read_bytes() == before


@pytest.mark.parametrize("how", ["removed", "replaced", "moved"])
async def test_nothing_is_acknowledged_that_no_restart_would_find(
    database: Database, tmp_path: Path, how: str
) -> None:
    """Seen: sessions were created (201) in a file that had been removed below the running server."""
    path = tmp_path / "test.sqlite3"
    path.rename(tmp_path / "elsewhere")
    if how == "replaced":
        path.write_bytes((tmp_path / "elsewhere").read_bytes())
    elif how == "removed":
        (tmp_path / "elsewhere").unlink()
    insert = "INSERT INTO creations VALUES ('anna', 1)"
    with pytest.raises(StoreUnavailable, match="moved, removed or replaced"):
        await database.run(lambda connection: connection.execute(insert))
    if how == "moved":
        (tmp_path / "elsewhere").rename(path)
        await database.run(lambda connection: connection.execute(insert))


async def test_a_second_process_is_kept_out(database: Database, tmp_path: Path) -> None:
    second = Database(tmp_path / "test.sqlite3")
    with pytest.raises(StoreUnavailable, match="locked") as caught:
        await second.open()
    assert caught.value.in_use
    await second.close()


async def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    def work(connection: sqlite3.Connection) -> None:
        with transaction(connection):
            connection.execute("INSERT INTO migrations VALUES (77)")
            raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        await database.run(work)
    rows = await database.run(lambda connection: connection.execute("SELECT * FROM migrations").fetchall())
    assert len(rows) == len(database_module.MIGRATIONS)


async def test_a_closed_database_says_so(tmp_path: Path) -> None:
    database = Database(tmp_path / "test.sqlite3")
    with pytest.raises(StoreUnavailable, match="closed"):
        await database.run(lambda connection: connection.execute("SELECT 1"))
    await database.close()
