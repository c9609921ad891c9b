"""One direction of a connection through the fault proxy: bytes in, and out as the fault lets them."""

import asyncio
import random
import socket
import struct
from typing import NamedTuple

CHUNK = 65_536
QUEUE_CHUNKS = 64
"""What waits in a lane; when it is full the sender's own buffers fill, as before a slow network."""

PIECE_S = 0.02
"""A limited rate lets a piece of this length through at a time."""

LINGER_NONE = struct.pack("ii", 1, 0)
"""SO_LINGER that makes close() send a reset instead of what is still queued."""

INVERTED = bytes(255 - byte for byte in range(256))


class Stream(NamedTuple):
    """A TCP connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Rule(NamedTuple):
    """What a Fault does to one direction of a connection; the attributes are those of Fault."""

    delay_s: float
    jitter_s: float
    rate: float
    silent: bool
    cut_after: int | None
    corrupt_after: int | None


class Lane:
    """Reads from one side at once and writes to the other when it is time.

    Attributes:
        passed: bytes that went through.
        was_cut: the fault's bytes were used up and more came.
        was_silent: it has been a blackhole.
    """

    def __init__(self, dice: random.Random) -> None:
        self.passed = 0
        self.was_cut = False
        self.was_silent = False
        self._dice = dice
        self._waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(QUEUE_CHUNKS)
        self._open = asyncio.Event()
        self._due_s = 0.0

    def obey(self, rule: Rule) -> None:
        """Be so from now on; bytes are counted from here."""
        self._rule = rule
        self._cut_at = None if rule.cut_after is None else self.passed + rule.cut_after
        self._corrupt_at = None if rule.corrupt_after is None else self.passed + rule.corrupt_after
        self.was_silent = self.was_silent or rule.silent
        if rule.silent:
            self._open.clear()
        else:
            self._open.set()

    async def opened(self) -> None:
        """Wait until it is no blackhole."""
        await self._open.wait()

    async def read(self, reader: asyncio.StreamReader) -> None:
        """Take in what comes, to the end of it, with the time of its arrival."""
        now_s = asyncio.get_running_loop().time
        data = b"?"
        while data:
            try:
                data = await reader.read(CHUNK)
            except OSError:
                data = b""
            await self._waiting.put((now_s(), data))

    async def write(self, writer: asyncio.StreamWriter) -> str:
        """Give it out; returns `close` at its end or `cut` where the fault cuts it."""
        while True:
            arrived_s, data = await self._waiting.get()
            await self._until_due(arrived_s)
            await self._open.wait()
            left = len(data) if self._cut_at is None else max(self._cut_at - self.passed, 0)
            await self._pass(writer, data[:left])
            if left < len(data):
                self.was_cut = True
                return "cut"
            if not data:
                return "close"

    async def _until_due(self, arrived_s: float) -> None:
        """Never before what came earlier: TCP keeps the order."""
        late_s = self._rule.delay_s + self._dice.random() * self._rule.jitter_s
        self._due_s = max(self._due_s, arrived_s + late_s)
        await asyncio.sleep(max(0.0, self._due_s - asyncio.get_running_loop().time()))

    async def _pass(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        at = 0
        while at < len(data):
            rate = self._rule.rate
            size = max(1, int(rate * PIECE_S)) if rate else len(data)
            piece = data[at : at + size]
            writer.write(self._corrupted(piece))
            self.passed += len(piece)
            at += len(piece)
            await writer.drain()
            if rate:
                await asyncio.sleep(len(piece) / rate)
            await self._open.wait()

    def _corrupted(self, piece: bytes) -> bytes:
        if self._corrupt_at is None:
            return piece
        good = max(0, self._corrupt_at - self.passed)
        return piece[:good] + piece[good:].translate(INVERTED)


async def end(stream: Stream, how: str) -> None:
    """Break one side: `reset`, `close`, or `blackhole`, which never returns."""
    if how == "blackhole":
        await asyncio.Event().wait()
    if how == "reset":
        raw: socket.socket = stream.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
    else:
        await stream.writer.drain()
    stream.writer.close()
