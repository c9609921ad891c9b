"""Listens: new connections take turns with the requests of those that were accepted before."""

import asyncio
import os
import socket
from typing import cast

from aiohttp import web

from backend.turns import Turns

BACKLOG = 1024
"""Connections that the system completes before they are accepted: a room full of phones begins at once."""

NEWCOMERS = "newcomers"
"""What those who wait to be accepted are queued by: who they are is not known yet."""

TURNS_EACH = 4
"""What a connection takes that asks for one thing and closes. If newcomers waited for less, more would be
accepted than can be served, until the server is full."""

RETRY_S = 1.0
"""After the system had no descriptor left for a connection."""


class TurnsSite(web.TCPSite):
    """Accepts connections one by one, each when it is the newcomers' turn.

    asyncio accepts as many as have come in one go, and can not be asked to stop for a while.
    """

    def __init__(self, runner: web.BaseRunner, host: str, port: int, turns: Turns) -> None:
        super().__init__(runner, host, port)
        self._turns = turns
        self._accepting: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """See BaseSite. Raises OSError when it cannot listen there."""
        await web.BaseSite.start(self)
        server = cast(web.Server, self._runner.server)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(server, self._host, self._port, start_serving=False)
        for bound in self._server.sockets:
            listening = socket.socket(fileno=os.dup(bound.fileno()))
            listening.setblocking(False)
            listening.listen(BACKLOG)
            self._accepting.append(loop.create_task(self._accept(listening, server)))

    async def stop(self) -> None:
        """See BaseSite."""
        for task in self._accepting:
            task.cancel()
        await asyncio.gather(*self._accepting, return_exceptions=True)
        await super().stop()

    async def _accept(self, listening: socket.socket, server: web.Server) -> None:
        loop = asyncio.get_running_loop()
        with listening:
            while True:
                try:
                    connection, _ = await loop.sock_accept(listening)
                    await loop.connect_accepted_socket(server, connection)
                except OSError:
                    # The client has left, or descriptors are short: `--max-connections` leaves a few.
                    await asyncio.sleep(RETRY_S)
                for _ in range(TURNS_EACH):
                    await self._turns.wait(NEWCOMERS)
