"""Takes a WebSocket connection over from aiohttp, to spend less memory on each listener.

For as long as a handler runs, aiohttp keeps the request, its parsers and writer, two tasks and a
dozen coroutines: 10 kB for each listener, who stays for an hour and says little. So this module answers
the handshake itself, and from then on the connection has a protocol of its own.
"""

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Callable
from typing import NamedTuple

from aiohttp import EofStream, WSMessage, web
from aiohttp.http import WS_KEY

from backend.ports import Clock
from backend.problems import Problem
from backend.proxies import list_header
from backend.rate_limit import Pace
from backend.ws.frame_parser import FrameParser
from pylib.protocol import codes
from pylib.protocol.limits import MAX_AUDIO_TEXT_BYTES, MAX_OLDER_AUDIO_TEXT_BYTES, MAX_TEXT_BYTES

READ_AHEAD_BYTES = 64 * 1024
"""Reading stops while more than this waits to be parsed; then it waits where it comes from."""

SLICE_BYTES = 1024
"""Parsed at once. It bounds the work of one step, as the smallest frame has two bytes."""

MESSAGE_BYTES = 200
"""What a message, ping or pong costs beside its bytes: an empty one has to be answered or refused, too."""

TURN_S = 0.0003
"""A connection for which much waits lets the others have their turn after this long.

Sound takes two rounds of the event loop, and each waits for the turns of all connections that flood: with
1 ms, ten signed-in ones that begin with empty pings kept listeners waiting for 30 ms.
"""


class ReadLimits(NamedTuple):
    """How much one connection may send, whatever it is.

    Attributes:
        bytes_per_s: that are parsed; what comes faster waits.
        burst_bytes: that are parsed at once.
        message_bytes: the longest message; of a longer one, whole or in fragments, no more is kept.
    """

    bytes_per_s: float
    burst_bytes: float
    message_bytes: int


ANONYMOUS = ReadLimits(32 * 1024, 64 * 1024, MAX_TEXT_BYTES)
"""Anybody can open such connections, and listeners say little."""

SIGNED_IN = ReadLimits(256 * 1024, 512 * 1024, MAX_AUDIO_TEXT_BYTES)
"""Twice what the largest legal sound needs: `sendAudio` at 48 kHz is 128 KiB/s."""

SIGNED_IN_OLDER = SIGNED_IN._replace(message_bytes=MAX_OLDER_AUDIO_TEXT_BYTES)
"""Without `lectern.v1`: chunks of sound may be longer."""


class FloodError(Exception):
    """A connection has been sending too much for longer than it is borne."""


