"""A TCP proxy that misbehaves as told: what lies between a page and its server on a bad day.

async with fault_proxy(host, port) as proxy:
    proxy.plan = lambda number: Fault(cut_after=100) if number == 0 else PASS   # each new connection
    ... connect to proxy.url ...
    proxy.fault = Fault(silent="both")   # from now on, for all living and new connections
    proxy.fault = PASS                   # the network is well again
    proxy.drop("reset")                  # every living connection breaks now

What a network does, this does: bytes keep their order, and what a blackhole holds back arrives when
it heals, as TCP would have sent it again; a client that leaves in a blackhole is not missed before its end.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal, NamedTuple

from tests.support.proxy_pipe import CHUNK, Lane, Rule, Stream, end

End = Literal["reset", "close", "blackhole"]


class Fault(NamedTuple):
    """What becomes of a connection, from its first byte or from the moment this is set.

    Attributes:
        cut_after: bytes of the answer that still come through before `end`; None lets all of it pass.
        cut_request_after: as `cut_after`, for the bytes that the client sends.
        end: how a cut breaks it: `reset`, an orderly `close`, or a `blackhole` that says nothing any more.
        unheard: the request never reaches the server.
        instead: what the proxy answers to the first bytes, in the server's place.
        refuse: a new connection is reset at once.
        delay_s: how much later everything arrives, either way.
        jitter_s: up to so much later still, at random.
        rate: bytes a second that come through, each way; 0 does not limit.
        silent: a blackhole: nothing passes this way (up is to the server), and nothing closes.
        corrupt_after: bytes of the answer after which each byte is inverted.
        corrupt_request_after: as `corrupt_after`, for the bytes that the client sends.
    """

    cut_after: int | None = None
    cut_request_after: int | None = None
    end: End = "reset"
    unheard: bool = False
    instead: bytes = b""
    refuse: bool = False
    delay_s: float = 0.0
    jitter_s: float = 0.0
    rate: float = 0.0
    silent: Literal["", "up", "down", "both"] = ""
    corrupt_after: int | None = None
    corrupt_request_after: int | None = None


PASS = Fault()


class FaultProxy:
    """`plan` is asked for each new connection, numbered from 0; `fault` sets one for all."""

    def __init__(self, host: str, port: int) -> None:
        self.plan: Callable[[int], Fault] = lambda number: PASS
        self.url = ""
        self.connections = 0
        self._cuts = 0
        self._longest_answer = 0
        self._target = (host, port)
        self._dice = random.Random(3)
        self._living: dict[asyncio.Task[None], _Connection] = {}

    @property
    def fault(self) -> Fault:
        """What a connection made now would meet."""
        return self.plan(self.connections)

    @fault.setter
    def fault(self, fault: Fault) -> None:
        self.plan = lambda number: fault
        for connection in self._living.values():
            connection.meet(fault)

    @property
    def cuts(self) -> int:
        """How many answers were cut."""
        return self._cuts + sum(one.down.was_cut for one in self._living.values())

    @property
    def longest_answer(self) -> int:
        """The most bytes that came back on one connection."""
        return max([self._longest_answer, *(one.down.passed for one in self._living.values())])

    def lead_to(self, host: str, port: int) -> None:
        """New connections go there: the server came back elsewhere."""
        self._target = (host, port)

    def drop(self, how: End) -> None:
        """Break every living connection at once."""
        for connection in self._living.values():
            connection.break_off(how)

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client."""
        number, self.connections = self.connections, self.connections + 1
        connection = _Connection(Stream(reader, writer), self.plan(number), self._dice)
        task = asyncio.create_task(self._serve(connection))
        self._living[task] = connection
        task.add_done_callback(self._gone)

    async def stop(self) -> None:
        """Drop every connection."""
        tasks = list(self._living)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, connection: "_Connection") -> None:
        try:
            await connection.serve(self._target)
        except OSError:
            pass  # the far end is gone; the near end learns it from the closing below
        finally:
            connection.close()

    def _gone(self, task: asyncio.Task[None]) -> None:
        down = self._living.pop(task).down
        self._cuts += down.was_cut
        self._longest_answer = max(self._longest_answer, down.passed)


class _Connection:
    """A client, and the server once it is reached; two lanes between them."""

    def __init__(self, client: Stream, fault: Fault, dice: random.Random) -> None:
        self.up = Lane(dice)
        self.down = Lane(dice)
        self._client = client
        self._server: Stream | None = None
        self._broken: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.meet(fault)

    def meet(self, fault: Fault) -> None:
        """From now on this is what happens to it."""
        self._fault = fault
        pace = (fault.delay_s, fault.jitter_s, fault.rate)
        up_silent, down_silent = fault.silent in ("up", "both"), fault.silent in ("down", "both")
        self.up.obey(Rule(*pace, up_silent, fault.cut_request_after, fault.corrupt_request_after))
        self.down.obey(Rule(*pace, down_silent, fault.cut_after, fault.corrupt_after))

    def break_off(self, how: End) -> None:
        """Now."""
        if not self._broken.done():
            self._broken.set_result(how)

    async def serve(self, target: tuple[str, int]) -> None:
        """Carry bytes until one side ends or the fault does; raises OSError when one breaks."""
        fault = self._fault
        if fault.refuse:
            await end(self._client, "reset")
        elif fault.instead or fault.unheard:
            await self._client.reader.read(CHUNK)
            self._client.writer.write(fault.instead)
            await end(self._client, "close" if fault.instead else fault.end)
        else:
            await self._carry(target)

    async def _carry(self, target: tuple[str, int]) -> None:
        """A client that leaves before a blackhole lets it through was never there for the server."""
        reading = asyncio.create_task(self.up.read(self._client.reader))
        tasks: list[asyncio.Future[Any]] = [reading]
        try:
            await self.up.opened()
            if reading.done() and self.up.was_silent:
                return
            self._server = Stream(*await asyncio.open_connection(*target))
            over = [
                asyncio.create_task(self.up.write(self._server.writer)),
                asyncio.create_task(self.down.write(self._client.writer)),
            ]
            tasks += [asyncio.create_task(self.down.read(self._server.reader)), *over]
            done, _ = await asyncio.wait([*over, self._broken], return_when=asyncio.FIRST_COMPLETED)
            await self._end(done.pop().result())
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _end(self, how: str) -> None:
        how = self._fault.end if how == "cut" else how
        if how == "reset" and self._server is not None:
            await end(self._server, how)
        await end(self._client, how)

    def close(self) -> None:
        """Let go of both sides."""
        for stream in (self._client, self._server):
            if stream is not None:
                stream.writer.close()


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
