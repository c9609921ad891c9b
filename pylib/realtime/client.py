"""The live connection as the rest of the page sees it: connect, request, send, listen."""

import asyncio
from typing import Any, Awaitable, Callable, TypeAlias

from pylib.errors import (
    ConnectionRefused,
    FrameError,
    LecternError,
    RealtimeError,
    RequestUnanswered,
)
from pylib.ports import Clock, Connector, Packet
from pylib.protocol import codes, message_types
from pylib.protocol.frames import HEADER_BYTES, FrameHeader, decode_header
from pylib.realtime.address import Address
from pylib.realtime.pending_requests import PendingRequest, PendingRequests
from pylib.realtime.reconnecting import ReconnectingConnection
from pylib.realtime.state_machine import CLOSED, OPEN, Timing
from pylib.realtime.timers import Timers

WELCOME_S = 2.0
"""A server that neither welcomes nor closes for so long after opening is an older one: it never welcomes."""

Message: TypeAlias = "dict[str, Any]"


class RealtimeClient:
    """One person's live connection to a session.

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
        self.on_frame: Callable[[FrameHeader, Any], None] = lambda header, payload: None
        self.on_state: Callable[[str], None] = lambda state: None
        self.last_seq = -1
        self.malformed_frames = 0
        self.received_packets = self.received_bytes = 0
        self._clock = clock
        self._address = address
        self._token = token
        self._connection = ReconnectingConnection(
            self, connector, clock, self._target, timing=timing, random=random
        )
        self._requests = PendingRequests()
        self._handlers: dict[str, list[Callable[[Message], None]]] = {}
        self._awaited: PendingRequest | None = None
        self._connection_id = ""
        self._greeted = False
        self._language = self._language_of_url = self._told_language = ""
        self._timers = Timers(clock)
        self.server_clock = self._connection.server_clock

    @property
    def state(self) -> str:
        """idle, connecting, open, waiting or closed."""
        return self._connection.machine.state

    @property
    def reconnects(self) -> int:
        """How often a lost connection was opened again."""
        return self._connection.machine.reconnects

    @property
    def refreshes(self) -> int:
        """How often a working connection was replaced by a fresh one."""
        return self._connection.machine.refreshes

    @property
    def close_code(self) -> int:
        """Why the connection is closed (RFC 6455 section 7.4, and the wire protocol's own)."""
        return self._connection.machine.close_code

    @property
    def close_reason(self) -> str:
        """The server's word for it, an error code or the reason a session ended."""
        return self._connection.machine.close_reason

    def on(self, message_type: str, handler: Callable[[Message], None]) -> None:
        """Call `handler` with each message of this type."""
        self._handlers.setdefault(message_type, []).append(handler)

    async def connect(self, session_id: str = "", timeout_s: float = 10.0) -> Message:
        """Connect and return the server's `welcome`; just its type from an older server, which sends none.

        Without a session id this is a legacy connection, which then creates or joins one.
        Raises ConnectionRefused when the server says no, RequestUnanswered after `timeout_s`
        (code NETWORK_ERROR when nobody was there who could have answered, an AuthError's when there was no
        token to connect with).
        """
        self.session_id = session_id
        self._awaited = PendingRequest(message_types.WELCOME)
        self._connection.start()
        try:
            return await self._awaited.wait(self._clock, timeout_s)
        except (LecternError, asyncio.CancelledError) as error:
            if isinstance(error, RequestUnanswered) and not self._connection.is_open:
                error.code = self._connection.connect_error_code
            self.leave()
            raise
        finally:
            self._awaited = None

    async def request(self, action: str, fields: Message, expect: str, timeout_s: float = 10.0) -> Message:
        """Send a request and return the `expect` message that repeats its id.

        Raises RequestFailed, RequestUnanswered, or RealtimeError when not connected.
        """
        if not self._connection.is_open:
            raise RealtimeError(
                "There is no connection to the server at the moment.", code=codes.NOT_CONNECTED
            )
        pending = self._requests.add(action, fields, expect)
        self._connection.send(pending.message)
        try:
            return await pending.wait(self._clock, timeout_s)
        finally:
            self._requests.remove(pending)

    def send(self, action: str, fields: "Message | None" = None) -> None:
        """Send a message, or forget it when there is no connection."""
        self._connection.send(dict(fields or {}, action=action))

    def ask_for(self, language: str) -> None:
        """A listener's language (ISO 639-1): told now if connected, and with each connection to come."""
        self._language = language
        self._tell_language()

    def send_audio(self, frame: bytes) -> bool:
        """Send one frame; False when it cannot leave now, because the link is closed or backed up.

        A new link has to wait for its welcome, which says with which frame to go on.
        """
        return self._greeted and self._connection.send_audio(frame)

    def suspect(self) -> None:
        """Something seems wrong, or the page was just seen again: try at once, or ask for a sign of life."""
        self._connection.check()

    def network_changed(self, online: bool) -> None:
        """The device says whether it has a network."""
        self._connection.network_changed(online)

    def retry_now(self) -> None:
        """A person asks: try at once, also after giving up."""
        self._connection.check()
        self._connection.start()

    async def close(self) -> None:
        """Leave for good and let go of everything."""
        self.leave()

    def leave(self) -> None:
        """The same, from where nothing can be awaited."""
        self._connection.stop()

    # ConnectionEvents

    def connection_opened(self) -> None:
        """See ConnectionEvents."""
        self._greeted = False
        self._timers.start("greeting", WELCOME_S, self._assume_welcome)
        self._told_language = self._language_of_url
        self._tell_language()

    def connection_message(self, message: Message) -> None:
        """See ConnectionEvents."""
        if message["type"] == message_types.WELCOME:
            self._welcomed(message)
        self._requests.resolve(message)
        for handler in self._handlers.get(message["type"], []):
            handler(message)

    def connection_packet(self, packet: Packet) -> None:
        """See ConnectionEvents. What is no frame is counted and forgotten."""
        self.received_packets += 1
        self.received_bytes += packet.size
        try:
            header = decode_header(packet.head(HEADER_BYTES), packet.size)
        except FrameError:
            self.malformed_frames += 1
            return
        self.last_seq = max(self.last_seq, header.seq)
        self.on_frame(header, packet.tail(HEADER_BYTES))

    def refresh_message(self) -> Message:
        """See ConnectionEvents."""
        return {"action": message_types.REFRESH_CONNECTION, "sessionId": self.session_id}

    def connection_refreshed(self) -> None:
        """See ConnectionEvents. What was asked over the old connection is asked again over the new one."""
        for message in self._requests.unanswered():
            self._connection.send(message)
        self._told_language = self._language_of_url
        self._tell_language()

    def connection_changed(self, state: str) -> None:
        """See ConnectionEvents."""
        if state != OPEN:
            self._timers.cancel_all()
            self._fail_waiting(state)
        self.on_state(state)

    def _welcomed(self, message: Message) -> None:
        self._timers.cancel("greeting")
        self._greeted = True
        self._connection_id = message.get("connectionId", "")
        if message.get("epoch") != self.welcome.get("epoch"):
            self.last_seq = -1
        self.welcome = message
        if self._awaited is not None:
            self._awaited.succeed(message)

    def _tell_language(self) -> None:
        """The wish may have changed since the newest connection's address was written."""
        if self._connection.is_open and self._language != self._told_language:
            self._told_language = self._language
            self.send(message_types.CHANGE_LANGUAGE, {"targetLanguage": self._language})

    def _assume_welcome(self) -> None:
        self._greeted = True
        if self._awaited is not None:
            self._awaited.succeed({"type": message_types.WELCOME})

    async def _target(self) -> "tuple[str, list[str]]":
        token = await self._token() if self._token is not None else ""
        language = self._language_of_url = self._language
        url = self._address.url(self.session_id, token, self._connection_id, self.last_seq, language)
        return url, self._address.subprotocols(token)

    def _fail_waiting(self, state: str) -> None:
        """Nobody will answer on this socket any more."""
        if state == CLOSED:
            error: LecternError = ConnectionRefused(
                "The server closed the connection.", close_code=self.close_code, code=self.close_reason
            )
            if self._awaited is not None:
                self._awaited.fail(error)
        else:
            error = RealtimeError("The connection was lost. Please try again.", code=codes.NOT_CONNECTED)
        self._requests.fail_all(error)