class ConnectionReader(asyncio.Protocol):
    """Reads the messages of one connection, and no faster than `ReadLimits` allow.

    Bytes are parsed when a message is asked for: what has not been parsed costs nothing but its place. A
    connection that sends too much loses nothing, it is read more slowly; one that goes on is a flood.

    Attributes:
        lost: a future that is done once the connection has ended.
        on_lost: called when the connection ends, while its descriptor is not yet closed.
        on_data: called when bytes have come.
    """

    __slots__ = (
        "_arrival",
        "_clock",
        "_discarding",
        "_pace",
        "_parser",
        "_patience_s",
        "_paused",
        "_transport",
        "_turn_ends_s",
        "_unparsed",
        "lost",
        "on_data",
        "on_lost",
    )

    def __init__(self, transport: asyncio.Transport, clock: Clock, patience_s: float) -> None:
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.on_lost: Callable[[], None] | None = None
        self.on_data: Callable[[], None] | None = None
        self._transport = transport
        self._clock = clock
        self._patience_s = patience_s
        self._unparsed = bytearray()
        self._arrival: asyncio.Future[None] | None = None
        self._paused = False
        self._discarding = False
        self._turn_ends_s = 0.0
        self.limit(ANONYMOUS)

    def limit(self, limits: ReadLimits) -> None:
        """Read with these limits; to be called before the first `receive`."""
        now = self._clock.monotonic_s()
        rate, burst = limits.bytes_per_s, limits.burst_bytes
        self._pace = Pace(rate=rate, burst=burst, now=now, patience_s=self._patience_s)
        self._parser = FrameParser(limits.message_bytes)

    def has_unread(self) -> bool:
        """Whether something has come that was not handed out yet: then its sender is not silent."""
        return bool(self._unparsed or self._parser.messages)

    async def receive(self, *, patient: bool = True) -> WSMessage:
        """The next message.

        Raises EofStream at the end, WebSocketError when the bytes break RFC 6455 or a message is too long,
        FloodError when too much has come for too long; or at once when too much has come, if not `patient`.
        """
        while not self._parser.messages:
            if self._parser.error is not None:
                raise self._parser.error
            if self._unparsed:
                await self._spend(self._parse(), patient)
            elif self.lost.done():
                raise EofStream
            else:
                await self._wait_for_arrival()
        await self._spend(MESSAGE_BYTES, patient)
        return self._parser.messages.popleft()

    async def hold(self, wait_s: float) -> None:
        """Hand out nothing for so long, or until the connection has ended: then what came is all there is."""
        if not self.lost.done():
            over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            timer = self._clock.call_later(wait_s, lambda: over.set_result(None))
            await asyncio.wait([self.lost, over], return_when=asyncio.FIRST_COMPLETED)
            timer.cancel()
        self._begin_turn()

    def discard(self) -> None:
        """Read on and keep nothing: unread bytes would make TCP drop what the client is still to get."""
        self._discarding = True
        self._unparsed.clear()
        self._resume()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._discarding:
            return
        self._unparsed += data
        if self.on_data is not None:
            self.on_data()
        if len(self._unparsed) > READ_AHEAD_BYTES and not self._paused and not self._transport.is_closing():
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        if self.on_lost is not None:
            self.on_lost()
            self.on_lost = None
        if not self.lost.done():
            self.lost.set_result(None)
        self._wake()

    def _parse(self) -> int:
        """Parse the next slice; returns its size."""
        data = bytes(self._unparsed[:SLICE_BYTES])
        del self._unparsed[:SLICE_BYTES]
        if len(self._unparsed) <= READ_AHEAD_BYTES // 2:
            self._resume()
        self._parser.feed(data)
        return len(data)

    async def _spend(self, cost: float, patient: bool) -> None:
        """Pay for work that was done: wait as long as the pace asks, or let others have their turn."""
        now = self._clock.monotonic_s()
        wait_s = self._pace.spend(cost, now)
        if (self._pace.is_flooded(now) or (wait_s and not patient)) and not self.lost.done():
            raise FloodError
        if wait_s:
            await self.hold(wait_s)
        elif now >= self._turn_ends_s:
            await asyncio.sleep(0)
            self._begin_turn()

    async def _wait_for_arrival(self) -> None:
        self._arrival = asyncio.get_running_loop().create_future()
        await self._arrival
        self._begin_turn()

    def _begin_turn(self) -> None:
        self._turn_ends_s = self._clock.monotonic_s() + TURN_S

    def _wake(self) -> None:
        arrival, self._arrival = self._arrival, None
        if arrival is not None and not arrival.done():
            arrival.set_result(None)

    def _resume(self) -> None:
        if self._paused and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()


def take_over(
    request: web.Request, subprotocol: str, clock: Clock, patience_s: float
) -> tuple[ConnectionReader, asyncio.Transport]:
    """Answer a WebSocket handshake (RFC 6455, section 4.2) and take the connection from aiohttp.

    `patience_s`: for how long a flood is borne.

    Raises Problem 400 when the request is no handshake, or when the client has left.
    """
    accept = _accept_key(request)
    transport = request.transport
    if transport is None or transport.is_closing():
        raise Problem(400, codes.VALIDATION_INVALID_MESSAGE_FORMAT, "The client has left.")
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
    reader = ConnectionReader(transport, clock, patience_s)
    transport.set_protocol(reader)
    # It is paused when more came while the handshake waited for its turn.
    transport.resume_reading()
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
