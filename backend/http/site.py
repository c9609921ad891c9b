"""Listens: new connections take turns with the requests of those that were accepted before."""

import asyncio
import logging
import socket
from typing import cast

from aiohttp import web

from backend.turns import Turns

BACKLOG = 1024
"""Connections that the system completes before they are accepted: a room full of phones begins at once."""

NEWCOMERS = "newcomers"
"""What those who wait to be accepted are queued by: who they are is not known yet."""

TURNS_EACH = 4
"""About what a connection takes that asks for one thing and closes. If newcomers waited for less, more would
be accepted than can be served, until the server is full."""

RETRY_S = 1.0
"""After the system had no descriptor left for a connection."""

log = logging.getLogger("lectern.http")


class TurnsSite(web.TCPSite):
    """Accepts connections one by one, each when it is the newcomers' turn.

    asyncio accepts as many as have come in one go, and can not be asked to stop for a while.
    """

    def __init__(self, runner: web.BaseRunner, host: str, port: int, turns: Turns) -> None:
        super().__init__(runner, host, port)
        self._turns = turns
        self._listening: list[socket.socket] = []
        self._accepting: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """See BaseSite. Raises OSError when it cannot listen there."""
        await web.BaseSite.start(self)
        server = cast(web.Server, self._runner.server)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(server, self._host, self._port, start_serving=False)
        for bound in self._server.sockets:
            listening = socket.fromfd(bound.fileno(), bound.family, bound.type)
            self._listening.append(listening)
            listening.setblocking(False)
            listening.listen(BACKLOG)
            self._accepting.append(loop.create_task(self._accept_all(listening, server)))

    async def stop(self) -> None:
        """See BaseSite."""
        for task in self._accepting:
            task.cancel()
        await asyncio.gather(*self._accepting, return_exceptions=True)
        for listening in self._listening:
            listening.close()
        await super().stop()

    async def _accept_all(self, listening: socket.socket, server: web.Server) -> None:
        while True:
            await _accept(listening, server)
            for _ in range(TURNS_EACH):
                await self._turns.wait(NEWCOMERS)


async def _accept(listening: socket.socket, server: web.Server) -> None:
    """Accept the next connection. Never raises: the one after it is accepted whatever became of this one."""
    loop = asyncio.get_running_loop()
    try:
        connection, _ = await loop.sock_accept(listening)
        connecting = loop.create_task(loop.connect_accepted_socket(server, connection))
        try:
            await asyncio.shield(connecting)
        except asyncio.CancelledError:
            # uvloop would leave the connection open to aiohttp, and closed to everything else. An error of
            # the connection must not take the place of this one either: the server would never stop.
            await asyncio.wait([connecting])
            raise
    except ConnectionError:
        # The client has left.
        pass
    except Exception:
        # Mostly a system without free descriptors; `--max-connections` leaves a few.
        log.exception("a connection could not be accepted")
        await asyncio.sleep(RETRY_S)
