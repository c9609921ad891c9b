"""All rooms of this process: each made when its first person connects, dropped when the last has left."""

import asyncio
import logging
import math
import random
from collections.abc import Callable, Collection

from backend.live.ages import Ages
from backend.live.peer import Peer
from backend.live.room import Room
from backend.metrics import Metrics
from backend.ports import Clock
from backend.records import ENDED, Session, SessionNumbers
from backend.settings import Limits
from pylib.protocol.codes import CLOSE_NORMAL, CLOSE_RESTARTING
from pylib.protocol.server_messages import Goaway, SessionEnded

RECONNECT_SPREAD_MS = 1000
FULL_STATUS_EVERY = 20
"""In every 20th status round all rooms are checked: a listener whose reports stop marks no room stale."""
GROUPS_PER_ROUND = 10
"""All connections are checked once in a round, a tenth of them at a time."""
GOODBYE_STEP_S = 0.05
STOOD_STILL_S = 1.0
"""A health check that is so much too late shows that this process stood still, not its clients."""

log = logging.getLogger("lectern.hub")


class Hub:
    """Finds the room of a session, and tells a room what happened to its session.

    Attributes:
        closing: this server stops, and closes every new connection at once.
        ages: how old each living session is.
        counted_before: what was counted, before a restart, of sessions that have no room yet.
        on_over: called with the room of a session that has ended, before its people are let go.
    """

    def __init__(self, limits: Limits, metrics: Metrics, clock: Clock) -> None:
        self._limits = limits
        self._metrics = metrics
        self._clock = clock
        self.ages = Ages(clock)
        self.counted_before: dict[str, SessionNumbers] = {}
        self.on_over: Callable[[Room], None] = lambda _room: None
        self._began_at = clock.monotonic_s()
        self._rooms: dict[str, Room] = {}
        self._people: set[Peer] = set()
        self._all_gone = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.closing = False

    def start(self) -> None:
        """Begin to push status to speakers, and to check the health of all connections."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._push_status()), loop.create_task(self._check_all_health())]

    def stop(self) -> None:
        """Stop the tasks of `start`."""
        for task in self._tasks:
            task.cancel()

    def rooms(self) -> Collection[Room]:
        """All rooms of this server."""
        return list(self._rooms.values())

    def room(self, session_id: str) -> Room | None:
        """The room of a session; None when it has none on this server."""
        return self._rooms.get(session_id)

    def open_room(self, session: Session) -> Room:
        """The room of a session, created when there is none."""
        room = self._rooms.get(session.session_id)
        if room is None:
            # A speaker who was here before a restart has been away, for this server, since it began.
            away_since = self._began_at if session.speaker_seen else None
            began_s = self.ages.began_s(session)
            room = Room(
                session,
                self._limits,
                self._metrics,
                self._clock,
                began_s=began_s,
                away_since=away_since,
                counted=self.counted_before.pop(session.session_id, None),
            )
            self._rooms[session.session_id] = room
        return room

    def drop_if_empty(self, session_id: str) -> None:
        """Forget a room without connections."""
        room = self._rooms.get(session_id)
        if room is not None and not room.everyone():
            del self._rooms[session_id]

    def listener_count(self, session_id: str) -> int:
        """The number of listeners of a session now."""
        room = self._rooms.get(session_id)
        return 0 if room is None else len(room.listeners)

    def arrived(self, peer: Peer) -> None:
        """A connection began. It may enter a room later."""
        self._people.add(peer)
        self._all_gone.clear()
        if self.closing:
            _send_goaway(peer)
            peer.close(CLOSE_RESTARTING, "restarting")

    def departed(self, peer: Peer) -> None:
        """It is over."""
        self._people.discard(peer)
        if not self._people:
            self._all_gone.set()

    def announce(self, session: Session, request_id: str | None = None) -> None:
        """Tell the people of a session what has changed. A version that is not newer is ignored."""
        room = self._rooms.get(session.session_id)
        if session.status == ENDED:
            self.counted_before.pop(session.session_id, None)
        if room is None or session.version <= room.session.version:
            return
        before = room.session
        room.floor.complete(before)
        room.session = session
        room.stale = True
        if session.status == ENDED:
            self._end_when_heard(room, request_id)
        elif session.status != before.status:
            room.announce(room.pause_message(), request_id)

    async def drain(self) -> None:
        """The server stops: every connection is sent `goaway`, then closed with 1012, one after the other.

        From now on a new connection is closed at once.
        A large audience is spread over some seconds, so that it does not come back in one instant;
        the speakers are last, so that each listener hears on until its own turn. Returns when all
        are gone, or were given the time for it.
        """
        self.closing = True
        speakers = {room.speaker for room in self._rooms.values()}
        people = sorted(self._people, key=lambda peer: peer in speakers)
        for peer in people:
            _send_goaway(peer)
        spread_s = min(self._limits.goodbye_s, len(people) / self._limits.goodbyes_per_s)
        group = math.ceil(len(people) / max(1, spread_s / GOODBYE_STEP_S)) or 1
        for start in range(0, len(people), group):
            if start:
                await asyncio.sleep(GOODBYE_STEP_S)
            for peer in people[start : start + group]:
                peer.close(CLOSE_RESTARTING, "restarting")
        await self._wait_until_gone()

    async def _wait_until_gone(self) -> None:
        """Wait until all connections have ended, and abort those that have not in the time for it."""
        if self._people:
            try:
                async with asyncio.timeout(self._limits.close_wait_s + 1):
                    await self._all_gone.wait()
            except TimeoutError:
                for peer in self._people:
                    peer.abort()

    def count(self) -> dict[tuple[str, ...], float]:
        """Connected people by role."""
        rooms = self._rooms.values()
        return {
            ("speaker",): sum(room.speaker is not None for room in rooms),
            ("listener",): sum(len(room.listeners) for room in rooms),
        }

    def _end_when_heard(self, room: Room, request_id: str | None) -> None:
        """End a room once its speaker's last words have left: a chunk leaves as slowly as it was spoken."""
        wait_s = room.floor.waiting_s
        if wait_s:
            self._clock.call_later(wait_s, lambda: self._end(room, request_id))
        else:
            self._end(room, request_id)

    def _end(self, room: Room, request_id: str | None) -> None:
        session = room.session
        reason = session.end_reason or ENDED
        room.floor.finish(session)
        room.announce(SessionEnded(session_id=session.session_id, reason=reason), request_id)
        self.on_over(room)
        self._rooms.pop(session.session_id, None)
        for peer in room.everyone():
            peer.close(CLOSE_NORMAL, reason)

    async def _push_status(self) -> None:
        rounds = 0
        while True:
            await asyncio.sleep(self._limits.status_every_s)
            rounds += 1
            for room in list(self._rooms.values()):
                if rounds % FULL_STATUS_EVERY == 0:
                    room.places.note_draining()
                if room.stale or rounds % FULL_STATUS_EVERY == 0:
                    _push_status_of(room)

    async def _check_all_health(self) -> None:
        """Check each connection every `health_check_every_s`, in groups: many pings at once delay sound."""
        step_s = self._limits.health_check_every_s / GROUPS_PER_ROUND
        due_s = self._clock.monotonic_s()
        while True:
            people = list(self._people)
            group = math.ceil(len(people) / GROUPS_PER_ROUND) or 1
            for turn in range(GROUPS_PER_ROUND):
                now = self._clock.monotonic_s()
                if now - due_s >= STOOD_STILL_S:
                    for peer in self._people:
                        peer.mark_alive()
                for peer in people[turn * group : (turn + 1) * group]:
                    _check_health(peer, now)
                due_s = self._clock.monotonic_s() + step_s
                await asyncio.sleep(step_s)


def _send_goaway(peer: Peer) -> None:
    """Each client is told another delay, so that an audience does not come back in the same instant."""
    peer.send_message(Goaway(reconnect_in_ms=random.randrange(RECONNECT_SPREAD_MS)))


def _check_health(peer: Peer, now: float) -> None:
    """Check one connection; an error in it is logged, and must not stop the checks of the others."""
    try:
        peer.check_health(now)
    except Exception:
        log.exception("a health check failed")
        peer.abort()


def _push_status_of(room: Room) -> None:
    """Push one room's status; an error in it is logged, and must not stop the others' status."""
    try:
        room.push_status()
    except Exception:
        log.exception("a status could not be sent", extra={"sessionId": room.session.session_id})
