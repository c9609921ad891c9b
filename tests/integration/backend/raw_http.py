"""Requests written by hand, byte by byte: what no HTTP client would send."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from tests.support.server import HOST, RunningServer

PATIENCE_S = 10.0
"""Only a bound for hanging tests."""


class RawAnswer(NamedTuple):
    """Header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        """The problem document."""
        assert self.headers["content-type"] == "application/problem+json", self
        document: dict[str, Any] = json.loads(self.body)
        assert document["status"] == self.status
        assert document["requestId"] == self.headers["x-request-id"]
        return document


class RawConnection:
    """One TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes | str) -> None:
        self.writer.write(data.encode() if isinstance(data, str) else data)

    async def answer(self) -> RawAnswer:
        async with asyncio.timeout(PATIENCE_S):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): text.strip() for name, _, text in (one.partition(":") for one in lines)}
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return RawAnswer(int(first.split()[1]), headers, body)

    async def is_closed(self) -> bool:
        """Wait until the server closes; what it sends before is thrown away."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                while await self.reader.read(65536):
                    pass
            except ConnectionError:
                pass
        return True


@asynccontextmanager
async def raw_connection(server: RunningServer, url: str = "") -> AsyncIterator[RawConnection]:
    """A connection to this server, or to another `url` of its; closed when the block ends."""
    reader, writer = await asyncio.open_connection(HOST, int((url or server.url).rsplit(":", 1)[1]))
    try:
        yield RawConnection(reader, writer)
    finally:
        writer.close()


def post(path: str, *lines: str, token: str = "") -> str:
    """The head of a POST."""
    head = [f"POST {path} HTTP/1.1", "Host: x", *lines]
    if token:
        head.append(f"Authorization: Bearer {token}")
    return "\r\n".join([*head, "", ""])
