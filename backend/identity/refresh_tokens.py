"""The dev pool's refresh tokens in SQLite."""

import sqlite3

from backend.database import Database, transaction
from backend.ports import RefreshToken


class SqliteRefreshTokens:
    """Implements ports.RefreshTokenStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, token: RefreshToken) -> None:
        """Store a new token."""
        await self._execute("INSERT INTO refresh_tokens VALUES (?, ?, ?, ?, ?, ?)", *token)

    async def find(self, digest: str) -> RefreshToken | None:
        """The token with this digest."""

        def work(connection: sqlite3.Connection) -> RefreshToken | None:
            row = connection.execute("SELECT * FROM refresh_tokens WHERE digest = ?", (digest,)).fetchone()
            return None if row is None else RefreshToken(*row)

        return await self._database.run(work)

    async def retire(self, digest: str, now_s: int) -> RefreshToken | None:
        """Mark a token as retired now, unless it already is. Returns it with its first `retired_at`."""

        def work(connection: sqlite3.Connection) -> RefreshToken | None:
            with transaction(connection):
                row = connection.execute(
                    "UPDATE refresh_tokens SET retired_at = COALESCE(retired_at, ?) "
                    "WHERE digest = ? RETURNING *",
                    (now_s, digest),
                ).fetchone()
                return None if row is None else RefreshToken(*row)

        return await self._database.run(work)

    async def remove_family(self, family: str) -> None:
        """Drop all tokens that came from one sign-in."""
        await self._execute("DELETE FROM refresh_tokens WHERE family = ?", family)

    async def remove_all_of(self, subject: str) -> None:
        """Drop all tokens of a user."""
        await self._execute("DELETE FROM refresh_tokens WHERE subject = ?", subject)

    async def forget(self, expired_s: int, retired_s: int) -> None:
        """Drop tokens that expired at `expired_s` or before, and those retired at `retired_s` or before."""
        statement = "DELETE FROM refresh_tokens WHERE expires_at <= ? OR retired_at <= ?"
        await self._execute(statement, expired_s, retired_s)

    async def _execute(self, statement: str, *values: object) -> None:
        await self._database.run(lambda connection: connection.execute(statement, values))
