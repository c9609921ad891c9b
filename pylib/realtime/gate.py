"""Keeps out what a socket still says after its owner has moved to another."""

from pylib.ports import Packet, SocketEvents


class Gate:
    """Passes one socket's events on, until it is shut."""

    def __init__(self, events: SocketEvents) -> None:
        self._events: SocketEvents | None = events

    def shut(self) -> None:
        """Pass nothing on any more."""
        self._events = None

    def opened(self, subprotocol: str) -> None:
        """See SocketEvents."""
        if self._events is not None:
            self._events.opened(subprotocol)

    def text(self, text: str) -> None:
        """See SocketEvents."""
        if self._events is not None:
            self._events.text(text)

    def binary(self, packet: Packet) -> None:
        """See SocketEvents."""
        if self._events is not None:
            self._events.binary(packet)

    def closed(self, code: int, reason: str) -> None:
        """See SocketEvents. It is the last thing a socket says."""
        events, self._events = self._events, None
        if events is not None:
            events.closed(code, reason)
