"""Keeps one live connection up, across as many sockets as it takes: the one layer that reconnects.

`ConnectionStateMachine` decides, this class carries out. What sessions are it does not know.
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
"""No audio is handed to a socket in which more than this waits: it would hold up heartbeats and requests."""

LET_IN_S = 2.0
"""An older server may let a successor in without a word; this long after opening it counts as let in."""

LET_IN = (message_types.WELCOME, message_types.CONNECTION_REFRESH_COMPLETE)
"""Messages by which a server lets the successor of a connection in."""

log = logging.getLogger("lectern.realtime")

Message: TypeAlias = "dict[str, Any]"


class ConnectionEvents(Protocol):
    """What a line tells its owner."""

    def line_opened(self) -> None:
        """A new connection was opened; the server may still refuse it."""

    def line_message(self, message: Message) -> None:
        """A message arrived."""

    def line_packet(self, packet: Packet) -> None:
        """A binary message arrived."""

    def line_hello(self) -> Message:
        """What a successor says first."""

    def line_refreshed(self) -> None:
        """A successor has taken over; answers that were owed will not come."""

    def line_changed(self, state: str) -> None:
        """The state of the connection is another one."""


class ReconnectingConnection:
    """One connection as far as its owner can see."""

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
        self.why_not_open = codes.NETWORK_ERROR
        self.machine = ConnectionStateMachine(timing, random)
        self._owner = owner
        self._clock = clock
        self._links = SocketLinks(self, connector, target)
        self._timers = Timers(clock)
        self._return_in_s: float | None = None
        self._told_state = machine.IDLE

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent."""
        return self.machine.state == machine.OPEN

    def start(self) -> None:
        """Connect, or connect again after the end."""
        self._execute(self.machine.start(self._now_s()))

    def stop(self) -> None:
        """Leave for good and let go of everything."""
        self._execute(self.machine.stop(codes.CLOSE_NORMAL, "left"))

    def check(self) -> None:
        """Try at once if waiting, ask for a sign of life if open."""
        self._execute(self.machine.check(self._now_s()))

    def network_changed(self, online: bool) -> None:
        """The device says whether it has a network."""
        news = self.machine.came_online if online else self.machine.went_offline
        self._execute(news(self._now_s()))

    def send(self, message: Message) -> None:
        """Send a message, or forget it when there is no connection."""
        if self._links.current is not None and self.is_open:
            self._links.current.send(message)

    def send_audio(self, frame: bytes) -> bool:
        """Send one frame; False when it cannot leave now, because the link is closed or backed up."""
        link = self._links.current
        return link is not None and self.is_open and link.send_audio(frame, MAX_BACKLOG_BYTES)

    # LinkEvents

    def link_opened(self, link: SocketLink) -> None:
        """See LinkEvents."""
        if link is self._links.successor:
            link.send(self._owner.line_hello())
            self._timers.start("let-in", LET_IN_S, self._let_in)
            return
        self.server_clock.new_link()
        self._execute(self.machine.opened(self._now_s()))
        self._owner.line_opened()

    def link_message(self, link: SocketLink, message: Message) -> None:
        """See LinkEvents."""
        kind = message["type"]
        if link is self._links.successor:
            if kind not in LET_IN:
                return
            self._let_in()
        self.machine.heard()
        if kind == message_types.HEARTBEAT_ACK:
            self.machine.answered()
            self.server_clock.answered(message)
        elif kind == message_types.GOAWAY:
            self._return_in_s = message.get("reconnectInMs", 0) / 1000
        elif kind == message_types.CONNECTION_REFRESH_REQUIRED:
            self._execute(self.machine.refresh(self._now_s()))
        self._owner.line_message(message)

    def link_packet(self, link: SocketLink, packet: Packet) -> None:
        """See LinkEvents."""
        self.machine.heard()
        self._owner.line_packet(packet)

    def link_closed(self, link: SocketLink, code: int, reason: str) -> None:
        """See LinkEvents."""
        if link is self._links.successor:
            self._timers.cancel("let-in")
            self._links.successor = None
            self._execute(self.machine.successor_lost(code, reason, self._now_s()))
            return
        self._links.current = None
        wish_s, self._return_in_s = self._return_in_s, None
        self._execute(self.machine.lost(code, reason, self._now_s(), wish_s))

    def link_failed(self, link: SocketLink, error: LecternError) -> None:
        """See LinkEvents. Whoever must sign in again has no way back in; all else may pass."""
        log.warning("no token for the live connection: %s", error.code)
        self.why_not_open = error.code if isinstance(error, AuthError) else codes.NETWORK_ERROR
        must_sign_in = error.code == codes.AUTH_SIGN_IN_REQUIRED
        code = codes.CLOSE_REFUSED if must_sign_in else codes.CLOSE_DEAD_PEER
        self.link_closed(link, code, error.code)

    def _let_in(self) -> None:
        """The successor takes over."""
        self._timers.cancel("let-in")
        self._links.promote()
        self.server_clock.new_link()
        self._execute(self.machine.successor_ready(self._now_s()))
        self._owner.line_refreshed()

    # What the machine commands

    def _execute(self, commands: list[Command]) -> None:
        for command in commands:
            if command.name == machine.START_TIMER:
                self._timers.start("wait", command.value, self._waited)
            elif command.name == machine.SEND_HEARTBEAT:
                self.send(dict(self.server_clock.question(), action=message_types.HEARTBEAT))
            else:
                self._execute_for_links(command.name)
        self._schedule_tick()
        state = self.machine.state
        if state != self._told_state:
            self._told_state = state
            self._owner.line_changed(state)

    def _execute_for_links(self, command: str) -> None:
        if command == machine.OPEN_SOCKET:
            self._timers.cancel("wait")
            self._links.open_current()
        elif command == machine.DROP_SOCKET:
            self._links.drop_current()
        elif command == machine.OPEN_SUCCESSOR:
            self._links.open_successor()
        elif command == machine.DROP_SUCCESSOR:
            self._timers.cancel("let-in")
            self._links.drop_successor()

    def _waited(self) -> None:
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
