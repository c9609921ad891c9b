"""Plays the gateway of the original system, AWS API Gateway, in front of a connection of our own."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import WSMessage, WSMsgType

from backend.clock import now_ms
from backend.live.peer import Peer
from backend.settings import GatewayTimes
from pylib.protocol.codes import CLOSE_GOING_AWAY, CLOSE_TOO_LARGE
from pylib.protocol.server_messages import ConnectionRefreshRequired

MAX_FRAME_BYTES = 32 * 1024

Later = Callable[[float, Callable[[], None]], Any]


class AwsGateway:
    """What API Gateway does to one connection, from its first moment to `end`.

    It drops binary frames, refuses large messages, and closes a connection that is idle or old. It is
    stricter than the real one in that messages to the client do not end idleness, only messages from it.
    Source: Amazon API Gateway's "Quotas for configuring and running a WebSocket API".
    `later` is the event loop's call_later, if no other is given.
    """

    def __init__(self, peer: Peer, times: GatewayTimes, later: Later | None = None) -> None:
        self._peer = peer
        self._times = times
        self._later: Later = later or asyncio.get_running_loop().call_later
        self._idle = self._start_idling()
        self._refresh = self._later(times.refresh_s, self._ask_for_refresh)
        self._age = self._later(times.age_s, lambda: self._cut("too old"))

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
        """The connection is over."""
        for timer in (self._idle, self._refresh, self._age):
            timer.cancel()

    def _start_idling(self) -> Any:
        return self._later(self._times.idle_s, lambda: self._cut("idle"))

    def _ask_for_refresh(self) -> None:
        left_s = self._times.age_s - self._times.refresh_s
        refresh_by = now_ms() + round(left_s * 1000)
        self._peer.send_message(ConnectionRefreshRequired(refresh_by=refresh_by))

    def _cut(self, reason: str) -> None:
        self._peer.close(CLOSE_GOING_AWAY, reason)
