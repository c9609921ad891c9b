"""A closed connection says so exactly once, as browsers insist (RFC 6455, section 5.5.1)."""

import asyncio
import struct
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.server import RunningServer, running_server

TEXT, CLOSE, MASKED = 0x81, 0x88, 0x80
NO_MASK = bytes(4)
WAIT_S = 10


async def upgraded(server: RunningServer, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A WebSocket connection on bare sockets, so that every byte of the server is seen."""
    where = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {where.netloc}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    ]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def text_message(reader: asyncio.StreamReader) -> bytes:
    """The next message, of 126 bytes or more (RFC 6455, section 5.2)."""
    head = await reader.readexactly(4)
    assert head[:2] == bytes([TEXT, 126])
    return await reader.readexactly(int.from_bytes(head[2:], "big"))


def close_frame(code: int) -> bytes:
    return bytes([CLOSE, MASKED | 2]) + NO_MASK + struct.pack(">H", code)


async def test_a_refused_connection_gets_one_close_frame_and_no_second_after_the_answer(
    tmp_path: Path,
) -> None:
    async with running_server(tmp_path) as server, asyncio.timeout(WAIT_S):
        reader, writer = await upgraded(server, "/ws?sessionId=no-such-123")
        assert b'"type":"error"' in await text_message(reader)
        head = await reader.readexactly(2)
        payload = await reader.readexactly(head[1])
        assert (head[0], payload) == (CLOSE, struct.pack(">H", 1008) + b"SESSION_NOT_FOUND")
        writer.write(close_frame(1008))
        assert await reader.read() == b""
        writer.close()


async def test_a_client_that_leaves_is_answered_once(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, asyncio.timeout(WAIT_S):
        reader, writer = await upgraded(server, "/ws")
        writer.write(close_frame(1000))
        received = await reader.read()
        assert received.count(bytes([CLOSE])) == 1
        assert received[-4] == CLOSE
        writer.close()
