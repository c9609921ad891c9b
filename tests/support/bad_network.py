"""A network that loses answers, refuses and delays, and writes down what passes between page and server."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple

from pylib.errors import NetworkError
from pylib.ports import Connector, HttpRequest, HttpResponse, HttpTransport, Packet, Socket, SocketEvents

LOST, BUSY = "lost", "busy"
"""What becomes of an HTTP answer: it never comes, or the proxy says 503 in the server's place."""


class Attempt(NamedTuple):
    """One HTTP request as it left the page; `status` is 0 where no answer came."""

    correlation_id: str
    method: str
    status: int


class Opening(NamedTuple):
    """One live connection that was opened, and whether the server let it in."""

    with_session_id: bool
    ok: bool


class BadTransport:
    """HttpTransport: `fault` says what becomes of the next answer to a call under /sessions."""

    def __init__(self, transport: HttpTransport, fault: Callable[[], str]) -> None:
        self.attempts: list[Attempt] = []
        self._transport = transport
        self._fault = fault

    async def send(self, request: HttpRequest) -> HttpResponse:
        fault = self._fault()
        if fault == BUSY:
            answer = HttpResponse(503, {"content-type": "text/plain"}, "busy")
        else:
            answer = await self._transport.send(request)
        status = 0 if fault == LOST else answer.status
        self.attempts.append(Attempt(request.headers["X-Correlation-ID"], request.method, status))
        if fault == LOST:
            raise NetworkError("This site cannot be reached.")
        return answer


class BadConnector:
    """Connector: each connection is opened `delay_s()` later; one of a minus delay breaks at once."""

    def __init__(self, connector: Connector, delay_s: Callable[[], float]) -> None:
        self.openings: list[Opening] = []
        self._connector = connector
        self._delay_s = delay_s

    def open(self, url: str, subprotocols: list[str], events: SocketEvents) -> Socket:
        watched = _Watched(self.openings, "sessionId=" in url, events)
        return _LateSocket(lambda: self._connector.open(url, subprotocols, watched), watched, self._delay_s())


class _Watched:
    """SocketEvents that notes whether the server lets the page in."""

    def __init__(self, openings: list[Opening], with_session_id: bool, events: SocketEvents) -> None:
        self._openings = openings
        self._with_session_id = with_session_id
        self._events = events
        self._is_told = False

    def opened(self, subprotocol: str) -> None:
        self._events.opened(subprotocol)

    def text(self, text: str) -> None:
        if json.loads(text).get("type") == "welcome":
            self._tell(True)
        self._events.text(text)

    def binary(self, packet: Packet) -> None:
        self._events.binary(packet)

    def closed(self, code: int, reason: str) -> None:
        self._tell(False)
        self._events.closed(code, reason)

    def _tell(self, ok: bool) -> None:
        if not self._is_told:
            self._is_told = True
            self._openings.append(Opening(self._with_session_id, ok))


class _LateSocket:
    """Socket that begins to open after a delay, or breaks at once where that is below 0."""

    def __init__(self, open_now: Callable[[], Socket], watched: _Watched, delay_s: float) -> None:
        self._socket: Socket | None = None
        self._open_now = open_now
        self._watched = watched
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(max(0.0, delay_s), self._break if delay_s < 0 else self._open)

    def _open(self) -> None:
        self._socket = self._open_now()

    def _break(self) -> None:
        self._watched.closed(1006, "")

    def send_text(self, text: str) -> None:
        self._open_socket().send_text(text)

    def send_bytes(self, data: Any) -> None:
        self._open_socket().send_bytes(data)

    def buffered_bytes(self) -> int:
        return self._socket.buffered_bytes() if self._socket else 0

    def close(self, code: int, reason: str) -> None:
        self._timer.cancel()
        if self._socket is not None:
            self._socket.close(code, reason)

    def _open_socket(self) -> Socket:
        assert self._socket is not None, "a page sends only over an open connection"
        return self._socket
