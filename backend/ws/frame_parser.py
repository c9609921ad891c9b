"""Bytes of a client in, WebSocket messages out (RFC 6455), by aiohttp's parser and no queue of its own."""

import asyncio
from collections import deque
from typing import Any, cast

from aiohttp import WSCloseCode, WSMessage
from aiohttp._websocket.reader import WebSocketDataQueue  # the parser fills no other kind of queue
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import WebSocketError, WebSocketReader

MASKED = 0x80
"""The second byte of a masked frame is at least this."""


class _Messages(WebSocketDataQueue):
    """Keeps messages and does nothing else: how much is read is for the ConnectionReader to say."""

    __slots__ = ()

    def __init__(self) -> None:
        # The base class would pause this protocol while it holds too much; it does not count what we put in.
        super().__init__(cast(BaseProtocol, None), 0, loop=asyncio.get_running_loop())

    def feed_data(self, data: Any, size: int) -> None:
        """A message is complete."""
        self._buffer.append(data)


class FrameParser:
    """Parses what it is fed, at once.

    Attributes:
        messages: what is complete, pings and pongs too; to be taken from the left.
        error: why nothing can be parsed after them: the bytes break RFC 6455, or a message is too long.
    """

    __slots__ = ("_beginning", "_queue", "_reader", "error", "messages")

    def __init__(self, message_bytes: int) -> None:
        """`message_bytes`: the longest message that is kept, whole or as unfinished fragments."""
        self._queue = _Messages()
        self._reader = WebSocketReader(self._queue, message_bytes + 1, compress=False, decode_text=True)
        self.messages = cast("deque[WSMessage]", self._queue._buffer)
        self.error: BaseException | None = None
        self._beginning: bytes | None = b""

    def feed(self, data: bytes) -> None:
        """Take the next bytes; they are ignored after an error."""
        if self._beginning is not None:
            self._check_mask(data)
        if self.error is None:
            self._reader.feed_data(data)
            self.error = self._queue.exception()

    def _check_mask(self, data: bytes) -> None:
        """Refuse a client that does not mask its frames (RFC 6455, section 5.1): aiohttp's parser takes them.

        Its first frame tells, because clients mask all frames or none.
        """
        beginning = (self._beginning or b"") + data[:2]
        self._beginning = beginning if len(beginning) < 2 else None
        if self._beginning is None and beginning[1] < MASKED:
            self.error = WebSocketError(WSCloseCode.PROTOCOL_ERROR, "a client has to mask its frames")
