"""Connector and Socket, by the browser's own WebSocket.

The body of a binary message stays a typed array in JavaScript: Python reads the few bytes
of the header and hands the rest on, unopened, to the decoder.
"""

from typing import Any

import js

from pylib.browser.bridge import Callbacks, JsException, js_list, read_bytes, write_bytes
from pylib.ports import SocketEvents

_OPEN = 1


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
        return js.Uint8Array.new(self._buffer, start)


class BrowserSocket:
    """Socket; gives its callbacks back when it is closed from either side."""

    def __init__(self, url: str, subprotocols: list[str], events: SocketEvents) -> None:
        self._events = events
        self._callbacks = Callbacks()
        self._socket = js.WebSocket.new(url, js_list(subprotocols))
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
        """Close and tell nothing more."""
        self._let_go()
        try:
            self._socket.close(code, reason)
        except JsException:
            # Browsers refuse to send codes that belong to servers; closing without one is meant then.
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


class BrowserConnector:
    """Opens BrowserSockets."""

    def open(self, url: str, subprotocols: list[str], events: SocketEvents) -> BrowserSocket:
        """See Connector."""
        return BrowserSocket(url, subprotocols, events)
