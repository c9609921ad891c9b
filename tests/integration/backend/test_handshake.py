"""The handshake and the frames as bytes on the wire: what is refused, and that nothing piles up."""

import asyncio
import struct
from pathlib import Path

import pytest
from multidict import CIMultiDict

from tests.integration.backend.api import create, problem
from tests.integration.backend.test_closing import CLOSE, MASKED, NO_MASK, WAIT_S, upgraded
from tests.integration.backend.wire_client import until
from tests.support.counts import count_of
from tests.support.server import RunningServer, running_server

TEXT, BINARY, PING, CONTINUATION, LAST = 0x1, 0x2, 0x9, 0x0, 0x80
GOOD = {
    "Upgrade": "websocket",
    "Connection": "keep-alive, Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
HEARTBEAT = b'{"action":"heartbeat","id":7}'


def sent(first: int, payload: bytes, mask: bytes = NO_MASK) -> bytes:
    """A client's frame, short or long."""
    size = len(payload)
    head = bytes([first, MASKED | size]) if size < 126 else struct.pack(">BBH", first, MASKED | 126, size)
    return head + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    first, size = await reader.readexactly(2)
    if size == 126:
        size = int.from_bytes(await reader.readexactly(2), "big")
    return first & 0x0F, await reader.readexactly(size)


async def expect_close(reader: asyncio.StreamReader) -> int:
    """The code of the server's close, whatever comes before it."""
    while True:
        opcode, payload = await read_frame(reader)
        if opcode == CLOSE & 0x0F:
            return int.from_bytes(payload[:2], "big")


@pytest.mark.parametrize(
    "wrong",
    [
        {"Upgrade": "h2c"},
        {"Connection": "keep-alive"},
        {"Sec-WebSocket-Version": "12"},
        {"Sec-WebSocket-Key": "c2hvcnQ="},
        {"Sec-WebSocket-Key": "no base64 at all"},
    ],
)
async def test_what_is_no_handshake_is_refused(server: RunningServer, wrong: dict[str, str]) -> None:
    async with server.http() as http:
        answer = await http.get("/ws", headers={**GOOD, **wrong})
        assert await problem(answer) == (400, "VALIDATION_INVALID_PARAMETER")
        assert (await http.get("/health")).status == 200


async def test_the_handshake_is_that_of_the_standard(server: RunningServer) -> None:
    """The key and its answer are those of RFC 6455, section 1.3."""
    async with server.http() as http:
        headers = {**GOOD, "Sec-WebSocket-Protocol": "chat, lectern.v1"}
        answer = await http.get("/ws", headers=headers)
        assert answer.status == 101
        assert answer.headers["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        assert answer.headers["Sec-WebSocket-Protocol"] == "lectern.v1"
        assert "Sec-WebSocket-Extensions" not in answer.headers
        answer.close()


async def test_headers_that_come_in_several_lines_count_as_one(server: RunningServer) -> None:
    """RFC 9110, section 5.3: proxies split lists, and a token may stand in the second line."""
    several = CIMultiDict({name: GOOD[name] for name in ("Sec-WebSocket-Version", "Sec-WebSocket-Key")})
    for name, value in (
        ("Connection", "keep-alive"),
        ("Connection", "Upgrade"),
        ("Upgrade", "h2c, WebSocket"),
        ("Sec-WebSocket-Protocol", "chat"),
        ("Sec-WebSocket-Protocol", "lectern.v1"),
        ("Sec-WebSocket-Protocol", f"bearer.{server.token()}"),
    ):
        several.add(name, value)
    async with server.http("") as owner, server.http() as http:
        session_id = (await create(owner))["sessionId"]
        answer = await http.get(f"/ws?sessionId={session_id}", headers=several)
        assert answer.status == 101
        assert answer.headers["Sec-WebSocket-Protocol"] == "lectern.v1"
        await until(lambda: server.hub.count()[("speaker",)] == 1)
        answer.close()


@pytest.mark.parametrize(
    "lines",
    [
        [("Sec-WebSocket-Protocol", "lectern.v1"), ("Sec-WebSocket-Protocol", "bearer.forged")],
        [("Sec-WebSocket-Protocol", "lectern.v1"), ("Sec-WebSocket-Protocol", "bearer.")],
        [("Sec-WebSocket-Protocol", "lectern.v1 bearer.forged")],
        [("Sec-WebSocket-Protocol", "lectern.v1, Bearer forged")],
        [("Authorization", "Bearer forged")],
        [("Authorization", "Bearer"), ("Authorization", "Bearer forged")],
        [("Authorization", "Bearer"), ("Authorization", "Bearer")],
    ],
)
async def test_a_claim_that_fails_in_any_line_never_makes_a_listener(
    server: RunningServer, lines: list[tuple[str, str]]
) -> None:
    async with server.http("") as owner, server.http() as http, asyncio.timeout(WAIT_S):
        session_id = (await create(owner))["sessionId"]
        answer = await http.get(f"/ws?sessionId={session_id}", headers=CIMultiDict([*GOOD.items(), *lines]))
        assert answer.status == 101
        assert answer.connection is not None
        await until(lambda: count_of(server.metrics, "lectern_ws_connections_total", outcome="refused") == 1)
        answer.close()


@pytest.mark.parametrize("query", ["token=&token={0}", "token={0}&token=", "token={0}&token={0}", "Token=x"])
async def test_tokens_in_the_address_never_make_a_listener(server: RunningServer, query: str) -> None:
    async with server.http("") as owner, server.http() as http, asyncio.timeout(WAIT_S):
        session_id = (await create(owner))["sessionId"]
        address = f"/ws?sessionId={session_id}&{query.format(server.token())}"
        answer = await http.get(address, headers=GOOD)
        assert answer.status == 101
        await until(lambda: count_of(server.metrics, "lectern_ws_connections_total", outcome="refused") == 1)
        answer.close()


async def test_masks_pieces_and_pings_are_understood(server: RunningServer) -> None:
    async with asyncio.timeout(WAIT_S):
        reader, writer = await upgraded(server, "/ws")
        assert b'"welcome"' in (await read_frame(reader))[1]
        mask = b"\x12\x34\x56\x78"
        writer.write(sent(TEXT, HEARTBEAT[:9], mask))
        writer.write(sent(LAST | PING, b"are you there", mask))
        writer.write(sent(LAST | CONTINUATION, HEARTBEAT[9:]))
        assert await read_frame(reader) == (0xA, b"are you there")
        assert b'"id":7' in (await read_frame(reader))[1]
        writer.close()


@pytest.mark.parametrize(
    ("nonsense", "code"),
    [
        (sent(LAST | 0x3, b""), 1002),
        (sent(LAST | 0x40 | TEXT, b"{}"), 1002),
        (sent(LAST | CONTINUATION, b"{}"), 1002),
        (sent(PING, b""), 1002),
        (sent(LAST | CLOSE & 0x0F, b"\x03"), 1002),
        (sent(LAST | TEXT, b"\xff\xfe"), 1007),
        (struct.pack(">BBQ", LAST | BINARY, MASKED | 127, 2 * 1024 * 1024) + NO_MASK, 1009),
    ],
)
async def test_what_is_no_websocket_is_closed_with_its_code(
    server: RunningServer, nonsense: bytes, code: int
) -> None:
    async with asyncio.timeout(WAIT_S):
        reader, writer = await upgraded(server, "/ws")
        writer.write(nonsense)
        writer.write(sent(LAST | TEXT, HEARTBEAT))
        assert await expect_close(reader) == code
        assert await reader.read() == b""
        reason = "too-large" if code == 1009 else "malformed"
        await until(lambda: count_of(server.metrics, "lectern_ws_disconnections_total", reason=reason) == 1)
        writer.close()


async def test_a_client_that_talks_faster_than_it_is_served_is_made_to_wait(tmp_path: Path) -> None:
    """What it sends stays with it, the server goes on serving others, and has enough of it in the end."""
    async with running_server(tmp_path, flood_patience_s=1) as server, asyncio.timeout(WAIT_S * 3):
        reader, writer = await upgraded(server, "/ws")
        flood = sent(LAST | TEXT, b'{"action":"joinSession","sessionId":"golden-eagle-427"}')
        count = 20_000
        writer.write(flood * count)
        async with server.http() as http:
            assert (await http.get("/health")).status == 200
        answers = 0
        while (arrived := await read_frame(reader))[0] != CLOSE & 0x0F:
            answers += 1
        assert int.from_bytes(arrived[1][:2], "big") == 4013
        assert answers < count / 100
        writer.transport.abort()


async def test_a_client_that_leaves_without_a_word_is_forgotten(server: RunningServer) -> None:
    reader, writer = await upgraded(server, "/ws")
    await read_frame(reader)
    writer.transport.abort()
    await until(lambda: count_of(server.metrics, "lectern_ws_disconnections_total", reason="lost") == 1)
