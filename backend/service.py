"""What can be done to a session. Requests over HTTP and over WebSocket both come through here."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import Any

from backend.action_log import COME, END, LEAVE, REPLAYED, UNCHANGED, ActionLog
from backend.figures.users import Users
from backend.live.hub import Hub
from backend.live.peer import Peer
from backend.live.room import Room
from backend.ports import Bus, Clock, StoreUnavailable
from backend.problems import Problem, not_yours, session_inactive, session_not_found, too_many_listeners
from backend.records import ENDED, Session
from backend.session_numbers import NumbersKeeper
from backend.sessions.description import render
from backend.sessions.ends_in_memory import EndsInMemory
from backend.sessions.lifecycle import NO_ORIGIN, Creation, IdempotencyKey, Origin, SessionLifecycle
from backend.settings import Limits
from backend.speaker_waits import SpeakerWaits
from backend.write_limit import WriteLimit
from pylib.protocol.sessions import OwnSession, SessionConfig

EXPIRED = "expired"
FORGET_EVERY_S = 3600

log = logging.getLogger("lectern.sessions")


class SessionService:
    """Keeps the stored session and the connected people in step.

    Args:
        store: where sessions are kept, with the ends that could not be written yet.
        lifecycle: creates, changes and ends them there.
        numbers: keeps how sessions are attended.
        hub: the people connected to this server.
        bus: tells every server of a change.
        actions: told of what speakers do.
        writes: bounds how often they do it.
        users: told who created a session in which mode.
        limits: lifetimes and bounds.
        clock: times the waiting for speakers.
    """

    def __init__(
        self,
        *,
        store: EndsInMemory,
        lifecycle: SessionLifecycle,
        numbers: NumbersKeeper,
        hub: Hub,
        bus: Bus,
        actions: ActionLog,
        writes: WriteLimit,
        users: Users,
        limits: Limits,
        clock: Clock,
    ) -> None:
        self.actions = actions
        self._writes = writes
        self._users = users
        self._store = store
        self._lifecycle = lifecycle
        self._numbers = numbers
        self._hub = hub
        self._bus = bus
        self._limits = limits
        self._clock = clock
        self._waits = SpeakerWaits(limits, clock, self._give_up)
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False

    async def start(self) -> None:
        """Hear of changes; wait again for every session's speaker, as before a restart; begin to sweep."""
        await self._bus.subscribe(self._receive)
        self._hub.on_over = self._room_is_over
        alive = await self._store.alive()
        await self._numbers.restore(alive)
        for session in alive:
            self._hub.ages.began_s(session)
            self._wait_for_speaker(session.session_id, seen=bool(session.speaker_seen))
        self._spawn(self._sweep())

    async def stop(self) -> None:
        """Cancel timers and background tasks. The stored sessions live on."""
        self._stopped = True
        with suppress(StoreUnavailable):
            await self._store.write_ends()
            await self._numbers.write()
        self._waits.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def is_ready(self) -> bool:
        """Whether people should be sent here: the store answers, and the server is not about to stop."""
        if self._hub.closing:
            return False
        try:
            await self._store.check()
        except StoreUnavailable:
            return False
        return True

    # The life of a session

    async def create(
        self,
        owner: str,
        config: SessionConfig,
        idempotency: IdempotencyKey | None = None,
        origin: Origin = NO_ORIGIN,
    ) -> Creation:
        """Create a session for a user. Raises Problem as `SessionLifecycle.create`."""
        creation = await self._lifecycle.create(owner, config, idempotency, origin)
        action = self.actions.current
        action.session_id, action.mode = creation.session_id, origin.mode
        if creation.session is None:
            action.outcome = REPLAYED
        else:
            self._hub.ages.began_s(creation.session)
            self._users.created(owner, origin.mode)
            # A speaker who lost the answer, or closed the page, never connects: only this wait ends it.
            self._wait_for_speaker(creation.session_id, seen=False)
        return creation

    async def find(self, session_id: str) -> Session:
        """Any session, ended ones included. Raises Problem 404."""
        session = await self._store.get(session_id)
        if session is None:
            raise session_not_found()
        if session.status != ENDED and self._hub.ages.is_over(session):
            return await self._end_by_itself(session_id, EXPIRED)
        return session

    async def find_alive(self, session_id: str) -> Session:
        """A session that people can enter. Raises Problem 404, or 409 SESSION_INACTIVE."""
        session = await self.find(session_id)
        if session.status == ENDED:
            raise session_inactive()
        return session

    async def find_own(self, session_id: str, owner: str) -> Session:
        """A session of this user. Raises Problem 404 or 403."""
        session = await self.find(session_id)
        self.actions.current.is_about(session)
        if session.owner != owner:
            raise not_yours()
        return session

    async def list_own(self, owner: str, before: int | None, limit: int) -> list[Session]:
        """This user's sessions, newest first."""
        return await self._store.owned_by(owner, before, limit)

    async def describe_own(self, sessions: list[Session]) -> list[OwnSession]:
        """Sessions as the API tells their owner, with how they were attended."""
        return await self._numbers.describe(sessions)

    async def change(
        self,
        session: Session,
        changes: Mapping[str, Any],
        expected_version: int | None = None,
        request_id: str | None = None,
    ) -> Session:
        """Store changes and tell the people of the session.

        Raises Problem as `SessionLifecycle.change`, 400 for more places than this server allows, and 429.
        """
        bound = self._limits.most_listeners(session.max_listeners)
        if changes.get("max_listeners", 0) > bound:
            raise too_many_listeners(bound)
        self._writes.take(session, changes)
        changed = await self._lifecycle.change(session.session_id, changes, expected_version)
        if changed.version == session.version:
            self.actions.current.outcome = UNCHANGED
        await self._publish(changed, request_id)
        return changed

    async def end(self, session: Session, reason: str = ENDED, request_id: str | None = None) -> Session:
        """End a session and close its connections; ending it again is fine, but may be too often.

        Raises Problem 404, or 429 when it has ended already.
        """
        self._writes.take(session, {"status": ENDED})
        if session.status == ENDED:
            self.actions.current.outcome = UNCHANGED
        return await self._end(session.session_id, reason, request_id)

    def render(self, session: Session) -> str:
        """A session as the API tells it, in JSON, cached: listeners' pages poll it again and again."""
        return render(session, self.listener_count(session))

    @property
    def grace_ms(self) -> int:
        """How long a session waits for a speaker who went away."""
        return self._limits.grace_ms

    def listener_count(self, session: Session) -> int:
        """How many listen now."""
        return self._hub.listener_count(session.session_id)

    # People coming and going

    async def find_for_speaker(self, session_id: str, owner: str) -> Session:
        """A session that has not ended, for its owner, who is marked as seen. Raises Problem."""
        session = await self.find_own(session_id, owner)
        if session.status != ENDED and not session.speaker_seen:
            await self._mark_speaker_seen(session_id)
        return await self.find_alive(session_id)

    async def _mark_speaker_seen(self, session_id: str) -> None:
        try:
            await self._store.mark_speaker_seen(session_id)
        except StoreUnavailable:
            # The talk can begin without that record: after a restart the session would only wait longer.
            log.warning("a speaker's coming could not be noted", extra={"sessionId": session_id})

    def seat_speaker(self, session: Session, peer: Peer) -> Room:
        """Seat the owner of a living session.

        Call this right after looking the session up: if anything were awaited in between, the session could
        end there, and the news of its end would find no room to close.
        """
        room = self._hub.open_room(session)
        room.seat_speaker(peer)
        self._waits.end(session.session_id)
        self.actions.note(COME, session)
        return room

    def seat_listener(self, session: Session, peer: Peer, resume: str = "") -> Room:
        """Seat a listener. Raises Problem when the session is full."""
        room = self._hub.open_room(session)
        room.seat_listener(peer, resume)
        return room

    def leave(self, room: Room, peer: Peer) -> None:
        """A connection of this room is gone."""
        session_id = room.session.session_id
        if peer is room.speaker and room.session.status != ENDED:
            self.actions.note(LEAVE, room.session)
            self._wait_for_speaker(session_id, seen=True)
        room.leave(peer)
        # While the speaker may come back the room stays: it holds `muted` and the next frame's number.
        if self._hub.room(session_id) is room and session_id not in self._waits:
            self._hub.drop_if_empty(session_id)

    # Inside

    async def _end(self, session_id: str, reason: str, request_id: str | None = None) -> Session:
        ended = await self._lifecycle.end(session_id, reason)
        await self._publish(ended, request_id)
        return ended

    async def _end_by_itself(self, session_id: str, reason: str) -> Session:
        """End a session that no speaker asked to end."""
        ended = await self._end(session_id, reason)
        self.actions.note(END, ended, reason=reason)
        return ended

    async def _publish(self, session: Session, request_id: str | None) -> None:
        await self._bus.publish(session, request_id)

    def _receive(self, session: Session, request_id: str | None) -> None:
        """A session has changed, by a request to this server or to another one."""
        if session.status == ENDED:
            self._waits.end(session.session_id)
            self._hub.ages.forget(session.session_id)
        self._hub.announce(session, request_id)

    def _room_is_over(self, room: Room) -> None:
        self._numbers.note_over(room)
        if not self._stopped:
            self._spawn(self._numbers.write_quietly())

    def _wait_for_speaker(self, session_id: str, *, seen: bool) -> None:
        """End the session unless its speaker comes (back) in time; `seen`: whether they ever came."""
        if not self._stopped:
            self._waits.begin(session_id, seen=seen)

    def _give_up(self, session_id: str, reason: str) -> None:
        self._spawn(self._end_quietly(session_id, reason))

    async def _end_quietly(self, session_id: str, reason: str) -> None:
        try:
            await self._end_by_itself(session_id, reason)
        except Problem as problem:
            log.warning("a session could not be ended", extra={"sessionId": session_id, "code": problem.code})
        except StoreUnavailable:
            log.exception("a session could not be ended", extra={"sessionId": session_id})

    async def _sweep(self) -> None:
        """End what has expired, write what was counted, and once an hour forget what is long over."""
        forget_at = self._clock.monotonic_s()
        while True:
            try:
                for session in await self._store.alive():
                    if self._hub.ages.is_over(session):
                        await self._end_quietly(session.session_id, EXPIRED)
                await self._store.write_ends()
                await self._numbers.write()
                if self._clock.monotonic_s() >= forget_at:
                    await self._store.forget(self._clock.steady_ms() - int(self._limits.keep_ended_s * 1000))
                    forget_at += FORGET_EVERY_S
            except StoreUnavailable:
                # A full disk may be freed later; until then the rest of the server goes on.
                log.exception("the sweep failed; it is tried again")
            await asyncio.sleep(self._limits.sweep_every_s)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
