"""One live connection over a series of sockets: the only layer that reconnects.

`ConnectionStateMachine` decides, `ReconnectingConnection` executes. Neither knows about sessions.
"""

import logging
from typing import Any, Callable, Protocol, TypeAlias

from pylib.errors import AuthError, LecternError
from pylib.ports import Clock, Connector, Packet
from pylib.protocol import codes, message_types
from pylib.realtime import state_machine as machine
from pylib.realtime.server_clock import ServerClock
from pylib.realtime.socket_link import SocketLink, SocketLinks, Target
from pylib.realtime.state_machine import Command, ConnectionStateMachine, Timing
from pylib.realtime.timers import Timers

MAX_BACKLOG_BYTES = 16_384
"""Above this, audio waits in the replay buffer: in the socket it would delay heartbeats and requests."""

HANDOVER_ACK_S = 2.0
"""An older server accepts a successor silently: so long after opening, a successor counts as accepted."""

HANDOVER_ACKS = (message_types.WELCOME, message_types.CONNECTION_REFRESH_COMPLETE)
"""The messages with which a server accepts the successor of a connection."""

log = logging.getLogger("lectern.realtime")

Message: TypeAlias = "dict[str, Any]"


class ConnectionEvents(Protocol):
    """What a connection reports to its owner, and the one message that it asks for."""

    def connection_opened(self) -> None:
        """A new socket is open; the server may still refuse it."""

    def connection_message(self, message: Message) -> None:
        """A message arrived."""

    def connection_packet(self, packet: Packet) -> None:
        """A binary message arrived."""

    def refresh_message(self) -> Message:
        """Return the first message of a successor, which tells the server what it replaces."""

    def connection_refreshed(self) -> None:
        """A successor has taken over; requests sent over the socket before it will not be answered."""

    def connection_changed(self, state: str) -> None:
        """The state of the connection has changed."""


