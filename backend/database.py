"""SQLite in a thread of its own: one connection, one writer; commits are on disk before they are answered."""

import asyncio
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from backend.data_dir import OWNER_ONLY, keep_private
from backend.ports import NewerStore, StoreUnavailable

T = TypeVar("T")

log = logging.getLogger("lectern.database")

LOCK_WAIT_S = 1.0
"""How long to wait for the file, which a server that is just stopping may still hold."""

BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite adds to the name of the file for those that it keeps beside it."""

PRIMARY = 0xFF
"""The bits of SQLite's error code that name the kind of error."""
BLOCKED = (
    *(sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN),
    *(sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL),
)
"""Errors of the disk or the folder, at which the file itself may be in order."""

PRAGMAS = (
    # One process owns the file: two would each cache rows, and show people different sessions.
    "locking_mode = EXCLUSIVE",
    "journal_mode = WAL",
    # Every commit waits for the disk, so that a power failure loses nothing that was answered.
    "synchronous = FULL",
)

MIGRATIONS = (
    """
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
    """,
    """
    CREATE TABLE creations (owner TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT;
    CREATE INDEX creations_by_owner ON creations (owner, created_at);
    CREATE INDEX creations_by_time ON creations (created_at);
    INSERT INTO creations SELECT owner, created_at FROM sessions;
    """,
    "ALTER TABLE sessions ADD COLUMN door_closed INTEGER NOT NULL DEFAULT 0;",
    """
    ALTER TABLE sessions ADD COLUMN creation_mode TEXT NOT NULL DEFAULT '';
    ALTER TABLE sessions ADD COLUMN correlation_id TEXT NOT NULL DEFAULT '';
    """,
    """
    CREATE TABLE session_numbers (
        session_id TEXT PRIMARY KEY,
        live_at INTEGER NOT NULL,
        most_listeners INTEGER NOT NULL,
        interruptions INTEGER NOT NULL,
        listened TEXT NOT NULL,
        under_way TEXT NOT NULL
    ) STRICT;
    """,
    """
    CREATE TABLE figures (
        span_s INTEGER NOT NULL,
        at_ms INTEGER NOT NULL,
        counts TEXT NOT NULL,
        PRIMARY KEY (span_s, at_ms)
    ) STRICT;
    CREATE TABLE judged (only INTEGER PRIMARY KEY CHECK (only = 1), tally TEXT NOT NULL) STRICT;
    """,
)
"""Each entry is one version of the schema and is never changed once released; add the next one below."""

ENDINGS = "CREATE TEMP TABLE endings (session_id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT"
"""When sessions ended, by the steady clock of this process: gone with it, as its clock is."""


class Database:
    """Runs functions on the one connection, in order, outside the event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")
        self._connection: sqlite3.Connection | None = None
        self._opened: os.stat_result | None = None

    async def open(self) -> None:
        """Open the file and bring its schema up to date.

        Raises StoreUnavailable when another process has it open, or when it is damaged, lost in part or
        another program's; NewerStore when a newer version of this program has written it.
        """
        await self._in_thread(self._open)

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work(connection)` returns. Calls run one after the other, in the order made.

        Raises StoreUnavailable for any error of SQLite, and when the file was moved, removed or replaced:
        what is written to one that has no name any more is gone with this process.
        """

        def call() -> T:
            if self._connection is None:
                raise sqlite3.ProgrammingError("the database is closed")
            if not self._is_in_place():
                raise sqlite3.OperationalError("the file was moved, removed or replaced while it was open")
            return work(self._connection)

        return await self._in_thread(call)

    async def close(self) -> None:
        """Finish what is under way and close the file."""
        await self._in_thread(self._close)
        self._thread.shutdown()

    async def _in_thread(self, call: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, call)
        except OSError as error:
            raise StoreUnavailable(error.strerror or str(error), blocked=True) from error
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & PRIMARY
            # No traceback: where it was used says nothing of why it cannot be.
            kind = getattr(error, "sqlite_errorname", "")
            log.error("the database cannot be used", extra={"error": str(error), "kind": kind})  # noqa: TRY400
            in_use, blocked = code == sqlite3.SQLITE_BUSY, code in BLOCKED
            raise StoreUnavailable(str(error), in_use=in_use, blocked=blocked) from error

    def _is_in_place(self) -> bool:
        try:
            return self._opened is not None and os.path.samestat(self._opened, self._path.stat())
        except OSError:
            return False

    def _open(self) -> None:
        _check_not_lost(self._path.resolve())
        # Made here, as SQLite would let others read it; the files beside it get its permissions.
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, OWNER_ONLY))
        for end in ("", *BESIDE):
            keep_private(self._path.with_name(self._path.name + end))
        self._opened = self._path.stat()
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=LOCK_WAIT_S)
        self._connection = connection
        connection.row_factory = sqlite3.Row
        _check_ours(connection)
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        _migrate(connection)
        connection.execute(ENDINGS)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing. Committed when the block ends well, else undone."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        # On a full disk this fails as well: a transaction left open would block all that come later.
        connection.execute("COMMIT")
    except BaseException:
        # After some errors SQLite has undone it already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _check_not_lost(path: Path) -> None:
    """Raises DatabaseError when the file is gone and its newest content is not.

    SQLite would take the file for a new one, and remove what lies beside it.
    """
    beside = path.with_name(f"{path.name}-wal")
    if _size(path) == 0 and _size(beside) > 0:
        raise sqlite3.DatabaseError(f"{path.name} is gone or empty, and {beside.name} still holds data of it")


def _size(path: Path) -> int:
    """In bytes; 0 for what is no file."""
    return path.stat().st_size if path.is_file() else 0


def _check_ours(connection: sqlite3.Connection) -> None:
    """Raises DatabaseError for another program's database: nothing is written to it."""
    tables = {
        row["name"] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    if tables and "migrations" not in tables:
        raise sqlite3.DatabaseError("it is the database of another program")


def _migrate(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        connection.execute("CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY) STRICT")
        done = connection.execute("SELECT COALESCE(MAX(version), 0) FROM migrations").fetchone()[0]
        if done > len(MIGRATIONS):
            raise NewerStore(f"a newer version wrote it: schema {done}, this one knows {len(MIGRATIONS)}")
        for version, script in enumerate(MIGRATIONS[done:], start=done + 1):
            for statement in filter(str.strip, script.split(";")):
                connection.execute(statement)
            connection.execute("INSERT INTO migrations (version) VALUES (?)", (version,))
