"""How many sessions a user creates in an hour, counted in SQLite, so that the count survives a restart."""

import sqlite3

from backend.database import Database, transaction

HOUR_MS = 3_600_000


class SqliteCreationLimit:
    """Implements ports.CreationLimit: `per_hour` creations for each user."""

    def __init__(self, database: Database, per_hour: int) -> None:
        self._database = database
        self._per_hour = per_hour

    async def reserve(self, user: str, now_ms: int) -> int:
        """Count one creation and return 0; or count nothing and return the ms until one is free.

        `now_ms` is the clock's `steady_ms()`.
        """
        return await self._database.run(lambda connection: self._reserve(connection, user, now_ms))

    def _reserve(self, connection: sqlite3.Connection, user: str, now_ms: int) -> int:
        with transaction(connection):
            connection.execute("DELETE FROM creations WHERE created_at <= ?", (now_ms - HOUR_MS,))
            # Before a restart the clock may have been ahead of now; that makes no wait longer than an hour.
            connection.execute(
                "UPDATE creations SET created_at = ? WHERE owner = ? AND created_at > ?",
                (now_ms, user, now_ms),
            )
            # The creation that must be an hour old before there is room for another one.
            oldest = connection.execute(
                "SELECT created_at FROM creations WHERE owner = ? ORDER BY created_at DESC LIMIT 1 OFFSET ?",
                (user, self._per_hour - 1),
            ).fetchone()
            if oldest is not None:
                return max(1, int(oldest["created_at"]) + HOUR_MS - now_ms)
            connection.execute("INSERT INTO creations VALUES (?, ?)", (user, now_ms))
            return 0
