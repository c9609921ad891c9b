"""The numbers of sessions in SQLite: one row each, beside the session's own."""

import json
import sqlite3
from collections.abc import Collection

from backend.database import Database, transaction
from backend.records import SessionNumbers

_WRITE = "INSERT OR REPLACE INTO session_numbers VALUES (?, ?, ?, ?, ?, ?)"


class SqliteNumbers:
    """Implements ports.NumbersStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, numbers: Collection[SessionNumbers]) -> None:
        """Store these, all or none, in place of what was stored for their sessions."""
        rows = [(*one[:4], json.dumps(one.listened), json.dumps(one.under_way)) for one in numbers]

        def work(connection: sqlite3.Connection) -> None:
            with transaction(connection):
                connection.executemany(_WRITE, rows)

        await self._database.run(work)

    async def of(self, session_ids: Collection[str]) -> dict[str, SessionNumbers]:
        """The numbers of these sessions by session id, as far as there are any."""
        marks = ", ".join("?" * len(session_ids))
        query = f"SELECT * FROM session_numbers WHERE session_id IN ({marks})"  # noqa: S608 - only marks
        rows = await self._database.run(lambda connection: list(connection.execute(query, [*session_ids])))
        return {row["session_id"]: _numbers(row) for row in rows}


def _numbers(row: sqlite3.Row) -> SessionNumbers:
    listened, under_way = json.loads(row["listened"]), json.loads(row["under_way"])
    return SessionNumbers(
        session_id=row["session_id"],
        live_at=row["live_at"],
        most_listeners=row["most_listeners"],
        interruptions=row["interruptions"],
        listened=tuple(listened),
        under_way=tuple(under_way),
    )
