"""The sockets of a live connection: the one in use and, during a handover, its successor."""

import asyncio
import json
import logging
from typing import Any, Awaitable, Callable, Protocol

from pylib.errors import LecternError
from pylib.ports import Connector, Packet, Socket
from pylib.protocol import codes

log = logging.getLogger("lectern.realtime")

Target = Callable[[], Awaitable["tuple[str, list[str]]"]]
"""Gives url and subprotocols for one attempt. Raises LecternError when no token can be had."""


class SocketLinkEvents(Protocol):
    """What a link reports to its owner. Each event names its link: during a handover the owner has two."""

    def socket_opened(self, link: "SocketLink") -> None:
        """The socket is open."""

    def socket_message(self, link: "SocketLink", message: "dict[str, Any]") -> None:
        """A JSON message arrived."""

    def socket_packet(self, link: "SocketLink", packet: Packet) -> None:
        """A binary message arrived."""

    def socket_closed(self, link: "SocketLink", code: int, reason: str) -> None:
        """The socket is closed. This is the link's last event."""

    def socket_unavailable(self, link: "SocketLink", error: LecternError) -> None:
        """No socket was opened, because its target could not be had. This is the link's last event."""


class SocketLink:
    """One socket, from the attempt to open it until it is closed. Implements SocketEvents.

    After `shut` the link reports no event, also when its socket still receives something.
    """

    def __init__(self, owner: SocketLinkEvents) -> None:
        self._owner: SocketLinkEvents | None = owner
        self._socket: Socket | None = None

    async def open(self, connector: Connector, target: Target) -> None:
        """Open the socket, unless the link is shut while its target is being looked up."""
        try:
            url, subprotocols = await target()
        except LecternError as error:
            self._fail(error)
            return
        except Exception as error:
            log.exception("no token can be had: %s %s", type(error).__name__, error)  # noqa: TRY401 - MicroPython logs no traceback
            self._fail(LecternError(str(error)))
            return
        if self._owner is not None:
            self._socket = connector.open(url, subprotocols, self)

    def _fail(self, error: LecternError) -> None:
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.socket_unavailable(self, error)

    def send(self, message: "dict[str, Any]") -> None:
        """Send a message; it is dropped when the socket is not there yet."""
        if self._socket is not None:
            self._socket.send_text(json.dumps(message))

    def send_audio(self, frame: bytes, max_backlog_bytes: int) -> bool:
        """Send a frame; False when the socket has more than `max_backlog_bytes` still to send."""
        if self._socket is None or self._socket.buffered_bytes() > max_backlog_bytes:
            return False
        self._socket.send_bytes(frame)
        return True

    def shut(self) -> None:
        """Close the socket and report no more events."""
        self._owner = None
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.close(codes.CLOSE_NORMAL, "")

    # SocketEvents

    def opened(self, subprotocol: str) -> None:
        """See SocketEvents."""
        if self._owner is not None:
            self._owner.socket_opened(self)

    def text(self, text: str) -> None:
        """See SocketEvents. A text that is no message is logged and dropped."""
        if self._owner is None:
            return
        try:
            message = json.loads(text)
            readable = isinstance(message["type"], str)
        except (ValueError, KeyError, TypeError):
            readable = False
        if readable:
            self._owner.socket_message(self, message)
        else:
            log.warning("a message from the server could not be read")

    def binary(self, packet: Packet) -> None:
        """See SocketEvents."""
        if self._owner is not None:
            self._owner.socket_packet(self, packet)

    def closed(self, code: int, reason: str) -> None:
        """See SocketEvents."""
        owner, self._owner, self._socket = self._owner, None, None
        if owner is not None:
            owner.socket_closed(self, code, reason)


class SocketLinks:
    """Opens and shuts the link in use and its successor, which have one target."""

    def __init__(self, owner: SocketLinkEvents, connector: Connector, target: Target) -> None:
        self.current: SocketLink | None = None
        self.successor: SocketLink | None = None
        self._owner = owner
        self._connector = connector
        self._target = target
        self._opening: Any = None

    def open_current(self) -> None:
        """Open the link to use."""
        self.current = self._open()

    def open_successor(self) -> None:
        """Open a second link beside the one in use."""
        self.successor = self._open()

    def hand_over(self) -> None:
        """Make the successor the current link and shut the one before it."""
        successor, self.successor = self.successor, None
        self.drop_current()
        self.current = successor

    def drop_current(self) -> None:
        """Shut the link in use, if there is one."""
        link, self.current = self.current, None
        if link is not None:
            link.shut()

    def drop_successor(self) -> None:
        """Shut the successor, if there is one."""
        link, self.successor = self.successor, None
        if link is not None:
            link.shut()

    def _open(self) -> SocketLink:
        link = SocketLink(self._owner)
        self._opening = asyncio.create_task(link.open(self._connector, self._target))
        return link
