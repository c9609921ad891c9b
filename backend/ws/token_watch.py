"""A live connection whose token runs out: its client is asked for a fresh one, and nothing is cut."""

import logging

from backend.ports import Clock
from backend.ws.participant import Participant
from pylib.protocol.server_messages import ConnectionRefreshRequired

ASK_BEFORE_S = 240.0
"""Our pages get a new token when less than 5 minutes are left of theirs, so this is when they have one."""

ASK_AGAIN_S = 60.0
LONGEST_WAIT_S = 7 * 24 * 3600.0
SHORTEST_WAIT_S = 1.0

log = logging.getLogger("lectern.ws")


class TokenWatch:
    """Asks the client of one connection for a successor, which comes with a fresh token, until it has one.

    The talk goes on over the old connection for as long as the client likes: who speaks was known when it
    began. An older client is not asked, as its next connection may come with the same token and be refused.

    Args:
        participant: the connection.
        expires_ms: when its token expires, in ms since the epoch.
        clock: the wall clock now, and the steady one from then on.
    """

    def __init__(self, participant: Participant, expires_ms: int, clock: Clock) -> None:
        self._participant = participant
        self._clock = clock
        self._expires_at = clock.monotonic_s() + (expires_ms - clock.now_ms()) / 1000
        self._told = False
        left_s = self._left_s
        self._wait(max(left_s - ASK_BEFORE_S, left_s / 2) if left_s > 0 else ASK_AGAIN_S)

    def end(self) -> None:
        """The connection has ended."""
        self._timer.cancel()

    @property
    def _left_s(self) -> float:
        return self._expires_at - self._clock.monotonic_s()

    def _wait(self, wait_s: float) -> None:
        bounded_s = min(max(wait_s, SHORTEST_WAIT_S), LONGEST_WAIT_S)
        self._timer = self._clock.call_later(bounded_s, self._look)

    def _look(self) -> None:
        left_s = self._left_s
        if left_s <= 0:
            self._tell_once()
        peer = self._participant.peer
        if not peer.is_older:
            refresh_by = self._participant.server_ms + round(left_s * 1000)
            peer.send_message(ConnectionRefreshRequired(refresh_by=refresh_by))
        if left_s > ASK_BEFORE_S:
            self._wait(left_s - ASK_BEFORE_S)
        else:
            self._wait(min(left_s, ASK_AGAIN_S) if left_s > 0 else ASK_AGAIN_S)

    def _tell_once(self) -> None:
        if not self._told:
            self._told = True
            room = self._participant.room
            session_id = room.session.session_id if room is not None else ""
            log.warning("a live connection has outlived its token", extra={"sessionId": session_id})
