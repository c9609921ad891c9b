"""Bodies that were never asked for are neither unpacked nor read (261 KB may unpack to 256 MiB)."""

import asyncio
import gzip
import json
import zlib
from pathlib import Path

import pytest
from aiohttp.web_protocol import RequestHandler

from backend.http.connection import SLICE_BYTES
from tests.integration.backend.api import CONFIG, problem
from tests.integration.backend.raw_http import post, raw_connection
from tests.integration.backend.wire_client import WireClient
from tests.support.counts import count_of
from tests.support.server import RunningServer, running_server

BOMB = gzip.compress(bytes(8 * 1024 * 1024))
SENTENCE = "Please send this request uncompressed: no Content-Encoding is accepted here."


@pytest.fixture
def never_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way by which aiohttp could unpack fails."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr("aiohttp.http_parser.DeflateBuffer.feed_data", refuse)
    monkeypatch.setattr("aiohttp.http_parser.DeflateBuffer.__init__", refuse)


@pytest.mark.usefixtures("never_unpacked")
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "GZip", "identity, gzip", "x-gzip"])
async def test_encoded_bodies_are_refused_and_not_unpacked(server: RunningServer, coding: str) -> None:
    headers = {"Content-Encoding": coding, "Content-Type": "application/json"}
    for subject in ("", None):
        async with server.http(subject) as http:
            for method, path in (
                ("POST", "/sessions"),
                ("PATCH", "/sessions/golden-eagle-427"),
                ("POST", "/cognito/"),
                ("POST", "/nowhere"),
                ("GET", "/health"),
                ("PUT", "/sessions"),
            ):
                answer = await http.request(method, path, data=BOMB, headers=headers)
                assert await problem(answer) == (415, "VALIDATION_INVALID_MESSAGE_FORMAT")
                assert (await answer.json(content_type=None))["detail"] == SENTENCE
                assert answer.headers["Accept-Encoding"] == "identity"
    assert count_of(server.metrics, "lectern_attacks_total", kind="encoded-body") == 12


async def test_a_second_line_hides_no_encoding(server: RunningServer) -> None:
    async with raw_connection(server) as raw:
        lines = ("Content-Encoding: identity", "Content-Encoding: gzip", "Content-Length: 5")
        raw.send(post("/sessions", *lines, token=server.token()) + "bytes")
        assert (await raw.answer()).status == 415


async def test_an_identity_encoding_is_no_encoding(server: RunningServer) -> None:
    async with server.http("") as http:
        answer = await http.post(
            "/sessions", data=json.dumps(CONFIG), headers={"Content-Encoding": "Identity"}
        )
        assert answer.status == 201


@pytest.mark.parametrize(
    ("path", "lines", "signed_in", "status"),
    [
        ("/sessions", ["Content-Length: 60"], False, 401),
        ("/sessions", ["Content-Length: 65537"], True, 413),
        ("/sessions", ["Content-Length: 60", "Content-Encoding: gzip"], True, 415),
        ("/sessions", ["Content-Length: 60", "Idempotency-Key: " + "k" * 200], True, 400),
        ("/sessions", ["Content-Length: 60", "Expect: a miracle"], True, 417),
        ("/sessions/golden-eagle-427", ["Content-Length: 60"], True, 405),
        ("/nowhere", ["Content-Length: 60"], True, 404),
        ("/nowhere", ["Transfer-Encoding: chunked"], True, 404),
        ("/cognito/", ["Content-Length: 65537"], False, 413),
        ("/cognito/", ["Content-Length: 60"], False, 400),
    ],
)
async def test_no_body_is_asked_for_before_the_door_has_said_yes(
    server: RunningServer, path: str, lines: list[str], signed_in: bool, status: int
) -> None:
    """A client that asks first (Expect: 100-continue) is refused at once, and sends nothing."""
    expect = [] if any(line.startswith("Expect") for line in lines) else ["Expect: 100-continue"]
    async with raw_connection(server) as raw:
        raw.send(post(path, *lines, *expect, token=server.token() if signed_in else ""))
        answer = await raw.answer()
        assert answer.status == status
        assert answer.headers["connection"] == "close"
        assert b"miracle" not in answer.body


async def test_a_body_that_is_wanted_is_asked_for(server: RunningServer) -> None:
    body = json.dumps(CONFIG)
    async with raw_connection(server) as raw:
        raw.send(
            post("/sessions", f"Content-Length: {len(body)}", "Expect: 100-continue", token=server.token())
        )
        assert (await raw.answer()).status == 100
        raw.send(body)
        assert (await raw.answer()).status == 201


