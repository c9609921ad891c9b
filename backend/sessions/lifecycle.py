"""The rules of a stored session on any store: created once for a key, changed while alive, ended for good."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from backend.ports import Clock, CreationLimit, KeyTaken, SessionIdTaken, SessionStore
from backend.problems import (
    key_reused,
    precondition_failed,
    session_inactive,
    session_not_found,
    too_many_sessions,
)
from backend.records import ACTIVE, ENDED, IdempotencyRecord, Session
from backend.sessions.description import render
from backend.sessions.ids import draw_session_id
from backend.settings import Limits
from pylib.protocol.sessions import SessionConfig


class IdempotencyKey(NamedTuple):
    """A client's name for one user action, and a digest of what it asked for."""

    key: str
    digest: str


class Origin(NamedTuple):
    """How a session came about: its creation mode, and the correlation id of the user action."""

    mode: str = ""
    correlation_id: str = ""


NO_ORIGIN = Origin()


class Creation(NamedTuple):
    """A created session; or the answer stored when this key was used before, and no session."""

    session_id: str
    answer: str
    session: Session | None

    @property
    def replayed(self) -> bool:
        """Whether an earlier request created the session."""
        return self.session is None


class SessionLifecycle:
    """The rules of stored sessions. Each method that changes something returns when the change is safe.

    Args:
        store: where sessions are kept.
        creation_limit: how many a user may create.
        limits: a session's life and size.
        secret: key of the speakers' pseudonyms.
        clock: dates creations and changes.
    """

    def __init__(
        self, store: SessionStore, creation_limit: CreationLimit, limits: Limits, secret: bytes, clock: Clock
    ) -> None:
        self._store = store
        self._creation_limit = creation_limit
        self._limits = limits
        self._secret = secret
        self._clock = clock

    async def create(
        self,
        owner: str,
        config: SessionConfig,
        idempotency: IdempotencyKey | None = None,
        origin: Origin = NO_ORIGIN,
    ) -> Creation:
        """Create a session, at most one for a key; a key used before gives its answer again, byte by byte.

        Raises Problem: 422 when the key was used for another request, 429 over the hourly limit.
        """
        if idempotency is not None:
            earlier = await self._store.find_record(owner, idempotency.key)
            if earlier is not None:
                return _replay(earlier, idempotency)
        wait_ms = await self._creation_limit.reserve(owner, self._clock.steady_ms())
        if wait_ms:
            raise too_many_sessions(wait_ms)
        while True:
            session = self._new_session(owner, config, origin)
            answer = render(session, 0)
            record = idempotency and IdempotencyRecord(*idempotency, session.session_id, answer)
            try:
                stored = await self._store.create(session, record)
            except SessionIdTaken:
                continue
            except KeyTaken as taken:
                # Another server has answered this key since we looked.
                return _replay(taken.record, idempotency)
            return Creation(stored.session_id, answer, stored)

    async def change(
        self, session_id: str, changes: Mapping[str, Any], expected_version: int | None = None
    ) -> Session:
        """Apply `changes` (field to value); without a difference nothing is written.

        Raises Problem: 404, 412 when `expected_version` is no longer the session's, 409 when it has ended.
        """

        def changed(session: Session) -> Session:
            if expected_version is not None and session.version != expected_version:
                raise precondition_failed()
            if session.status == ENDED:
                raise session_inactive()
            wanted = replace(session, **changes)
            return replace(wanted, end_reason=ENDED) if wanted.status == ENDED else wanted

        return await self._replace(session_id, changed)

    async def end(self, session_id: str, reason: str) -> Session:
        """End a session; ending it again changes nothing. Raises Problem 404."""

        def ended(session: Session) -> Session:
            if session.status == ENDED:
                return session
            return replace(session, status=ENDED, end_reason=reason or ENDED)

        return await self._replace(session_id, ended)

    async def _replace(self, session_id: str, change: Callable[[Session], Session]) -> Session:
        """Change the latest version, however often another change comes first."""
        while True:
            session = await self._store.get(session_id)
            if session is None:
                raise session_not_found()
            wanted = change(session)
            if wanted == session:
                return session
            # A clock that was set back must not make a session younger than it was.
            updated_at = max(self._clock.now_ms(), session.updated_at)
            stored = await self._store.replace(
                replace(wanted, version=session.version + 1, updated_at=updated_at)
            )
            if stored is not None:
                return stored

    def _new_session(self, owner: str, config: SessionConfig, origin: Origin) -> Session:
        now = self._clock.now_ms()
        return Session(
            number=0,
            session_id=draw_session_id(),
            owner=owner,
            speaker_id=self._pseudonym(owner),
            source_language=config.source_language,
            quality_tier=config.quality_tier,
            status=ACTIVE,
            created_at=now,
            updated_at=now,
            expires_at=now + int(self._limits.session_s * 1000),
            max_listeners=self._limits.max_listeners,
            version=1,
            speaker_seen=0,
            end_reason=None,
            creation_mode=origin.mode,
            correlation_id=origin.correlation_id,
        )

    def _pseudonym(self, owner: str) -> str:
        """One name for all sessions of a user, from which the user cannot be found."""
        return hmac.new(self._secret, owner.encode(), hashlib.sha256).hexdigest()[:32]


def _replay(record: IdempotencyRecord, idempotency: IdempotencyKey | None) -> Creation:
    if idempotency is None or record.digest != idempotency.digest:
        raise key_reused()
    return Creation(record.session_id, record.answer, None)
