"""A WebSocket client that knows nothing of our client code: what a stranger would write."""

import asyncio
import json
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import aiohttp

from tests.support.server import RunningServer

PATIENCE_S = 10.0
"""Only a bound for hanging tests: nothing is measured with it."""


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens inside the server."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - the server tells nobody when its counts change
            await asyncio.sleep(0.005)


class WireClient:
    """One connection. `expect` skips what it is not asked for and keeps nothing."""

    def __init__(self, http: aiohttp.ClientSession, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.http = http
        self.ws = ws
        self.welcome: dict[str, Any] = {}

    @classmethod
    async def connect(
        cls,
        server: RunningServer,
        session_id: str | None = None,
        *,
        token: str | None = None,
        token_query: str | None = None,
        protocols: tuple[str, ...] = ("lectern.v1",),
        headers: dict[str, str] | None = None,
        **query: str,
    ) -> Self:
        """Open a connection; `token` travels as a subprotocol, `token_query` in the address."""
        if session_id is not None:
            query["sessionId"] = session_id
        if token_query is not None:
            query["token"] = token_query
        if token is not None:
            protocols = (*protocols, f"bearer.{token}")
        http = aiohttp.ClientSession()
        try:
            ws = await http.ws_connect(
                server.ws_url, params=query, protocols=protocols, headers=headers, max_msg_size=0
            )
        except BaseException:
            await http.close()
            raise
        return cls(http, ws)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def send(self, action: str, **fields: Any) -> None:
        await self.ws.send_str(json.dumps({"action": action, **fields}))

    async def send_bytes(self, data: bytes) -> None:
        await self.ws.send_bytes(data)

    async def receive(self) -> aiohttp.WSMessage:
        return await asyncio.wait_for(self.ws.receive(), PATIENCE_S)

    async def expect(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The next message of this type (and with these fields)."""
        while True:
            arrived = await self.receive()
            assert arrived.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), (kind, arrived)
            if arrived.type is aiohttp.WSMsgType.TEXT:
                message: dict[str, Any] = json.loads(arrived.data)
                assert kind == "error" or message["type"] != "error", message
                if message["type"] == kind and all(message.get(key) == fields[key] for key in fields):
                    return message

    async def expect_bytes(self) -> bytes:
        """The next binary message."""
        while True:
            arrived = await self.receive()
            assert arrived.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), arrived
            if arrived.type is aiohttp.WSMsgType.BINARY:
                data: bytes = arrived.data
                return data

    async def expect_close(self) -> tuple[int, str]:
        """Code and reason of the server's close."""
        while True:
            arrived = await self.receive()
            if arrived.type is aiohttp.WSMsgType.CLOSE:
                await self.close()
                return arrived.data, arrived.extra or ""
            assert arrived.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), arrived

    async def close(self) -> None:
        await self.ws.close()
        await self.http.close()
