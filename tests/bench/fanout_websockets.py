"""A peer: the broadcast of the websockets library. `python -m tests.bench.fanout_websockets PORT`."""

import asyncio
import sys

from websockets.asyncio.server import ServerConnection, broadcast, serve

listeners: set[ServerConnection] = set()


async def _serve(connection: ServerConnection) -> None:
    if connection.request is not None and connection.request.path == "/speak":
        async for frame in connection:
            broadcast(listeners, frame)
    else:
        listeners.add(connection)
        await connection.wait_closed()


async def _run(port: int) -> None:
    async with serve(_serve, "127.0.0.1", port, compression=None, subprotocols=None, select_subprotocol=_any):
        await asyncio.Event().wait()


def _any(_: ServerConnection, offered: object) -> None:
    """The load client offers one and does not mind."""


def main() -> None:
    """On uvloop, as ours."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(int(sys.argv[1])))


if __name__ == "__main__":
    main()
