import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.database import Database, transaction
from backend.ports import StoreUnavailable


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


async def test_opening_again_migrates_nothing_twice(tmp_path: Path) -> None:
    path = tmp_path / "test.sqlite3"
    for _ in range(3):
        database = Database(path)
        await database.open()
        versions = await database.run(
            lambda connection: [row[0] for row in connection.execute("SELECT version FROM migrations")]
        )
        assert versions == [1, 2]
        await database.close()


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
    assert len(rows) == 2


async def test_a_closed_database_says_so(tmp_path: Path) -> None:
    database = Database(tmp_path / "test.sqlite3")
    with pytest.raises(StoreUnavailable, match="closed"):
        await database.run(lambda connection: connection.execute("SELECT 1"))
    await database.close()
