"""The live connection as the rest of the page sees it: connect, request, send, listen.

The one layer that reconnects. `Connection` decides, this class carries out.
"""

import asyncio
import json
import logging
from typing import Any, Awaitable, Callable, TypeAlias

from pylib.errors import (
    ConnectionRefused,
    FrameError,
    LecternError,
    NetworkError,
    RealtimeError,
    RequestUnanswered,
    is_retryable,
)
from pylib.ports import Clock, Connector, Packet, Socket
from pylib.protocol.frames import HEADER_BYTES, FrameHeader, decode_header
from pylib.realtime import connection as machine
from pylib.realtime.address import Address
from pylib.realtime.connection import Command, Connection, Timing
from pylib.realtime.gate import Gate
from pylib.realtime.requests import PendingRequest, PendingRequests
from pylib.realtime.server_clock import ServerClock
from pylib.realtime.timers import Timers

MAX_BACKLOG_BYTES = 65_536
"""Audio is dropped while more than this waits to leave: late sound is worse than none."""

TICK_S = 0.5

WELCOME_S = 2.0
"""A server that neither welcomes nor closes for so long after opening is an older one: it never welcomes."""

log = logging.getLogger("lectern.realtime")

Message: TypeAlias = "dict[str, Any]"


class RealtimeClient:
    """One person's live connection, across as many sockets as it takes.

    `token` gives a fresh id token for each new socket; None connects as a listener. `welcome` is
    the server's newest one, `last_seq` the newest frame's number; numbers start anew with each epoch.
    """

    def __init__(
        self,
        connector: Connector,
        clock: Clock,
        address: Address,
        *,
        timing: Timing,
        random: Callable[[], float],
        token: "Callable[[], Awaitable[str]] | None" = None,
    ) -> None:
        self.session_id = ""
        self.welcome: Message = {}
        self.server_clock = ServerClock(clock)
        self.on_frame: Callable[[FrameHeader, Any], None] = lambda header, payload: None
        self.on_state: Callable[[str], None] = lambda state: None
        self.last_seq = -1
        self.malformed_frames = 0
        self._connector = connector
        self._clock = clock
        self._address = address
        self._token = token
        self._machine = Connection(timing, random)
        self._requests = PendingRequests()
        self._handlers: dict[str, list[Callable[[Message], None]]] = {}
        self._awaited: PendingRequest | None = None
        self._connection_id = ""
        self._socket: Socket | None = None
        self._gate: Gate | None = None
        self._opening: Any = None
        self._timers = Timers(clock)
        self._return_in_s: float | None = None

    @property
    def state(self) -> str:
        """idle, connecting, open, waiting or closed."""
        return self._machine.state

    @property
    def reconnects(self) -> int:
        """How often a lost connection was opened again."""
        return self._machine.reconnects

    def on(self, message_type: str, handler: Callable[[Message], None]) -> None:
        """Call `handler` with each message of this type."""
        self._handlers.setdefault(message_type, []).append(handler)

    async def connect(self, session_id: str = "", timeout_s: float = 10.0) -> Message:
        """Connect and return the server's `welcome`; just its type from an older server, which sends none.

        Without a session id this is a legacy connection, which then creates or joins one.
        Raises ConnectionRefused when the server says no, RequestUnanswered after `timeout_s`
        (code NETWORK_ERROR when nobody was there who could have answered).
        """
        self.session_id = session_id
        self._awaited = PendingRequest("welcome")
        self._schedule_tick()
        self._obey(self._machine.start(self._clock.monotonic_s()))
        try:
            return await self._awaited.wait(self._clock, timeout_s)
        except (LecternError, asyncio.CancelledError) as error:
            if isinstance(error, RequestUnanswered) and self.state != machine.OPEN:
                error.code = NetworkError.default_code
            await self.close()
            raise
        finally:
            self._awaited = None

    async def request(self, action: str, fields: Message, expect: str, timeout_s: float = 10.0) -> Message:
        """Send a request and return the `expect` message that repeats its id.

        Raises RequestFailed, RequestUnanswered, or RealtimeError when not connected.
        """
        if self.state != machine.OPEN:
            raise RealtimeError("There is no connection to the server at the moment.", code="NOT_CONNECTED")
        request_id, pending = self._requests.add(expect)
        self.send(action, dict(fields, requestId=request_id))
        try:
            return await pending.wait(self._clock, timeout_s)
        finally:
            self._requests.remove(request_id)

    def send(self, action: str, fields: "Message | None" = None) -> None:
        """Send a message, or forget it when there is no connection."""
        if self._socket is not None and self.state == machine.OPEN:
            self._socket.send_text(json.dumps(dict(fields or {}, action=action)))

    def send_audio(self, frame: bytes) -> bool:
        """Send one frame; False when it was dropped because the link is closed or backed up."""
        socket = self._socket
        if socket is None or self.state != machine.OPEN or socket.buffered_bytes() > MAX_BACKLOG_BYTES:
            return False
        socket.send_bytes(frame)
        return True

    def retry_now(self) -> None:
        """The network is back, or the person asks: try at once, also after giving up."""
        self._timers.cancel("wait")
        now_s = self._clock.monotonic_s()
        self._obey(self._machine.retry_now(now_s) or self._machine.start(now_s))
        self._schedule_tick()

    async def close(self) -> None:
        """Leave for good and let go of everything."""
        self.leave()

    def leave(self) -> None:
        """The same, from where nothing can be awaited."""
        self._obey(self._machine.stop(1000, "left"))
        self._timers.cancel_all()

    # SocketEvents: what the socket tells, through a Gate that keeps out what an old socket still says.

    def opened(self, subprotocol: str) -> None:
        """See SocketEvents."""
        self._obey(self._machine.opened(self._clock.monotonic_s()))
        if self._awaited is not None:
            self._timers.start("greeting", WELCOME_S, self._assume_welcome)

    def _assume_welcome(self) -> None:
        if self._awaited is not None and self.state == machine.OPEN:
            self._awaited.succeed({"type": "welcome"})

    def text(self, text: str) -> None:
        """See SocketEvents. What cannot be read is logged and forgotten."""
        self._machine.heard()
        try:
            message = json.loads(text)
            kind = message["type"]
        except (ValueError, KeyError, TypeError):
            log.warning("a message from the server could not be read")
            return
        self._requests.resolve(message)
        self._note(kind, message)
        for handler in self._handlers.get(kind, []):
            handler(message)

    def _note(self, kind: str, message: Message) -> None:
        """What the connection itself wants to know of a message."""
        if kind == "welcome":
            self._connection_id = message.get("connectionId", "")
            if message.get("epoch") != self.welcome.get("epoch"):
                self.last_seq = -1
            self.welcome = message
            if self._awaited is not None:
                self._awaited.succeed(message)
        elif kind == "heartbeatAck" and isinstance(message.get("timestamp"), (int, float)):
            self.server_clock.answered(message["timestamp"], message["serverTime"])
        elif kind == "goaway":
            self._return_in_s = message.get("reconnectInMs", 0) / 1000

    def binary(self, packet: Packet) -> None:
        """See SocketEvents. What is no frame is counted and forgotten."""
        self._machine.heard()
        try:
            header = decode_header(packet.head(HEADER_BYTES), packet.size)
        except FrameError:
            self.malformed_frames += 1
            return
        self.last_seq = header.seq
        self.on_frame(header, packet.tail(HEADER_BYTES))

    def closed(self, code: int, reason: str) -> None:
        """See SocketEvents."""
        self._socket = self._gate = None
        self._timers.cancel("greeting")
        self._obey(self._machine.lost(code, reason, self._clock.monotonic_s(), self._return_in_s))
        self._return_in_s = None

    # What the machine commands.

    def _obey(self, commands: list[Command]) -> None:
        for command in commands:
            if command.name == machine.OPEN_SOCKET:
                self._opening = asyncio.create_task(self._open_socket())
            elif command.name == machine.DROP_SOCKET:
                self._drop_socket()
            elif command.name == machine.START_TIMER:
                self._timers.start("wait", command.value, self._waited)
            elif command.name == machine.SEND_HEARTBEAT:
                self.send("heartbeat", {"timestamp": self._clock.now_ms()})
        if self.state != machine.OPEN:
            self._fail_waiting()
        self.on_state(self.state)

    async def _open_socket(self) -> None:
        gate = self._gate = Gate(self)
        try:
            token = await self._token() if self._token is not None else ""
        except LecternError as error:
            if self._gate is not gate:
                return
            log.warning("no token for the live connection: %s", error.code)
            self.closed(machine.DEAD_PEER_CODE if is_retryable(error) else 1008, error.code)
            return
        if self._gate is not gate or self.state != machine.CONNECTING:
            return
        url = self._address.url(self.session_id, token, self._connection_id, self.last_seq)
        self._socket = self._connector.open(url, self._address.subprotocols(token), gate)

    def _drop_socket(self) -> None:
        socket, self._socket = self._socket, None
        if self._gate is not None:
            self._gate.shut()
            self._gate = None
        if socket is not None:
            socket.close(1000, "")

    def _waited(self) -> None:
        self._obey(self._machine.timer_fired(self._clock.monotonic_s()))

    def _schedule_tick(self) -> None:
        if not self._timers.is_waiting("tick") and self.state != machine.CLOSED:
            self._timers.start("tick", TICK_S, self._ticked)

    def _ticked(self) -> None:
        commands = self._machine.tick(self._clock.monotonic_s())
        if commands:
            self._obey(commands)
        self._schedule_tick()

    def _fail_waiting(self) -> None:
        """Nobody will answer on this socket any more."""
        if self.state == machine.CLOSED:
            error: LecternError = ConnectionRefused(
                "The server closed the connection.",
                close_code=self._machine.close_code,
                code=self._machine.close_reason,
            )
            if self._awaited is not None:
                self._awaited.fail(error)
            self._timers.cancel_all()
        else:
            error = RealtimeError("The connection was lost. Please try again.", code="NOT_CONNECTED")
        self._requests.fail_all(error)

    @property
    def close_code(self) -> int:
        """Why the connection is closed (RFC 6455 section 7.4, and the wire protocol's own)."""
        return self._machine.close_code

    @property
    def close_reason(self) -> str:
        """The server's word for it, an error code or the reason a session ended."""
        return self._machine.close_reason
