"""A Connector whose other end is the test: a small working server side, no network.

Portable, so that the same tests run on CPython, MicroPython and Pyodide.
"""

import json
from typing import Any

from pylib.ports import SocketEvents
from pylib.realtime.text_transport import BytesPacket


class FakeSocket:
    """One connection; the test plays the server through `accept`, `say`, `drop`."""

    def __init__(self, url: str, subprotocols: list[str], events: SocketEvents) -> None:
        self.url = url
        self.subprotocols = subprotocols
        self.texts: list[dict[str, Any]] = []
        self.frames: list[bytes] = []
        self.backlog = 0
        self.closed_by_client = False
        self._events = events
        self._over = False

    def send_text(self, text: str) -> None:
        self.texts.append(json.loads(text))

    def send_bytes(self, data: bytes) -> None:
        self.frames.append(data)

    def buffered_bytes(self) -> int:
        return self.backlog

    def close(self, code: int, reason: str) -> None:
        self.closed_by_client = self._over = True

    def accept(self) -> None:
        self._events.opened("lectern.v1")

    def say(self, message: dict[str, Any]) -> None:
        if not self._over:
            self._events.text(json.dumps(message))

    def say_raw(self, text: str) -> None:
        self._events.text(text)

    def say_bytes(self, data: bytes) -> None:
        if not self._over:
            self._events.binary(BytesPacket(data))

    def drop(self, code: int = 1006, reason: str = "") -> None:
        if not self._over:
            self._over = True
            self._events.closed(code, reason)

    @property
    def is_open(self) -> bool:
        return not self._over

    def last(self, action: str) -> dict[str, Any]:
        """The newest message with this action."""
        return [message for message in self.texts if message["action"] == action][-1]


class FakeConnector:
    """Remembers every socket that was opened."""

    def __init__(self) -> None:
        self.sockets: list[FakeSocket] = []

    def open(self, url: str, subprotocols: list[str], events: SocketEvents) -> FakeSocket:
        socket = FakeSocket(url, subprotocols, events)
        self.sockets.append(socket)
        return socket

    @property
    def last(self) -> FakeSocket:
        return self.sockets[-1]
