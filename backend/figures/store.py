"""The counts of minutes and hours in SQLite."""

import json
import logging
import sqlite3
from collections.abc import Mapping
from typing import Any

from backend.database import Database, transaction
from backend.figures.counts import Counts, add

MINUTE, HOUR = 60, 3600
KEPT_S = {MINUTE: 48 * 3600, HOUR: 31 * 24 * 3600}
"""How long a row is kept, by its span in seconds: at most 2,881 minutes and 745 hours are stored."""


log = logging.getLogger("lectern.figures")


def begins_ms(at_ms: int, span_s: int) -> int:
    """When the span that this moment lies in began."""
    return at_ms // (span_s * 1000) * span_s * 1000


def span_for(step_s: int) -> int:
    """The span of the rows that steps of so many seconds are made of."""
    return HOUR if step_s >= HOUR else MINUTE


class SqliteFigures:
    """Implements ports.FigureStore. Sums are made in the database's thread: talks need the event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, at_ms: int, counts: Mapping[str, int], judged: str) -> None:
        """Add to the minute and the hour of this moment, keep `judged`, and drop what is old."""

        def work(connection: sqlite3.Connection) -> None:
            with transaction(connection):
                for span_s, kept_s in KEPT_S.items():
                    if counts:
                        _add_to(connection, span_s, begins_ms(at_ms, span_s), counts)
                    connection.execute(
                        "DELETE FROM figures WHERE span_s = ? AND at_ms < ?", (span_s, at_ms - kept_s * 1000)
                    )
                connection.execute("INSERT OR REPLACE INTO judged VALUES (1, ?)", (judged,))

        await self._database.run(work)

    async def since(self, at_ms: int, step_s: int) -> list[tuple[int, dict[str, int]]]:
        """Counts since a moment, in steps of so many seconds."""

        def work(connection: sqlite3.Connection) -> list[tuple[int, Counts]]:
            steps: dict[int, Counts] = {}
            for row in connection.execute(
                "SELECT at_ms, counts FROM figures WHERE span_s = ? AND at_ms >= ? ORDER BY at_ms",
                (span_for(step_s), at_ms),
            ):
                add(steps.setdefault(begins_ms(row["at_ms"], step_s), {}), _counts_in(row["counts"]))
            return list(steps.items())

        return await self._database.run(work)

    async def judged(self) -> str | None:
        """What `add` was given last."""
        row = await self._database.run(
            lambda connection: connection.execute("SELECT tally FROM judged").fetchone()
        )
        return None if row is None else str(row["tally"])


def _add_to(connection: sqlite3.Connection, span_s: int, at_ms: int, counts: Mapping[str, int]) -> None:
    row = connection.execute(
        "SELECT counts FROM figures WHERE span_s = ? AND at_ms = ?", (span_s, at_ms)
    ).fetchone()
    total: Counts = {} if row is None else _counts_in(row["counts"])
    add(total, counts)
    connection.execute(
        "INSERT OR REPLACE INTO figures VALUES (?, ?, ?)",
        (span_s, at_ms, json.dumps(total, separators=(",", ":"))),
    )


def _counts_in(stored: Any) -> Counts:
    """The counts of a row; none of a damaged one, which would otherwise hide all the others."""
    try:
        counts = json.loads(stored)
    except (TypeError, ValueError, RecursionError):
        counts = None
    if isinstance(counts, dict) and all(type(count) is int for count in counts.values()):
        return counts
    log.warning("a stored row of figures is damaged; its counts are missing from /status")
    return {}
