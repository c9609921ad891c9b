"""A talk can be ended while nothing can be written: its end is kept in memory, and written later."""

import logging
from dataclasses import replace

from backend.ports import SessionStore, StoreUnavailable
from backend.records import ENDED, IdempotencyRecord, Session

log = logging.getLogger("lectern.sessions")


class EndsInMemory:
    """Implements ports.SessionStore by another one, and adds the ends of sessions that it could not write.

    All else that cannot be written is refused. If the server is killed before the end is written, the session
    lives again after its restart, until its speaker has been away for too long.
    """

    def __init__(self, store: SessionStore) -> None:
        self._store = store
        self._unwritten: dict[str, Session] = {}

    async def create(self, session: Session, record: IdempotencyRecord | None = None) -> Session:
        """Store a new session, and with it the record if there is one: both or neither."""
        return await self._store.create(session, record)

    async def find_record(self, owner: str, key: str) -> IdempotencyRecord | None:
        """What this user's request with this idempotency key was answered, while that is remembered."""
        return await self._store.find_record(owner, key)

    async def get(self, session_id: str) -> Session | None:
        """The session with this id, ended ones included."""
        return self._unwritten.get(session_id) or await self._store.get(session_id)

    async def replace(self, session: Session) -> Session | None:
        """Store the next version of a session; None when the stored version is not the one before it."""
        try:
            return await self._store.replace(session)
        except StoreUnavailable:
            if session.status != ENDED:
                raise
        log.warning("a session's end is kept in memory", extra={"sessionId": session.session_id})
        self._unwritten[session.session_id] = session
        return session

    async def mark_speaker_seen(self, session_id: str) -> None:
        """Remember across restarts that a speaker was here, and may come back."""
        await self._store.mark_speaker_seen(session_id)

    async def owned_by(self, owner: str, before: int | None, limit: int) -> list[Session]:
        """This user's sessions, newest first, those with a `number` below `before`."""
        sessions = await self._store.owned_by(owner, before, limit)
        return [self._unwritten.get(session.session_id, session) for session in sessions]

    async def alive(self) -> list[Session]:
        """Sessions that have not ended."""
        alive = await self._store.alive()
        return [session for session in alive if session.session_id not in self._unwritten]

    async def forget(self, ended_before_ms: int) -> None:
        """Drop sessions that ended before this moment of the steady clock, and records past their time."""
        await self._store.forget(ended_before_ms)

    async def days_per_user(self, since_ms: int) -> dict[str, float]:
        """On how many days a user created sessions since this moment, by creation mode."""
        return await self._store.days_per_user(since_ms)

    async def check(self) -> None:
        """Return when the store answers."""
        await self._store.check()

    async def write_ends(self) -> None:
        """Write what could not be written before. Raises StoreUnavailable while that still fails."""
        for ended in list(self._unwritten.values()):
            stored = await self._store.get(ended.session_id)
            if stored is not None and stored.status != ENDED:
                written = await self._store.replace(replace(ended, version=stored.version + 1))
                if written is None:
                    continue
            del self._unwritten[ended.session_id]
