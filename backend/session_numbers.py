"""Keeps the numbers of sessions: read at the start, counted in the rooms, written while talks live."""

import logging
from collections.abc import Collection

from backend.live.hub import Hub
from backend.live.room import Room
from backend.ports import NumbersStore, StoreUnavailable
from backend.records import Session, SessionNumbers
from backend.sessions.description import describe_own
from pylib.protocol.sessions import OwnSession

log = logging.getLogger("lectern.sessions")


class NumbersKeeper:
    """The numbers of all sessions of this server; a talk depends on none of them.

    What cannot be written waits for the next time, as `write` is called again and again.
    """

    def __init__(self, store: NumbersStore, hub: Hub) -> None:
        self._store = store
        self._hub = hub
        self._written: dict[str, SessionNumbers] = {}
        self._over: dict[str, SessionNumbers] = {}

    async def restore(self, alive: Collection[Session]) -> None:
        """Go on counting these sessions from what is stored. Raises StoreUnavailable."""
        stored = await self._store.of([session.session_id for session in alive])
        self._hub.counted_before.update(stored)

    def note_over(self, room: Room) -> None:
        """A room's session has ended: its numbers are final, and wait to be written."""
        self._written.pop(room.session.session_id, None)
        numbers = room.attendance.numbers
        if numbers is not None:
            self._over[numbers.session_id] = numbers.settled()

    async def write(self) -> None:
        """Write what has changed since it was written last. Raises StoreUnavailable."""
        over = dict(self._over)
        rooms = self._hub.rooms()
        counted = [numbers for room in rooms if (numbers := room.attendance.numbers) is not None]
        changed = {one.session_id: one for one in counted if self._written.get(one.session_id) != one}
        if not over and not changed:
            return
        await self._store.write([*over.values(), *changed.values()])
        for session_id, numbers in over.items():
            if self._over.get(session_id) is numbers:
                del self._over[session_id]
        still_open = {room.session.session_id for room in self._hub.rooms()}
        self._written = {
            name: one for name, one in {**self._written, **changed}.items() if name in still_open
        }

    async def write_quietly(self) -> None:
        """As `write`; what cannot be written is left to the next time."""
        try:
            await self.write()
        except StoreUnavailable:
            log.warning("the numbers of sessions could not be written")

    async def describe(self, sessions: Collection[Session]) -> list[OwnSession]:
        """Sessions as their owner is told of them. Raises StoreUnavailable."""
        stored = await self._store.of([session.session_id for session in sessions])
        return [self._describe(session, stored.get(session.session_id)) for session in sessions]

    def _describe(self, session: Session, stored: SessionNumbers | None) -> OwnSession:
        session_id = session.session_id
        room = self._hub.room(session_id)
        newest = self._over.get(session_id) or (room.attendance.numbers if room else None)
        return describe_own(
            session,
            self._hub.listener_count(session_id),
            newest or stored,
            speaker_connected=room is not None and room.speaker is not None,
        )
