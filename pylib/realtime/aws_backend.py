"""The original system's own backend, made to look like ours: a Connector around any other.

A RealtimeClient, and all that is built on it, speaks this project's protocol. What that backend does
otherwise ("Behind API Gateway, and older servers" in docs/protocol.md) is translated here:

    it answers without `requestId`       -> the answer is given the id of the request that it fits
    it sends no `welcome`                -> one is made, once it is known that the connection was let in
    it seats no listener by the address  -> `joinSession` is sent over each new socket
    it leaves some requests unanswered   -> an answer is made after CONSENT_S, if no `error` came
    it cannot end a session              -> the HTTP API is asked to, or the request fails at once
    its gateway refuses by `{message}`   -> an `error` as ours

Portable.
"""

import json
from typing import Any, Awaitable, Callable

from pylib.errors import LecternError, RealtimeError
from pylib.ports import Clock, Connector, Packet, Socket, SocketEvents
from pylib.protocol import codes, handshake, message_types
from pylib.realtime.aws_messages import (
    ANSWERS,
    BROADCASTS,
    FINAL_CODES,
    NEVER_PRESUMED,
    ROUTES,
    readable,
)
from pylib.realtime.text_transport import CARRY_CREATED_AT, TextConnector, TextStream
from pylib.realtime.timers import Timers
from pylib.tasks import in_background

CONSENT_S = 2.0
"""A request that is neither answered nor refused for so long was heard: the listeners were told, not we."""

SEATED_S = 0.5
"""A refusal comes at once, so a speaker whose heartbeat was answered so long ago was let in."""

ANY_LANGUAGE = "en"
"""joinSession must name a language there; this one where the page has none yet."""


class AwsConnector:
    """Opens AwsConnections for one RealtimeClient.

    `end_session` ends a session by its id over HTTP and raises LecternError; None where the site has no HTTP
    API. `begun_ms` is what counts as the session's `createdAt`, in ms since the epoch: the backend tells no
    such time over the socket, and frames count from it at both ends of this page.
    """

    def __init__(
        self,
        inner: Connector,
        clock: Clock,
        begun_ms: float,
        end_session: "Callable[[str], Awaitable[None]] | None" = None,
    ) -> None:
        self.end_session = end_session
        self.clock = clock
        self.created_at_ms = int(begun_ms)
        self.status: dict[str, Any] = {"type": message_types.SESSION_STATUS}
        self._text = TextConnector(inner, TextStream(self.created_at_ms, older=True, clock=clock))

    def open(self, url: str, subprotocols: list[str], events: SocketEvents) -> "AwsConnection":
        """See Connector."""
        connection = AwsConnection(self, url, events)
        connection.socket = self._text.open(url, subprotocols, connection)
        return connection


