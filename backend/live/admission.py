"""Whether a listener may come into a room, and who gives way when the room is full."""

from backend.live.peer import Peer
from backend.live.places import Places
from backend.ports import Clock
from backend.problems import door_closed, session_full
from backend.records import Session
from backend.settings import Limits


class Admission:
    """The door of one room.

    Args:
        places: the room's.
        limits: for how long a server that was started anew believes those who come back.
        clock: when the room was made.
    """

    def __init__(self, places: Places, limits: Limits, clock: Clock) -> None:
        self._places = places
        self._believes_until_s = clock.monotonic_s() + limits.grace_s
        self._clock = clock

    def admit(self, peer: Peer, resume: str, session: Session, *, sound_flows: bool) -> Peer | None:
        """Let a newcomer in, or one whose connection `resume` has ended; returns who has to give way, if any.

        Raises Problem when the door is closed to newcomers, or when all places are taken and none is free to
        be given away: only while sound flows can a listener be told from a socket that plays nothing.
        """
        if self._places.is_kept(resume):
            return None
        if session.door_closed and not self._was_here(resume):
            # Older clients know no door, and come again and again unless they are told that it is full.
            raise session_full() if peer.is_older else door_closed()
        if self._places.taken < session.max_listeners:
            return None
        yielding = self._places.first_to_yield() if sound_flows else None
        if yielding is None:
            raise session_full()
        return yielding

    def _was_here(self, resume: str) -> bool:
        """Whether a client that comes back was inside when the door was closed.

        A server that was started anew knows no earlier connection, so for a while it believes all.
        """
        believes = self._clock.monotonic_s() < self._believes_until_s
        return self._places.knows(resume) or (believes and resume != "")
