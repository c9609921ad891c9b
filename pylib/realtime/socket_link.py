"""The sockets of a live connection: the one in use and, at times, its successor on the way."""

import asyncio
import json
import logging
from typing import Any, Awaitable, Callable, Protocol

from pylib.errors import LecternError
from pylib.ports import Connector, Packet, Socket
from pylib.protocol import codes

log = logging.getLogger("lectern.realtime")

Target = Callable[[], Awaitable["tuple[str, list[str]]"]]
"""Gives url and subprotocols for one attempt. May raise LecternError: there is no token."""


class SocketLinkEvents(Protocol):
    """What a link tells its owner, naming itself: an owner may have two for a moment."""

    def link_opened(self, link: "SocketLink") -> None:
        """The socket is open."""

    def link_message(self, link: "SocketLink", message: "dict[str, Any]") -> None:
        """A JSON message arrived."""

    def link_packet(self, link: "SocketLink", packet: Packet) -> None:
        """A binary message arrived."""

    def link_closed(self, link: "SocketLink", code: int, reason: str) -> None:
        """The socket is closed; the link says nothing more."""

    def link_failed(self, link: "SocketLink", error: LecternError) -> None:
        """There was nothing to connect with."""


class SocketLink:
    """One socket, from the first attempt to its end.

    Implements SocketEvents. Once shut it says nothing more, whatever the socket still does.
    """

    def __init__(self, owner: SocketLinkEvents) -> None:
        self._owner: SocketLinkEvents | None = owner
        self._socket: Socket | None = None

    async def open(self, connector: Connector, target: Target) -> None:
        """Open the socket, unless the link is shut before its target is known."""
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
            owner.link_failed(self, error)

    def send(self, message: "dict[str, Any]") -> None:
        """Send a message, if the socket is there."""
        if self._socket is not None:
            self._socket.send_text(json.dumps(message))

    def send_audio(self, frame: bytes, max_backlog_bytes: int) -> bool:
        """Send a frame; False when more than `max_backlog_bytes` wait to leave already."""
        if self._socket is None or self._socket.buffered_bytes() > max_backlog_bytes:
            return False
        self._socket.send_bytes(frame)
        return True

    def shut(self) -> None:
        """Close the socket and let go of everything."""
        self._owner = None
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.close(codes.CLOSE_NORMAL, "")

    # SocketEvents

    def opened(self, subprotocol: str) -> None:
        """See SocketEvents."""
        if self._owner is not None:
            self._owner.link_opened(self)

    def text(self, text: str) -> None:
        """See SocketEvents. What cannot be read is logged and forgotten."""
        if self._owner is None:
            return
        try:
            message = json.loads(text)
            readable = isinstance(message["type"], str)
        except (ValueError, KeyError, TypeError):
            readable = False
        if readable:
            self._owner.link_message(self, message)
        else:
            log.warning("a message from the server could not be read")

    def binary(self, packet: Packet) -> None:
        """See SocketEvents."""
        if self._owner is not None:
            self._owner.link_packet(self, packet)

    def closed(self, code: int, reason: str) -> None:
        """See SocketEvents. It is the last thing a socket says."""
        owner, self._owner, self._socket = self._owner, None, None
        if owner is not None:
            owner.link_closed(self, code, reason)


class SocketLinks:
    """Opens links to the same target and lets go of them."""

    def __init__(self, owner: SocketLinkEvents, connector: Connector, target: Target) -> None:
        self.current: SocketLink | None = None
        self.successor: SocketLink | None = None
        self._owner = owner
        self._connector = connector
        self._target = target
        self._opening: Any = None

    def open_current(self) -> None:
        """Begin a connection."""
        self.current = self._open()

    def open_successor(self) -> None:
        """Begin another one beside it."""
        self.successor = self._open()

    def promote(self) -> None:
        """The successor takes the place of the current one."""
        successor, self.successor = self.successor, None
        self.drop_current()
        self.current = successor

    def drop_current(self) -> None:
        """Shut it."""
        link, self.current = self.current, None
        if link is not None:
            link.shut()

    def drop_successor(self) -> None:
        """Shut it."""
        link, self.successor = self.successor, None
        if link is not None:
            link.shut()

    def _open(self) -> SocketLink:
        link = SocketLink(self._owner)
        self._opening = asyncio.create_task(link.open(self._connector, self._target))
        return link