class AwsConnection:
    """One connection, seen from both sides: Socket for its owner, SocketEvents for the socket within."""

    socket: Socket

    def __init__(self, connector: AwsConnector, url: str, events: SocketEvents) -> None:
        self._connector = connector
        self._events: SocketEvents | None = events
        self._session_id = handshake.in_address(url, handshake.SESSION_ID)
        self._language = handshake.in_address(url, handshake.TARGET_LANGUAGE) or ANY_LANGUAGE
        self._is_speaker = handshake.in_address(url, handshake.TOKEN) != ""
        self._is_seated = False
        self._waiting: dict[str, str] = {}
        self._ending = ""
        self._timers = Timers(connector.clock)

    # Socket

    def send_text(self, text: str) -> None:
        """See Socket."""
        message = json.loads(text)
        request_id, action = message.pop("requestId", ""), message["action"]
        if action == message_types.END_SESSION and message.get("sessionId"):
            self._ending = request_id
            in_background(lambda: self._end_session(message))()
        if action not in ROUTES:
            return
        self.socket.send_text(json.dumps(message))
        if request_id and action in ANSWERS:
            self._expect(action, request_id)
        elif action == message_types.HEARTBEAT and self._is_speaker and self._is_seated and self._session_id:
            self._say(message_types.GET_SESSION_STATUS)  # that backend may not tell of listeners unasked

    def send_bytes(self, data: bytes) -> None:
        """See Socket."""
        self.socket.send_bytes(data)

    def buffered_bytes(self) -> int:
        """See Socket."""
        return self.socket.buffered_bytes()

    def close(self, code: int, reason: str) -> None:
        """See Socket."""
        self._events = None
        self._timers.cancel_all()
        self.socket.close(code, reason)

    # SocketEvents

    def opened(self, subprotocol: str) -> None:
        """See SocketEvents. Only somebody who comes for a session may still be refused."""
        if self._events is not None:
            self._events.opened(subprotocol)
        if not self._session_id:
            self._seat()
        elif self._is_speaker:
            self._say(message_types.GET_SESSION_STATUS)
        else:
            self._say(message_types.JOIN_SESSION, sessionId=self._session_id, targetLanguage=self._language)

    def text(self, text: str) -> None:
        """See SocketEvents."""
        message = readable(text)
        if message is None:
            if self._events is not None:
                self._events.text(text)  # which logs that it cannot be read
        elif message["type"] == message_types.ERROR:
            self._refused(message)
        else:
            self._received(message)

    def binary(self, packet: Packet) -> None:
        """See SocketEvents."""
        self._seat()
        if self._events is not None:
            self._events.binary(packet)

    def closed(self, code: int, reason: str) -> None:
        """See SocketEvents."""
        self._timers.cancel_all()
        if self._ending and code == codes.CLOSE_NORMAL:
            self._tell_ended({"type": message_types.SESSION_ENDED, "sessionId": self._session_id})
        events, self._events = self._events, None
        if events is not None:
            events.closed(code, reason)

    # Translated

    def _received(self, message: "dict[str, Any]") -> None:
        kind = message["type"]
        if kind == message_types.WELCOME:
            return  # of a server that can do more than it is asked for here; the client gets its own
        if kind in CARRY_CREATED_AT:
            message["createdAt"] = self._connector.created_at_ms
            self._seat()
        elif kind == message_types.HEARTBEAT_ACK and self._is_speaker and not self._is_seated:
            self._timers.start("seated", SEATED_S, self._seat)
        if kind == message_types.SESSION_CREATED:
            self._session_id = message.get("sessionId", "")
        elif kind == message_types.SESSION_STATUS:
            self._connector.status = dict(message)
        elif kind == message_types.SESSION_ENDED:
            self._tell_ended(message)
            return
        request_id = self._answered(kind)
        if request_id:
            self._tell(dict(message, requestId=request_id))
        elif not (self._is_speaker and kind in BROADCASTS):
            # A speaker who is told twice, or too late, may have pressed another button since.
            self._tell(message)

    def _refused(self, message: "dict[str, Any]") -> None:
        """An `error` says nothing of the request that it belongs to, so it belongs to all that wait."""
        code = message["code"]
        if code in FINAL_CODES or (code == codes.AUTH_UNAUTHORIZED and not self._is_seated):
            self._cut(codes.CLOSE_REFUSED, code)
            return
        if not self._is_seated and not self._is_speaker and self._session_id:
            self._cut(codes.CLOSE_SERVER_ERROR, code)  # joining failed: the next connection joins again
            return
        waiting = [self._answered(kind) for kind in list(self._waiting)]
        for request_id in waiting:
            self._tell(dict(message, requestId=request_id))
        if not waiting:
            self._tell(message)

    def _cut(self, code: int, reason: str) -> None:
        """To its owner, as if the backend had closed the connection with this code."""
        events = self._events
        self.close(codes.CLOSE_NORMAL, "")
        if events is not None:
            events.closed(code, reason)

    def _expect(self, action: str, request_id: str) -> None:
        answer = ANSWERS[action]
        self._waiting[answer] = request_id
        if action == message_types.GET_SESSION_STATUS:
            self._consent(answer)  # what is known; what the backend says, if it does, comes as news
        elif action not in NEVER_PRESUMED:
            self._timers.start(answer, CONSENT_S, lambda: self._consent(answer))

    def _answered(self, kind: str) -> str:
        """The id of the request that this type of message answers; empty when none waits for it."""
        self._timers.cancel(kind)
        return self._waiting.pop(kind, "")

    def _consent(self, kind: str) -> None:
        """Answer in the backend's place."""
        known = self._connector.status if kind == message_types.SESSION_STATUS else {}
        dated = {"type": kind, "createdAt": self._connector.created_at_ms}
        self._tell(dict(known, requestId=self._answered(kind), **dated))

    def _seat(self) -> None:
        """The backend let this connection in; a second time changes nothing."""
        if not self._is_seated:
            self._is_seated = True
            self._timers.cancel("seated")
            self._tell({"type": message_types.WELCOME})

    async def _end_session(self, message: "dict[str, Any]") -> None:
        """Over HTTP; the backend may tell the end over the socket, and close it, before HTTP answers."""
        session_id = message["sessionId"]
        try:
            if self._connector.end_session is None:
                raise RealtimeError("This site cannot end a talk.", code=codes.END_UNSUPPORTED)
            await self._connector.end_session(session_id)
        except LecternError as error:
            failure = {"type": message_types.ERROR, "code": error.code, "message": error.message}
            self._tell(dict(failure, requestId=self._ending))
        else:
            ended = {"type": message_types.SESSION_ENDED, "sessionId": session_id}
            self._tell_ended(dict(ended, reason=message.get("reason", "ended")))

    def _tell_ended(self, message: "dict[str, Any]") -> None:
        """The session is over, which answers this page's own wish if it had one."""
        request_id, self._ending = self._ending, ""
        self._tell(dict(message, requestId=request_id) if request_id else message)

    def _say(self, action: str, **fields: Any) -> None:
        self.socket.send_text(json.dumps(dict(fields, action=action)))

    def _tell(self, message: "dict[str, Any]") -> None:
        if self._events is not None:
            self._events.text(json.dumps(message))
