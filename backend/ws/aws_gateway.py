"""Plays AWS API Gateway, the gateway of the original system, in front of one of our connections."""

from aiohttp import WSMessage, WSMsgType

from backend.live.peer import Peer
from backend.ports import Clock, Timer
from backend.settings import GatewayTimes
from pylib.protocol.codes import CLOSE_GOING_AWAY, CLOSE_TOO_LARGE
from pylib.protocol.server_messages import ConnectionRefreshRequired

MAX_FRAME_BYTES = 32 * 1024


class AwsGateway:
    """What API Gateway does to one connection, from its first moment to `end`.

    It drops binary frames, refuses large messages, and closes a connection that is idle or old. It is
    stricter than the real one in that messages to the client do not end idleness, only messages from it.
    Source: Amazon API Gateway's "Quotas for configuring and running a WebSocket API".
    """

    def __init__(self, peer: Peer, times: GatewayTimes, clock: Clock) -> None:
        self._peer = peer
        self._times = times
        self._clock = clock
        self._idle = self._start_idling()
        self._refresh = self._clock.call_later(times.refresh_s, self._ask_for_refresh)
        self._age = self._clock.call_later(times.age_s, lambda: self._cut("too old"))

    def lets_through(self, arrived: WSMessage) -> bool:
        """Whether a message reaches the server."""
        if arrived.type is WSMsgType.BINARY:
            return False
        if arrived.type is WSMsgType.TEXT:
            if len(arrived.data.encode()) > MAX_FRAME_BYTES:
                self._peer.close(CLOSE_TOO_LARGE, "frame too large")
                return False
            self._idle.cancel()
            self._idle = self._start_idling()
        return True

    def end(self) -> None:
        """The connection has ended: stop the timers."""
        for timer in (self._idle, self._refresh, self._age):
            timer.cancel()

    def _start_idling(self) -> Timer:
        return self._clock.call_later(self._times.idle_s, lambda: self._cut("idle"))

    def _ask_for_refresh(self) -> None:
        left_s = self._times.age_s - self._times.refresh_s
        refresh_by = self._clock.now_ms() + round(left_s * 1000)
        self._peer.send_message(ConnectionRefreshRequired(refresh_by=refresh_by))

    def _cut(self, reason: str) -> None:
        self._peer.close(CLOSE_GOING_AWAY, reason)