async def test_a_connection_with_an_unread_body_ends_after_so_many_bytes(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.http.connection.MAX_AFTER_HEAD_BYTES", 100_000)
    async with raw_connection(server) as raw:
        raw.send(post("/nowhere", "Content-Length: 900000000"))
        assert (await raw.answer()).status == 413
        raw.send(bytes(200_000))
        assert await raw.is_closed()


async def test_a_refused_request_whose_small_body_has_come_keeps_its_connection(
    server: RunningServer,
) -> None:
    async with raw_connection(server) as raw:
        for _ in range(2):
            raw.send(post("/sessions", "Content-Length: 4") + "{}  ")
            answer = await raw.answer()
            assert answer.status == 401
            assert "connection" not in answer.headers


async def test_a_body_that_trickles_is_given_up_at_the_pool_too(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.http.middleware.BODY_TIMEOUT_S", 0.05)
    async with raw_connection(server) as raw:
        target = "X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth"
        raw.send(post("/cognito/", target, "Content-Length: 50") + "{")
        assert (await raw.answer()).problem["code"] == "REQUEST_TIMEOUT"
    assert count_of(server.metrics, "lectern_attacks_total", kind="slow-request") == 1


async def test_what_comes_in_one_go_is_parsed_in_slices(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: 256 KiB in chunks of one byte held up all talks for 40 ms, ten such connections for a second."""
    parsed: list[int] = []
    parse = RequestHandler.data_received

    def count(self: RequestHandler, data: bytes) -> None:
        parsed.append(len(data))
        parse(self, data)

    monkeypatch.setattr(RequestHandler, "data_received", count)
    async with raw_connection(server) as raw:
        raw.send(post("/sessions", "Transfer-Encoding: chunked") + "1\r\na\r\n" * 30_000 + "0\r\n\r\n")
        assert (await raw.answer()).status == 401
        assert await raw.is_closed()
    assert max(parsed) <= SLICE_BYTES
    assert len(parsed) > 10


async def test_requests_in_one_go_are_all_answered_in_their_order(server: RunningServer) -> None:
    async with raw_connection(server) as raw:
        raw.send(
            "".join(f"GET /health HTTP/1.1\r\nHost: x\r\nX-Request-ID: n{n}\r\n\r\n" for n in range(500))
        )
        for n in range(500):
            assert (await raw.answer()).headers["x-request-id"] == f"n{n}"


async def test_a_body_in_slices_arrives_whole(server: RunningServer) -> None:
    body = json.dumps(CONFIG).ljust(60_000)
    async with raw_connection(server) as raw:
        for _ in range(2):
            raw.send(post("/sessions", f"Content-Length: {len(body)}", token=server.token()) + body)
            assert (await raw.answer()).status == 201


async def test_no_compression_is_offered_on_a_live_connection_nor_taken(server: RunningServer) -> None:
    extensions = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}
    async with await WireClient.connect(server, headers=extensions) as client:
        assert client.ws.compress == 0
        await client.expect("welcome")
        squeezed = zlib.compress(bytes(100_000), wbits=-15)
        head = bytes([0x80 | 0x40 | 0x1, 0x80 | 126]) + len(squeezed).to_bytes(2, "big") + bytes(4)
        assert client.ws._conn is not None
        client.ws._conn.transport.write(head + squeezed)  # type: ignore[union-attr]
        assert (await client.expect_close())[0] == 1002


@pytest.mark.soak
async def test_a_flood_of_bombs_delays_nobody(tmp_path: Path) -> None:
    """4.8 Mbit/s of bombs of 261 KB, two seconds: other requests are answered within 20 ms (p99)."""
    bomb = gzip.compress(bytes(256 * 1024 * 1024))
    headers = {"Content-Encoding": "gzip"}
    loop = asyncio.get_running_loop()
    async with running_server(tmp_path) as server, server.http() as http, server.http() as other:

        async def throw() -> None:
            for _ in range(5):
                async with http.post("/sessions", data=bomb, headers=headers) as answer:
                    assert answer.status == 415
                await asyncio.sleep(0.4)

        throwing = asyncio.create_task(throw())
        waits = []
        while not throwing.done():
            began = loop.time()
            async with other.get("/health") as answer:
                assert answer.status == 200
            waits.append(loop.time() - began)
            await asyncio.sleep(0.01)
        await throwing
    assert sorted(waits)[int(len(waits) * 0.99)] <= 0.02
