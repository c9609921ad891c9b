"""A WebSocket client that knows nothing of our client code: what a stranger would write."""

import asyncio
import json
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import aiohttp

from pylib.protocol.frames import FLOOR, KIND_OPUS, FrameHeader, encode
from tests.integration.backend.api import create
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

    async def answered(self) -> None:
        """Wait until the server has dealt with all that was sent over this connection."""
        await self.send("heartbeat", id="answered")
        await self.expect("heartbeatAck", id="answered")

    async def close(self) -> None:
        await self.ws.close()
        await self.http.close()


def frame(seq: int, sound: bytes = b"sound") -> bytes:
    """A frame of the floor with this number."""
    return encode(FrameHeader(KIND_OPUS, FLOOR, 0, seq, seq * 20), sound)


async def new_session(server: RunningServer, subject: str = "anna") -> str:
    """The id of a session created for this user."""
    async with server.http(subject) as http:
        return str((await create(http))["sessionId"])


async def speaker_of(server: RunningServer, session_id: str, subject: str = "anna") -> WireClient:
    """A welcomed speaker."""
    client = await WireClient.connect(server, session_id, token=server.token(subject))
    client.welcome = await client.expect("welcome")
    return client


async def listener_of(server: RunningServer, session_id: str, **query: Any) -> WireClient:
    """A listener who has joined; `query` is added to the address."""
    client = await WireClient.connect(server, session_id, **query)
    client.welcome = await client.expect("welcome")
    await client.expect("sessionJoined")
    return client
