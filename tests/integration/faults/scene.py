"""Where a trial happens: a server, and a proxy on each person's way to it."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
from yarl import URL

from tests.integration.faults.kinds import Kind
from tests.support.beat_clock import BeatClock
from tests.support.fault_proxy import PASS, FaultProxy, fault_proxy
from tests.support.headless_pages import People, Server
from tests.support.server import RunningServer, running_server
from tests.support.server_process import fork_server, tokens_for

USER = "anna"


Restart = Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]


class Scene(NamedTuple):
    """`restart` takes the server away until what it is given is over; it comes back elsewhere."""

    people: People
    clock: BeatClock
    speaker_link: FaultProxy
    listener_link: FaultProxy
    restart: Restart
    blocks: list[Any]

    async def spoil(self, kind: Kind) -> None:
        """The bad time from its beginning to its end."""
        if kind.place in ("kill", "restart"):
            await self.restart(lambda: self.clock.sleep(kind.away_s))
            return
        links = [self.speaker_link] * kind.hits_speaker + [self.listener_link] * kind.hits_listener
        for link in links:
            link.fault = kind.fault
            if kind.breaks:
                link.drop(kind.breaks)
        await self.clock.sleep(kind.away_s)
        for link in links:
            link.fault = PASS


class _Process(NamedTuple):
    """A Server for People that is a process of its own."""

    url: str
    id_token: str

    def token(self) -> str:
        return self.id_token


@asynccontextmanager
async def scene(
    kind: Kind, shared: RunningServer, data_dir: Path, blocks: list[Any], dice: random.Random
) -> AsyncIterator[Scene]:
    """A scene of its own on the shared server, or on one that this kind may take away."""
    async with AsyncExitStack() as stack:
        links: list[FaultProxy] = []
        server: Server = shared
        restart: Restart = _never
        if kind.place == "kill":
            server, restart = await _killed(stack, data_dir, links)
        elif kind.place == "restart":
            server, restart = await _restarted(stack, data_dir, links)
        url = URL(server.url)
        for proxy in [fault_proxy(str(url.host), int(url.port or 0)) for _ in range(2)]:
            links.append(await stack.enter_async_context(proxy))  # noqa: PERF401 - each is up before the next
        http = await stack.enter_async_context(aiohttp.ClientSession())
        clock = BeatClock()
        ways = {"speaker_url": links[0].url, "listener_url": links[1].url}
        people = People(server, http, **ways, dice=dice.random, clock=clock)
        stack.callback(people.leave)
        await stack.enter_async_context(_going(clock))
        yield Scene(people, clock, links[0], links[1], restart, blocks)


@asynccontextmanager
async def _going(clock: BeatClock) -> AsyncIterator[None]:
    running = asyncio.create_task(clock.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _never(away: Callable[[], Awaitable[None]]) -> None:
    raise AssertionError("the shared server stays")


async def _killed(stack: AsyncExitStack, data_dir: Path, links: list[FaultProxy]) -> tuple[_Process, Restart]:
    """A process that ends as in a power cut."""
    token = tokens_for(data_dir, USER)[USER]
    servers = await stack.enter_async_context(fork_server(data_dir))

    async def restart(away: Callable[[], Awaitable[None]]) -> None:
        servers.kill()
        await away()
        _lead_to(links, await servers.start())

    return _Process(await servers.start(), token), restart


async def _restarted(
    stack: AsyncExitStack, data_dir: Path, links: list[FaultProxy]
) -> tuple[RunningServer, Restart]:
    """A server that says goodbye, as in an update."""
    life = await stack.enter_async_context(AsyncExitStack())
    server = await life.enter_async_context(running_server(data_dir))

    async def restart(away: Callable[[], Awaitable[None]]) -> None:
        await life.aclose()
        await away()
        _lead_to(links, (await life.enter_async_context(running_server(data_dir))).url)

    return server, restart


def _lead_to(links: list[FaultProxy], url: str) -> None:
    found = URL(url)
    for link in links:
        link.lead_to(str(found.host), int(found.port or 0))
