"""Connector and Socket, by the browser's own WebSocket.

The body of a binary message stays a typed array in JavaScript: Python reads the few bytes of the header
and passes the rest to the decoder by reference.
"""

from typing import Any

import js

from pylib.browser.bridge import Callbacks, js_list, read_bytes, try_new, write_bytes
from pylib.browser.clock import BrowserTimer
from pylib.ports import Socket, SocketEvents
from pylib.protocol.codes import CLOSE_LOST, CLOSE_NORMAL

_OPEN = 1

_LONGEST_REASON = 123
"""Bytes (RFC 6455, section 5.5)."""


class ArrayBufferPacket:
    """Packet over an ArrayBuffer."""

    def __init__(self, buffer: Any) -> None:
        self._buffer = buffer
        self.size = int(buffer.byteLength)

    def head(self, count: int) -> bytes:
        """See Packet."""
        return read_bytes(js.Uint8Array.new(self._buffer, 0, min(count, self.size)))

    def tail(self, start: int) -> Any:
        """See Packet."""
        return js.Uint8Array.new(self._buffer, min(start, self.size))


class BrowserSocket:
    """Socket; releases its callbacks when either side closes it."""

    def __init__(self, socket: Any, events: SocketEvents) -> None:
        self._events = events
        self._callbacks = Callbacks()
        self._socket = socket
        self._socket.binaryType = "arraybuffer"
        self._socket.onopen = self._callbacks.lend(self._on_open)
        self._socket.onmessage = self._callbacks.lend(self._on_message)
        self._socket.onclose = self._callbacks.lend(self._on_close)

    def send_text(self, text: str) -> None:
        """See Socket."""
        if self._socket.readyState == _OPEN:
            self._socket.send(text)

    def send_bytes(self, data: bytes) -> None:
        """See Socket."""
        if self._socket.readyState == _OPEN:
            self._socket.send(write_bytes(data))

    def buffered_bytes(self) -> int:
        """See Socket."""
        return int(self._socket.bufferedAmount)

    def close(self, code: int, reason: str) -> None:
        """Close; the owner gets no more events."""
        self._let_go()
        if _may_be_sent(code, reason):
            self._socket.close(code, reason)
        else:
            self._socket.close()

    def _on_open(self, _event: Any) -> None:
        self._events.opened(str(self._socket.protocol))

    def _on_message(self, event: Any) -> None:
        data = event.data
        if isinstance(data, str):
            self._events.text(data)
        else:
            self._events.binary(ArrayBufferPacket(data))

    def _on_close(self, event: Any) -> None:
        code, reason = int(event.code), str(event.reason)
        self._let_go()
        self._events.closed(code, reason)

    def _let_go(self) -> None:
        self._socket.onopen = self._socket.onmessage = self._socket.onclose = None
        self._callbacks.release()


class RefusedSocket:
    """Socket in place of one that the browser refused to make; its owner is told of a lost connection."""

    def __init__(self, events: SocketEvents) -> None:
        self._telling = BrowserTimer(0, lambda: events.closed(CLOSE_LOST, ""))

    def send_text(self, text: str) -> None:
        """See Socket."""

    def send_bytes(self, data: bytes) -> None:
        """See Socket."""

    def buffered_bytes(self) -> int:
        """See Socket."""
        return 0

    def close(self, code: int, reason: str) -> None:
        """The owner gets no event."""
        self._telling.cancel()


class BrowserConnector:
    """Opens BrowserSockets."""

    def open(self, url: str, subprotocols: list[str], events: SocketEvents) -> Socket:
        """See Connector."""
        socket = try_new(js.WebSocket, url, js_list(subprotocols))
        return RefusedSocket(events) if socket is None else BrowserSocket(socket, events)


def _may_be_sent(code: int, reason: str) -> bool:
    """Browsers throw at close codes that belong to servers, and at long reasons."""
    return (code == CLOSE_NORMAL or 3000 <= code <= 4999) and len(reason.encode()) <= _LONGEST_REASON
