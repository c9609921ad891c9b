"""A database that release 0.1.0 wrote, opened by this version: all is there, and it is used on."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from backend.database import MIGRATIONS
from backend.identity.refresh_tokens import SqliteRefreshTokens
from backend.ports import RefreshToken
from backend.records import ENDED, IdempotencyRecord, Session, SessionNumbers
from backend.sqlite_storage import SqliteStorage
from tests.support.server_clock import ServerClock
from tests.unit.backend.sessions.storages import DAY_MS, LIMITS

SCHEMA_0_1_0 = """
    CREATE TABLE migrations (version INTEGER PRIMARY KEY) STRICT;
    CREATE TABLE sessions (
        number INTEGER PRIMARY KEY,
        session_id TEXT NOT NULL UNIQUE,
        owner TEXT NOT NULL,
        speaker_id TEXT NOT NULL,
        source_language TEXT NOT NULL,
        quality_tier TEXT NOT NULL,
        status TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        max_listeners INTEGER NOT NULL,
        version INTEGER NOT NULL,
        speaker_seen INTEGER NOT NULL,
        end_reason TEXT
    ) STRICT;
    CREATE INDEX sessions_by_owner ON sessions (owner, number);
    CREATE INDEX sessions_alive ON sessions (expires_at) WHERE status <> 'ended';
    CREATE TABLE idempotency_keys (
        owner TEXT NOT NULL,
        key TEXT NOT NULL,
        digest TEXT NOT NULL,
        session_id TEXT NOT NULL,
        answer TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        PRIMARY KEY (owner, key)
    ) STRICT;
    CREATE TABLE refresh_tokens (
        digest TEXT PRIMARY KEY,
        family TEXT NOT NULL,
        subject TEXT NOT NULL,
        auth_time INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        retired_at INTEGER
    ) STRICT;
    CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family);
    INSERT INTO migrations VALUES (1);
"""
"""As release 0.1.0 made it: a copy, so that no later change of MIGRATIONS reaches it."""


@pytest.fixture
def clock() -> ServerClock:
    return ServerClock()


def old_sessions(clock: ServerClock) -> list[Session]:
    now = clock.now_ms()
    alive = Session(
        number=1,
        session_id="golden-eagle-427",
        owner="anna",
        speaker_id="pseudonym",
        source_language="en",
        quality_tier="premium",
        status="paused",
        created_at=now - 60_000,
        updated_at=now - 30_000,
        expires_at=now + DAY_MS,
        max_listeners=500,
        version=3,
        speaker_seen=1,
        end_reason=None,
    )
    ended = replace(
        alive, number=2, session_id="silver-otter-001", status=ENDED, version=4, end_reason="speaker-left"
    )
    return [alive, ended]


RECORD = IdempotencyRecord("key", "digest", "golden-eagle-427", '{"sessionId": "golden-eagle-427"}')
TOKEN = RefreshToken("digest-of-a-token", "family", "anna", 1_699_000_000, 1_709_000_000)


@pytest.fixture
def path(tmp_path: Path, clock: ServerClock) -> Path:
    """A file of 0.1.0 with two sessions, a request's answer and a sign-in."""
    path = tmp_path / "test.sqlite3"
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA_0_1_0)
    for one in old_sessions(clock):
        row = (one.number, one.session_id, one.owner, one.speaker_id, one.source_language, one.quality_tier)
        times = (one.status, one.created_at, one.updated_at, one.expires_at, one.max_listeners)
        values = (*row, *times, one.version, one.speaker_seen, one.end_reason)
        connection.execute(f"INSERT INTO sessions VALUES ({', '.join('?' * 14)})", values)
    record = ("anna", *RECORD, clock.now_ms() - 60_000)
    connection.execute("INSERT INTO idempotency_keys VALUES (?, ?, ?, ?, ?, ?)", record)
    connection.execute("INSERT INTO refresh_tokens VALUES (?, ?, ?, ?, ?, ?)", TOKEN)
    connection.commit()
    connection.close()
    return path


async def test_all_that_0_1_0_stored_is_there_and_used_on(path: Path, clock: ServerClock) -> None:
    alive, ended = old_sessions(clock)
    storage = SqliteStorage(path, LIMITS, clock)
    await storage.open()
    assert await storage.sessions.owned_by("anna", None, 10) == [ended, alive]
    assert await storage.sessions.alive() == [alive]
    assert await storage.sessions.find_record("anna", "key") == RECORD
    assert isinstance(storage.refresh_tokens, SqliteRefreshTokens)
    assert await storage.refresh_tokens.find(TOKEN.digest) == TOKEN
    assert await storage.numbers.of([alive.session_id, ended.session_id]) == {}

    # Creations of the last hour count on: both sessions are a minute old, and five an hour are allowed.
    waits = [await storage.creation_limit.reserve("anna", clock.now_ms()) for _ in range(4)]
    assert [wait > 0 for wait in waits] == [False, False, False, True]

    changed = replace(alive, version=4, status="active", door_closed=1)
    assert await storage.sessions.replace(changed) == changed
    numbers = SessionNumbers(alive.session_id, clock.now_ms(), 5, 1, (1, 2, 3, 4, 5, 6), (60,))
    await storage.numbers.write([numbers])
    await storage.close()

    storage = SqliteStorage(path, LIMITS, clock)
    await storage.open()
    assert await storage.sessions.get(alive.session_id) == changed
    assert await storage.numbers.of([alive.session_id]) == {alive.session_id: numbers}
    await storage.close()


async def test_an_old_file_ends_with_the_schema_of_a_new_one(path: Path, clock: ServerClock) -> None:
    def schema(of: Path) -> set[tuple[str, str]]:
        connection = sqlite3.connect(of)
        columns = "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c"
        found = {(str(table), str(column)) for table, column in connection.execute(columns)}
        versions = connection.execute("SELECT version FROM migrations ORDER BY version").fetchall()
        connection.close()
        assert versions == [(version,) for version in range(1, len(MIGRATIONS) + 1)]
        return found

    new = path.with_name("new.sqlite3")
    for file in (path, new):
        storage = SqliteStorage(file, LIMITS, clock)
        await storage.open()
        await storage.close()
    assert schema(path) == schema(new)
