"""The live connection as the rest of a page sees it: connect, request, send, receive."""

import asyncio
import logging
from typing import Any, Awaitable, Callable, TypeAlias

from pylib.errors import ConnectionRefused, LecternError, RealtimeError, RequestUnanswered
from pylib.ports import Clock, Connector, Packet
from pylib.protocol import codes, message_types
from pylib.realtime.address import Address
from pylib.realtime.attempt import Attempt
from pylib.realtime.frame_receiver import FrameReceiver
from pylib.realtime.pending_requests import PendingRequests
from pylib.realtime.reconnecting import ReconnectingConnection
from pylib.realtime.state_machine import CLOSED, CONNECTING, OPEN, Timing
from pylib.realtime.target_language import TargetLanguage
from pylib.realtime.welcome import WelcomeWait

Message: TypeAlias = "dict[str, Any]"

log = logging.getLogger("lectern.realtime")


class RealtimeClient:
    """One person's live connection to a session. Implements ConnectionEvents.

    `token` gives a fresh id token for each new socket; None connects as a listener. `frames` receives
    the session's audio, `on_state` each change of `state`. `on_connect` is told of each attempt to connect,
    reconnects too: whether its address named a session, whether the server let it in, and how many
    milliseconds that took. One that its owner gave up is neither.
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
        on_connect: "Callable[[bool, bool, float], None]" = lambda with_session_id, ok, ms: None,
    ) -> None:
        self.session_id = ""
        self.frames = FrameReceiver()
        self.on_state: Callable[[str], None] = lambda state: None
        self._clock = clock
        self._address = address
        self._token = token
        self._connection = ReconnectingConnection(
            self, connector, clock, self._target, timing=timing, random=random
        )
        self._attempt = Attempt(clock, on_connect)
        self._welcome = WelcomeWait(clock, lambda: self._attempt.ended(True))
        self._language = TargetLanguage(self._send_language)
        self._requests = PendingRequests(random)
        self._handlers: dict[str, list[Callable[[Message], None]]] = {}
        self.server_clock = self._connection.server_clock

    @property
    def welcome(self) -> Message:
        """The server's newest `welcome`, empty before the first."""
        return self._welcome.message

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
        """The code of the last close (RFC 6455 section 7.4, and those of `pylib.protocol.codes`)."""
        return self._connection.machine.close_code

    @property
    def close_reason(self) -> str:
        """The reason of the last close: an error code, or why the session ended."""
        return self._connection.machine.close_reason

    def on(self, message_type: str, handler: Callable[[Message], None]) -> None:
        """Call `handler` with each message of this type."""
        self._handlers.setdefault(message_type, []).append(handler)

    async def connect(self, session_id: str = "", timeout_s: float = 10.0) -> Message:
        """Connect and return the server's `welcome`; just its type from an older server, which sends none.

        Without a session id this is a legacy connection, which then creates or joins a session.
        Raises ConnectionRefused when the server refuses, RequestUnanswered after `timeout_s`. The latter's
        code is NETWORK_ERROR when no socket opened, and the AuthError's when no token could be had.
        """
        self.session_id = session_id
        welcome = self._welcome.expect()
        self._connection.start()
        try:
            return await welcome.wait(self._clock, timeout_s)
        except (LecternError, asyncio.CancelledError) as error:
            if isinstance(error, RequestUnanswered) and not self._connection.is_open:
                error.code = self._connection.connect_error_code
            if isinstance(error, LecternError):
                self._attempt.ended(False)
            self.leave()
            raise

    async def request(
        self, action: str, fields: Message, expect: str, timeout_s: float = 10.0, *, request_id: str = ""
    ) -> Message:
        """Send a request and return the `expect` message that repeats its id, which is new unless given.

        Raises RequestFailed, RequestUnanswered, or RealtimeError when not connected.
        """
        if not self._connection.is_open:
            raise RealtimeError(
                "There is no connection to the server at the moment.", code=codes.NOT_CONNECTED
            )
        pending = self._requests.add(action, fields, expect, request_id)
        log.info("%s, correlation %s", action, pending.message["requestId"])
        self._connection.send(pending.message)
        try:
            return await pending.wait(self._clock, timeout_s)
        finally:
            self._requests.remove(pending)

    def send(self, action: str, fields: "Message | None" = None) -> None:
        """Send a message; it is dropped when the connection is not open."""
        self._connection.send(dict(fields or {}, action=action))

    def set_language(self, language: str) -> None:
        """Tell the server a listener's language (ISO 639-1), now if connected and with each new socket."""
        self._language.choose(language)

    def send_audio(self, frame: bytes) -> bool:
        """Send one frame; False when it cannot be sent now: the socket is closed, backed up or not welcomed.

        The welcome says with which frame to go on, so no frame is sent over a new socket before it.
        """
        return self._welcome.is_over and self._connection.send_audio(frame)

    def check(self) -> None:
        """Reconnect now if waiting, probe the server if open: for a page that woke up or hears nothing."""
        self._connection.check()

    def network_changed(self, online: bool) -> None:
        """The device reports whether it has a network."""
        self._connection.network_changed(online)

    def retry_now(self) -> None:
        """Reconnect at once, also after the last automatic attempt: a person asked for it."""
        self._connection.check()
        self._connection.start()

    async def close(self) -> None:
        """Close the connection for good. Closing twice is fine."""
        self.leave()

    def leave(self) -> None:
        """Do what `close` does, for callers that cannot await."""
        self._attempt.given_up()
        self._connection.stop()

    # ConnectionEvents

    def connection_opened(self) -> None:
        """See ConnectionEvents."""
        self._welcome.socket_opened()
        self._language.socket_in_use()

    def connection_message(self, message: Message) -> None:
        """See ConnectionEvents."""
        if message["type"] == message_types.WELCOME:
            if message.get("epoch") != self.welcome.get("epoch"):
                self.frames.epoch_changed()
            self._welcome.received(message)
        self._requests.resolve(message)
        for handler in self._handlers.get(message["type"], []):
            handler(message)

    def connection_packet(self, packet: Packet) -> None:
        """See ConnectionEvents."""
        self.frames.packet_received(packet)

    def refresh_message(self) -> Message:
        """See ConnectionEvents."""
        return {"action": message_types.REFRESH_CONNECTION, "sessionId": self.session_id}

    def connection_refreshed(self) -> None:
        """See ConnectionEvents. Requests without an answer are sent again over the new socket."""
        for message in self._requests.unanswered():
            self._connection.send(message)
        self._language.socket_in_use()

    def connection_changed(self, state: str) -> None:
        """See ConnectionEvents."""
        if state == CONNECTING:
            self._attempt.begun(self.session_id != "")
        elif state != OPEN:
            self._attempt.ended(False)
        if state != OPEN:
            self._welcome.socket_lost()
            self._fail_pending(state)
        self.on_state(state)

    def _send_language(self, language: str) -> bool:
        """Send the listener's language if the connection is open; tells whether it was."""
        if self._connection.is_open:
            self.send(message_types.CHANGE_LANGUAGE, {"targetLanguage": language})
        return self._connection.is_open

    async def _target(self) -> "tuple[str, list[str]]":
        """Return url and subprotocols for the next socket. Raises LecternError when no token can be had."""
        token = await self._token() if self._token is not None else ""
        url = self._address.url(
            self.session_id,
            token,
            self._welcome.connection_id,
            self.frames.last_seq,
            self._language.for_url(),
        )
        return url, self._address.subprotocols(token)

    def _fail_pending(self, state: str) -> None:
        """The socket is lost: fail its requests, and `connect` too when the connection is closed for good."""
        if state == CLOSED:
            error: LecternError = ConnectionRefused(
                "The server closed the connection.", close_code=self.close_code, code=self.close_reason
            )
            self._welcome.fail(error)
        else:
            error = RealtimeError("The connection was lost. Please try again.", code=codes.NOT_CONNECTED)
        self._requests.fail_all(error)
