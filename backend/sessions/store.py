"""The session records in SQLite: durable rows, read through a small cache."""

import sqlite3

from backend.database import Database, transaction
from backend.ports import Clock, KeyTaken, SessionIdTaken
from backend.records import ENDED, IdempotencyRecord, Session
from backend.sessions.rows import insert, select, update

_CACHE_SIZE = 10_000
_FORGET = """
    DELETE FROM sessions WHERE status = 'ended' AND ? > COALESCE(
        (SELECT at_ms FROM endings WHERE endings.session_id = sessions.session_id), updated_at
    ) RETURNING session_id
"""

_FORGET_NUMBERS = "DELETE FROM session_numbers WHERE session_id NOT IN (SELECT session_id FROM sessions)"

_DAYS_PER_USER = """
    SELECT creation_mode, 1.0 * SUM(days * days) / SUM(days) FROM (
        SELECT creation_mode, COUNT(DISTINCT created_at / 86400000) AS days
        FROM sessions WHERE created_at >= ? GROUP BY creation_mode, owner
    ) GROUP BY creation_mode
"""


class SqliteSessionStore:
    """Implements ports.SessionStore for one server, which is the only one to write.

    Args:
        database: where the rows live.
        clock: tells which idempotency records are past their time.
        idempotency_ms: how long an idempotency record is remembered.
    """

    def __init__(self, database: Database, clock: Clock, idempotency_ms: int) -> None:
        self._database = database
        self._clock = clock
        self._idempotency_ms = idempotency_ms
        self._cache: dict[str, Session] = {}

    async def create(self, session: Session, record: IdempotencyRecord | None = None) -> Session:
        """Insert a session and its record in one transaction. Raises SessionIdTaken or KeyTaken."""
        now, oldest = self._clock.steady_ms(), self._oldest_record()

        def work(connection: sqlite3.Connection) -> Session:
            with transaction(connection):
                if record is not None:
                    _insert_record(connection, session.owner, record, now, oldest)
                stored = insert(connection, session)
                if stored is None:
                    raise SessionIdTaken
                return stored

        return self._remember(await self._database.run(work))

    async def find_record(self, owner: str, key: str) -> IdempotencyRecord | None:
        """The record of this user's key, while it is remembered."""
        oldest = self._oldest_record()
        return await self._database.run(lambda connection: _select_record(connection, owner, key, oldest))

    async def get(self, session_id: str) -> Session | None:
        """The session with this id, ended ones included."""
        known = self._cache.get(session_id)
        if known is not None:
            return known
        found = await self._database.run(lambda connection: select(connection, session_id))
        return None if found is None else self._remember(found)

    async def replace(self, session: Session) -> Session | None:
        """Store the next version of a session; None when the stored version is not the one before it."""
        now = self._clock.steady_ms()

        def work(connection: sqlite3.Connection) -> tuple[Session | None, Session | None]:
            with transaction(connection):
                changed = update(connection, session)
                if changed is not None and changed.status == ENDED:
                    connection.execute(
                        "INSERT OR REPLACE INTO endings VALUES (?, ?)", (session.session_id, now)
                    )
                return changed, changed or select(connection, session.session_id)

        changed, current = await self._database.run(work)
        if current is None:
            self._cache.pop(session.session_id, None)
        else:
            self._remember(current)
        return changed

    async def mark_speaker_seen(self, session_id: str) -> None:
        """Remember across restarts that a speaker was here, and may come back."""

        def work(connection: sqlite3.Connection) -> Session | None:
            connection.execute("UPDATE sessions SET speaker_seen = 1 WHERE session_id = ?", (session_id,))
            return select(connection, session_id)

        session = await self._database.run(work)
        if session is not None:
            self._remember(session)

    async def owned_by(self, owner: str, before: int | None, limit: int) -> list[Session]:
        """This user's sessions, newest first, those with a `number` below `before`."""
        query = "SELECT * FROM sessions WHERE owner = ? AND number < ? ORDER BY number DESC LIMIT ?"
        return await self._select(query, owner, 2**62 if before is None else before, limit)

    async def alive(self) -> list[Session]:
        """Sessions that have not ended."""
        return await self._select("SELECT * FROM sessions WHERE status <> 'ended'")

    async def forget(self, ended_before_ms: int) -> None:
        """Drop sessions that ended before this moment with their numbers, and records past their time.

        What ended before this process began is judged by its record, the wall clock's.
        """
        oldest = self._oldest_record()

        def work(connection: sqlite3.Connection) -> list[str]:
            with transaction(connection):
                connection.execute("DELETE FROM idempotency_keys WHERE created_at < ?", (oldest,))
                gone = [row["session_id"] for row in connection.execute(_FORGET, (ended_before_ms,))]
                connection.execute("DELETE FROM endings WHERE at_ms < ?", (ended_before_ms,))
                connection.execute(_FORGET_NUMBERS)
                return gone

        for session_id in await self._database.run(work):
            self._cache.pop(session_id, None)

    async def days_per_user(self, since_ms: int) -> dict[str, float]:
        """On how many days a user created sessions since this moment, by creation mode."""
        return await self._database.run(
            lambda connection: dict(connection.execute(_DAYS_PER_USER, (since_ms,)).fetchall())
        )

    async def check(self) -> None:
        """Return when the database answers. Raises StoreUnavailable."""
        await self._database.run(lambda connection: connection.execute("SELECT 1").fetchone())

    async def _select(self, query: str, *values: object) -> list[Session]:
        return await self._database.run(
            lambda connection: [Session(*row) for row in connection.execute(query, values)]
        )

    def _remember(self, session: Session) -> Session:
        known = self._cache.get(session.session_id)
        # A slow read must not overwrite what a later write has already told us.
        if known is None or known.version <= session.version:
            if len(self._cache) >= _CACHE_SIZE:
                del self._cache[next(iter(self._cache))]
            self._cache[session.session_id] = session
        return session

    def _oldest_record(self) -> int:
        """Records from before this moment are forgotten."""
        return self._clock.steady_ms() - self._idempotency_ms


def _select_record(
    connection: sqlite3.Connection, owner: str, key: str, oldest: int
) -> IdempotencyRecord | None:
    row = connection.execute(
        "SELECT key, digest, session_id, answer FROM idempotency_keys "
        "WHERE owner = ? AND key = ? AND created_at > ?",
        (owner, key, oldest),
    ).fetchone()
    return None if row is None else IdempotencyRecord(*row)


def _insert_record(
    connection: sqlite3.Connection, owner: str, record: IdempotencyRecord, now: int, oldest: int
) -> None:
    earlier = _select_record(connection, owner, record.key, oldest)
    if earlier is not None:
        raise KeyTaken(earlier)
    connection.execute(
        "INSERT OR REPLACE INTO idempotency_keys VALUES (?, ?, ?, ?, ?, ?)",
        (owner, *record, now),
    )
