"""The session records: durable rows, read through a small cache.

Every method that changes something returns after the commit. Refusals are raised as Problem.
"""

import sqlite3
from collections.abc import Callable, Mapping
from typing import NamedTuple

from backend.database import Database, transaction
from backend.problems import Problem, session_inactive, session_not_found
from backend.sessions.rows import ENDED, NewSession, Session, insert, now_ms, select, update
from pylib.protocol import codes

_CACHE_SIZE = 10_000
_HOUR_MS = 3_600_000


class IdempotencyKey(NamedTuple):
    """A client's name for one user action, and a digest of what it asked for."""

    key: str
    digest: str


class Creation(NamedTuple):
    """A created session, or the answer stored when this key was used before."""

    session_id: str
    answer: str
    replayed: bool
    session: Session | None


class SessionStore:
    """All sessions of this server.

    Args:
        database: where the rows live.
        per_hour: how many sessions one user may create in an hour.
        idempotency_ms: how long an idempotency key is remembered.
    """

    def __init__(self, database: Database, per_hour: int, idempotency_ms: int) -> None:
        self._database = database
        self._per_hour = per_hour
        self._idempotency_ms = idempotency_ms
        self._cache: dict[str, Session] = {}

    async def create(
        self, new: NewSession, answer: Callable[[Session], str], idempotency: IdempotencyKey | None = None
    ) -> Creation:
        """Insert a session; with a key, store `answer(session)` beside it in the same transaction.

        Raises Problem: 422 when the key was used for another request, 429 over the hourly limit.
        """

        def work(connection: sqlite3.Connection) -> Creation:
            with transaction(connection):
                if idempotency is not None:
                    stored = self._stored(connection, new.owner, idempotency)
                    if stored is not None:
                        return stored
                self._check_rate(connection, new.owner)
                session = insert(connection, new)
                text = answer(session)
                if idempotency is not None:
                    connection.execute(
                        "INSERT OR REPLACE INTO idempotency_keys VALUES (?, ?, ?, ?, ?, ?)",
                        (new.owner, *idempotency, session.session_id, text, session.created_at),
                    )
                return Creation(session.session_id, text, False, session)

        creation = await self._database.run(work)
        if creation.session is not None:
            self._remember(creation.session)
        return creation

    async def get(self, session_id: str) -> Session | None:
        """The session with this id, ended ones included."""
        known = self._cache.get(session_id)
        if known is not None:
            return known
        found = await self._database.run(lambda connection: select(connection, session_id))
        if found is not None:
            self._remember(found)
        return found

    async def update(
        self, session_id: str, changes: Mapping[str, str], expected_version: int | None = None
    ) -> Session:
        """Apply `changes` (field to value) and return the new row; without a difference nothing is written.

        Raises Problem: 404, 412 when `expected_version` is no longer the row's, 409 when it has ended.
        """

        def work(connection: sqlite3.Connection) -> Session:
            with transaction(connection):
                session = select(connection, session_id)
                if session is None:
                    raise session_not_found()
                if expected_version is not None and session.version != expected_version:
                    raise precondition_failed()
                if session.status == ENDED:
                    raise session_inactive()
                return update(connection, session, changes)

        return self._remember(await self._database.run(work))

    async def end(self, session_id: str, reason: str) -> Session:
        """End a session; ending it again changes nothing. Raises Problem 404."""

        def work(connection: sqlite3.Connection) -> Session:
            with transaction(connection):
                session = select(connection, session_id)
                if session is None:
                    raise session_not_found()
                if session.status == ENDED:
                    return session
                return update(connection, session, {"status": ENDED}, reason)

        return self._remember(await self._database.run(work))

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
        last = 2**62 if before is None else before
        return await self._database.run(
            lambda connection: [Session(*row) for row in connection.execute(query, (owner, last, limit))]
        )

    async def alive(self) -> list[Session]:
        """Living sessions: after a restart they wait for their speakers again."""
        query = "SELECT * FROM sessions WHERE status <> 'ended'"
        return await self._database.run(
            lambda connection: [Session(*row) for row in connection.execute(query)]
        )

    async def expired(self) -> list[Session]:
        """Sessions past their expiresAt that nobody has ended yet."""
        query = "SELECT * FROM sessions WHERE status <> 'ended' AND expires_at <= ?"
        return await self._database.run(
            lambda connection: [Session(*row) for row in connection.execute(query, (now_ms(),))]
        )

    async def forget_old(self, keep_ended_ms: int) -> None:
        """Drop sessions that ended long ago, and idempotency keys past their time."""
        now = now_ms()

        def work(connection: sqlite3.Connection) -> list[str]:
            with transaction(connection):
                connection.execute(
                    "DELETE FROM idempotency_keys WHERE created_at < ?", (now - self._idempotency_ms,)
                )
                gone = connection.execute(
                    "DELETE FROM sessions WHERE status = 'ended' AND updated_at < ? RETURNING session_id",
                    (now - keep_ended_ms,),
                )
                return [row["session_id"] for row in gone]

        for session_id in await self._database.run(work):
            self._cache.pop(session_id, None)

    async def check(self) -> None:
        """Raises sqlite3.Error when the database does not answer."""
        await self._database.run(lambda connection: connection.execute("SELECT 1").fetchone())

    def _remember(self, session: Session) -> Session:
        known = self._cache.get(session.session_id)
        # A slow read must not overwrite what a later write has already told us.
        if known is None or known.version <= session.version:
            if len(self._cache) >= _CACHE_SIZE:
                del self._cache[next(iter(self._cache))]
            self._cache[session.session_id] = session
        return session

    def _stored(
        self, connection: sqlite3.Connection, owner: str, idempotency: IdempotencyKey
    ) -> Creation | None:
        row = connection.execute(
            "SELECT digest, session_id, answer FROM idempotency_keys "
            "WHERE owner = ? AND key = ? AND created_at > ?",
            (owner, idempotency.key, now_ms() - self._idempotency_ms),
        ).fetchone()
        if row is None:
            return None
        if row["digest"] != idempotency.digest:
            raise key_reused()
        return Creation(row["session_id"], row["answer"], True, None)

    def _check_rate(self, connection: sqlite3.Connection, owner: str) -> None:
        """Count rows instead of keeping a counter: it survives restarts and covers both ways of creating."""
        now = now_ms()
        row = connection.execute(
            "SELECT created_at FROM sessions WHERE owner = ? AND created_at > ? "
            "ORDER BY number DESC LIMIT 1 OFFSET ?",
            (owner, now - _HOUR_MS, self._per_hour - 1),
        ).fetchone()
        if row is not None:
            wait_s = max(1, -(-(row["created_at"] + _HOUR_MS - now) // 1000))
            raise Problem(
                429,
                codes.RATE_LIMIT_EXCEEDED,
                "You have created many sessions in the last hour. Please wait before you create another.",
                retry_after_s=wait_s,
            )


def key_reused() -> Problem:
    """An idempotency key stands for one request only."""
    return Problem(
        422, codes.IDEMPOTENCY_KEY_REUSED, "This Idempotency-Key was already used for a different request."
    )


def precondition_failed() -> Problem:
    """Somebody else changed the session first."""
    return Problem(
        412, codes.PRECONDITION_FAILED, "This session was changed in the meantime. Please load it again."
    )
