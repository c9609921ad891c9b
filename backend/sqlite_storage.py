"""All stores of one server in one SQLite file."""

from pathlib import Path

from backend.database import Database
from backend.figures.store import SqliteFigures
from backend.identity.refresh_tokens import SqliteRefreshTokens
from backend.ports import Clock
from backend.sessions.creation_limit import SqliteCreationLimit
from backend.sessions.numbers import SqliteNumbers
from backend.sessions.store import SqliteSessionStore
from backend.settings import Limits


class SqliteStorage:
    """Implements ports.Storage. Opens nothing before `open`."""

    def __init__(self, path: Path, limits: Limits, clock: Clock) -> None:
        self._database = Database(path)
        self.sessions = SqliteSessionStore(self._database, clock, int(limits.idempotency_s * 1000))
        self.numbers = SqliteNumbers(self._database)
        self.creation_limit = SqliteCreationLimit(self._database, limits.creations_per_hour)
        self.refresh_tokens = SqliteRefreshTokens(self._database)
        self.figures = SqliteFigures(self._database)

    async def open(self) -> None:
        """Open the file. Raises StoreUnavailable when another process has it open, or when it is damaged."""
        await self._database.open()

    async def close(self) -> None:
        """Finish what is under way and close the file."""
        await self._database.close()
