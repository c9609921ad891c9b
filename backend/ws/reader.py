"""Takes a WebSocket connection over from aiohttp, to spend less memory on each listener.

For as long as a handler runs, aiohttp keeps the request, its parsers and writer, two tasks and a
dozen coroutines: 10 kB for each listener, who stays for an hour and says little. So this module answers
the handshake itself, and from then on the connection has a protocol of its own. Incoming bytes are
still parsed by aiohttp's WebSocket parser.
"""

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Callable
from typing import cast

from aiohttp import WSMessage, web
from aiohttp._websocket.reader import WebSocketDataQueue  # the parser fills no other kind of queue
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import WS_KEY, WebSocketReader

from backend.problems import Problem
from backend.proxies import list_header
from pylib.protocol import codes

MAX_READ_BYTES = 1024 * 1024
"""Larger than any limit of the protocol: the handlers refuse first, with a code that clients understand."""

QUEUE_BYTES = 64 * 1024
"""Reading stops while twice this many bytes wait to be handled."""


class ConnectionReader(asyncio.Protocol):
    """Reads the messages of one connection.

    Attributes:
        lost: a future that is done once the connection has ended.
        on_lost: called when the connection ends, while its descriptor is not yet closed.
    """

    __slots__ = ("_queue", "_reader", "_reading_paused", "_transport", "lost", "on_lost")

    def __init__(self, transport: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[None] = loop.create_future()
        self.on_lost: Callable[[], None] | None = None
        self._transport = transport
        self._reading_paused = False
        # The queue calls only pause_reading and resume_reading, which this class has.
        self._queue = WebSocketDataQueue(cast(BaseProtocol, self), QUEUE_BYTES, loop=loop)
        self._reader = WebSocketReader(self._queue, MAX_READ_BYTES, compress=False, decode_text=True)

    async def receive(self) -> WSMessage:
        """The next message. Raises EofStream at the end, WebSocketError when the bytes break RFC 6455."""
        return cast(WSMessage, await self._queue.read())

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self._reader.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        if self.on_lost is not None:
            self.on_lost()
            self.on_lost = None
        self._queue.feed_eof()
        if not self.lost.done():
            self.lost.set_result(None)

    def pause_reading(self) -> None:
        """Called by the queue when it is full."""
        self._reading_paused = True
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Called by the queue when it has room again."""
        self._reading_paused = False
        if not self._transport.is_closing():
            self._transport.resume_reading()


def take_over(request: web.Request, subprotocol: str) -> tuple[ConnectionReader, asyncio.Transport]:
    """Answer a WebSocket handshake (RFC 6455, section 4.2) and take the connection from aiohttp.

    Raises Problem 400 when the request is no handshake, ConnectionResetError when the client has left.
    """
    accept = _accept_key(request)
    transport = request.transport
    if transport is None:
        raise ConnectionResetError
    answer = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept}",
    ]
    if subprotocol:
        answer.append(f"Sec-WebSocket-Protocol: {subprotocol}")
    transport.write("\r\n".join([*answer, "", ""]).encode())
    # aiohttp is told that the connection is lost: it then forgets the connection, and does not close it.
    handler = request.protocol
    handler.transport = None
    handler.connection_lost(None)
    reader = ConnectionReader(transport)
    transport.set_protocol(reader)
    return reader, transport


def _accept_key(request: web.Request) -> str:
    headers = request.headers
    key = headers.get("Sec-WebSocket-Key", "")
    try:
        key_bytes = len(base64.b64decode(key, validate=True))
    except (binascii.Error, ValueError):
        key_bytes = 0
    if (
        "websocket" not in map(str.lower, list_header(request, "Upgrade"))
        or "upgrade" not in map(str.lower, list_header(request, "Connection"))
        or headers.get("Sec-WebSocket-Version") != "13"
        or key_bytes != 16
    ):
        raise Problem(400, codes.VALIDATION_INVALID_PARAMETER, "This address is for WebSocket connections.")
    return base64.b64encode(hashlib.sha1(key.encode() + WS_KEY, usedforsecurity=False).digest()).decode()
