"""Bytes of a client in, WebSocket messages out (RFC 6455), by aiohttp's parser and no queue of its own."""

import asyncio
from collections import deque
from typing import Any, cast

from aiohttp import WSMessage
from aiohttp._websocket.reader import WebSocketDataQueue  # the parser fills no other kind of queue
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import WebSocketReader


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

    __slots__ = ("_queue", "_reader", "error", "messages")

    def __init__(self, message_bytes: int) -> None:
        """`message_bytes`: the longest message that is kept, whole or as unfinished fragments."""
        self._queue = _Messages()
        self._reader = WebSocketReader(self._queue, message_bytes + 1, compress=False, decode_text=True)
        self.messages = cast("deque[WSMessage]", self._queue._buffer)
        self.error: BaseException | None = None

    def feed(self, data: bytes) -> None:
        """Take the next bytes; they are ignored after an error."""
        self._reader.feed_data(data)
        self.error = self._queue.exception()