class ReconnectingConnection:
    """One connection to its owner, across reconnects and handovers. Implements SocketLinkEvents."""

    def __init__(
        self,
        owner: ConnectionEvents,
        connector: Connector,
        clock: Clock,
        target: Target,
        *,
        timing: Timing,
        random: Callable[[], float],
    ) -> None:
        self.server_clock = ServerClock(clock)
        self.connect_error_code = codes.NETWORK_ERROR
        self.machine = ConnectionStateMachine(timing, random)
        self._owner = owner
        self._clock = clock
        self._links = SocketLinks(self, connector, target)
        self._timers = Timers(clock)
        self._server_delay_s: float | None = None
        self._reported_state = machine.IDLE

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent."""
        return self.machine.state == machine.OPEN

    def start(self) -> None:
        """Connect; also reconnects a connection that is closed."""
        self._execute(self.machine.start(self._now_s()))

    def stop(self) -> None:
        """Close the connection, its sockets and its timers."""
        self._execute(self.machine.stop(codes.CLOSE_NORMAL, "left"))

    def check(self) -> None:
        """Reconnect now if waiting, probe the server with a heartbeat if open."""
        self._execute(self.machine.check(self._now_s()))

    def network_changed(self, online: bool) -> None:
        """The device reports whether it has a network."""
        event = self.machine.came_online if online else self.machine.went_offline
        self._execute(event(self._now_s()))

    def send(self, message: Message) -> None:
        """Send a message; it is dropped when the connection is not open."""
        if self._links.current is not None and self.is_open:
            self._links.current.send(message)

    def send_audio(self, frame: bytes) -> bool:
        """Send one frame; False when the connection is not open or its socket is backed up."""
        link = self._links.current
        return link is not None and self.is_open and link.send_audio(frame, MAX_BACKLOG_BYTES)

    # SocketLinkEvents

    def socket_opened(self, link: SocketLink) -> None:
        """See SocketLinkEvents."""
        if link is self._links.successor:
            link.send(self._owner.refresh_message())
            self._timers.start("handover", HANDOVER_ACK_S, self._complete_handover)
            return
        self.server_clock.forget_pending()
        self._execute(self.machine.opened(self._now_s()))
        self._owner.connection_opened()

    def socket_message(self, link: SocketLink, message: Message) -> None:
        """See SocketLinkEvents."""
        kind = message["type"]
        if link is self._links.successor:
            if kind not in HANDOVER_ACKS:
                return
            self._complete_handover()
        self.machine.data_received()
        if kind == message_types.HEARTBEAT_ACK:
            self.machine.heartbeat_answered()
            self.server_clock.heartbeat_answered(message)
        elif kind == message_types.GOAWAY:
            self._server_delay_s = message.get("reconnectInMs", 0) / 1000
        elif kind == message_types.CONNECTION_REFRESH_REQUIRED:
            self._execute(self.machine.refresh(self._now_s()))
        self._owner.connection_message(message)

    def socket_packet(self, link: SocketLink, packet: Packet) -> None:
        """See SocketLinkEvents."""
        self.machine.data_received()
        self._owner.connection_packet(packet)

    def socket_closed(self, link: SocketLink, code: int, reason: str) -> None:
        """See SocketLinkEvents."""
        if link is self._links.successor:
            self._timers.cancel("handover")
            self._links.successor = None
            self._execute(self.machine.successor_lost(code, reason, self._now_s()))
            return
        if code == codes.CLOSE_TRY_LATER:
            self.connect_error_code = codes.SERVICE_UNAVAILABLE
        self._links.current = None
        server_delay_s, self._server_delay_s = self._server_delay_s, None
        self._execute(self.machine.lost(code, reason, self._now_s(), server_delay_s))

    def socket_unavailable(self, link: SocketLink, error: LecternError) -> None:
        """See SocketLinkEvents. Without a sign-in retrying is useless; any other error may pass."""
        log.warning("no token for the live connection: %s", error.code)
        self.connect_error_code = error.code if isinstance(error, AuthError) else codes.NETWORK_ERROR
        must_sign_in = error.code == codes.AUTH_SIGN_IN_REQUIRED
        code = codes.CLOSE_REFUSED if must_sign_in else codes.CLOSE_DEAD_PEER
        self.socket_closed(link, code, error.code)

    def _complete_handover(self) -> None:
        """Use the successor from now on."""
        self._timers.cancel("handover")
        self._links.hand_over()
        self.server_clock.forget_pending()
        self._execute(self.machine.successor_ready(self._now_s()))
        self._owner.connection_refreshed()

    # What the machine commands

    def _execute(self, commands: list[Command]) -> None:
        for command in commands:
            if command.name == machine.START_TIMER:
                self._timers.start("backoff", command.value, self._backoff_over)
            elif command.name == machine.SEND_HEARTBEAT:
                self.send(dict(self.server_clock.next_heartbeat(), action=message_types.HEARTBEAT))
            else:
                self._execute_for_links(command.name)
        self._schedule_tick()
        state = self.machine.state
        if state != self._reported_state:
            self._reported_state = state
            self._owner.connection_changed(state)

    def _execute_for_links(self, command: str) -> None:
        if command == machine.OPEN_SOCKET:
            self._timers.cancel("backoff")
            self._links.open_current()
        elif command == machine.DROP_SOCKET:
            self._links.drop_current()
        elif command == machine.OPEN_SUCCESSOR:
            self._links.open_successor()
        elif command == machine.DROP_SUCCESSOR:
            self._timers.cancel("handover")
            self._links.drop_successor()

    def _backoff_over(self) -> None:
        self._execute(self.machine.timer_fired(self._now_s()))

    def _schedule_tick(self) -> None:
        if self.machine.state == machine.CLOSED:
            self._timers.cancel_all()
        elif self.machine.state != machine.WAITING:
            self._timers.start("tick", self.machine.next_tick_s(self._now_s()), self._ticked)

    def _ticked(self) -> None:
        self._execute(self.machine.tick(self._now_s()))

    def _now_s(self) -> float:
        return self._clock.monotonic_s()
