"""A TCP proxy that misbehaves as told: what lies between a page and its server on a bad day.

async with fault_proxy(host, port) as proxy:
    proxy.plan = lambda number: Fault(cut_after=100) if number == 0 else PASS
    ... connect to proxy.url ...
"""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Literal, NamedTuple

CHUNK = 65_536
LINGER_NONE = struct.pack("ii", 1, 0)
"""SO_LINGER that makes close() send a reset instead of what is still queued."""


class Fault(NamedTuple):
    """What becomes of one connection.

    Attributes:
        cut_after: bytes of the answer that still come through before `end`; None lets all of it pass.
        end: how it breaks: `reset`, an orderly `close`, or a `blackhole` that says nothing any more.
        unheard: the request never reaches the server.
        instead: what the proxy answers to the first bytes, in the server's place.
        delay_s: how much later everything arrives, either way.
    """

    cut_after: int | None = None
    end: Literal["reset", "close", "blackhole"] = "reset"
    unheard: bool = False
    instead: bytes = b""
    delay_s: float = 0.0


PASS = Fault()


class FaultProxy:
    """`plan` is asked for each new connection, numbered from 0."""

    def __init__(self, host: str, port: int) -> None:
        self.plan: Callable[[int], Fault] = lambda number: PASS
        self.url = ""
        self.connections = 0
        self.cuts = 0
        self.longest_answer = 0
        self._target = (host, port)
        self._tasks: set[asyncio.Task[None]] = set()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client."""
        number, self.connections = self.connections, self.connections + 1
        task = asyncio.create_task(self._serve(reader, writer, self.plan(number)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Drop every connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: Fault) -> None:
        try:
            if fault.instead or fault.unheard:
                await reader.read(CHUNK)
                writer.write(fault.instead)
                await _end(writer, "close" if fault.instead else fault.end)
                return
            server_reader, server_writer = await asyncio.open_connection(*self._target)
            try:
                up = asyncio.create_task(_pump(reader, server_writer, fault.delay_s))
                await self._answer(server_reader, writer, fault)
                up.cancel()
            finally:
                server_writer.close()
        except OSError:
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: Fault) -> None:
        """Pass the server's bytes on, as far as the fault lets them."""
        passed = 0
        while data := await reader.read(CHUNK):
            await asyncio.sleep(fault.delay_s)
            left = len(data) if fault.cut_after is None else max(fault.cut_after - passed, 0)
            writer.write(data[:left])
            passed += len(data)
            self.longest_answer = max(self.longest_answer, passed)
            if left < len(data):
                self.cuts += 1
                await _end(writer, fault.end)
                return
        await writer.drain()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_s: float) -> None:
    while data := await reader.read(CHUNK):
        await asyncio.sleep(delay_s)
        writer.write(data)


async def _end(writer: asyncio.StreamWriter, how: str) -> None:
    await writer.drain()
    if how == "blackhole":
        await asyncio.Event().wait()
    if how == "reset":
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
    writer.close()


@asynccontextmanager
async def fault_proxy(host: str, port: int) -> AsyncIterator[FaultProxy]:
    """Listen on a free port of 127.0.0.1 and lead to `host:port`, until the block ends."""
    proxy = FaultProxy(host, port)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        await proxy.stop()
