"""Floods a server over HTTP: `python -m tests.support.http_flooder <url> <kind> <connections>`.

It prints a line when the flood has begun, and floods until its standard input ends. Each connection writes
as much as the server takes, without waiting for answers, at most BYTES_PER_S.
"""

import asyncio
import sys
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.support.flooder import BYTES_PER_S, REST_S, STEP_S, drain


class HttpFlood(NamedTuple):
    """What a connection sends again and again; or once, if it is a new connection each time."""

    data: bytes
    kept: bool = True
    crowd: bool = False
    """Whether all connections are opened before the first is closed."""
    waits: bool = False
    """Whether it waits for the server to close, rather than to close at once."""


def _request(method: str, path: str, *lines: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *lines, "", ""]).encode()


_CLOSE = "Connection: close"
_FALSE_TOKEN = "Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.e30.AAAA"
_SIGN_IN = "X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth"
_HANDSHAKE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Protocol: lectern.v1",
)

FLOODS = {
    "unknown sessions": HttpFlood(_request("GET", "/sessions/golden-eagle-427")),
    "files": HttpFlood(_request("GET", "/assets/look.css")),
    "archives": HttpFlood(_request("GET", "/listener/app.tgz")),
    "creations without a token": HttpFlood(_request("POST", "/sessions", "Content-Length: 2") + b"{}"),
    "creations with a false token": HttpFlood(_request("POST", "/sessions", _FALSE_TOKEN)),
    "preflights": HttpFlood(
        _request("OPTIONS", "/sessions", "Origin: https://a.example", "Access-Control-Request-Method: POST")
    ),
    "nowhere": HttpFlood(_request("GET", "/nowhere")),
    "figures": HttpFlood(_request("POST", "/figures", "Content-Length: 2") + b"{}"),
    "health": HttpFlood(_request("GET", "/health")),
    "ready": HttpFlood(_request("GET", "/ready")),
    "calls of the pool": HttpFlood(_request("POST", "/cognito/", _SIGN_IN, "Content-Length: 2") + b"{}"),
    "connect and close": HttpFlood(b"", kept=False),
    "one request each": HttpFlood(_request("GET", "/nowhere", _CLOSE), kept=False, waits=True),
    "no HTTP": HttpFlood(
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), kept=False, waits=True
    ),
    "crowds that leave": HttpFlood(b"", kept=False, crowd=True),
    "crowds of requests": HttpFlood(_request("GET", "/nowhere"), kept=False, crowd=True),
    "crowds of live connections": HttpFlood(_request("GET", "/ws", *_HANDSHAKE), kept=False, crowd=True),
    "runtime": HttpFlood(_request("GET", "/runtime/pyodide/pyodide.asm.wasm")),
    "handshakes": HttpFlood(_request("GET", "/ws?sessionId=golden-eagle-427", *_HANDSHAKE), kept=False),
}


async def flood(host: str, port: int, what: HttpFlood, crowd: asyncio.Barrier) -> None:
    """One connection after the other, until cancelled."""
    times = max(1, round(BYTES_PER_S * STEP_S / len(what.data))) if what.kept else 1
    lump = what.data * times
    while True:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(lump)
                draining = asyncio.ensure_future(drain(reader))
                try:
                    while what.kept and not draining.done():
                        await writer.drain()
                        await asyncio.sleep(STEP_S)
                        writer.write(lump)
                    if what.crowd:
                        await crowd.wait()
                    if what.waits:
                        await draining
                finally:
                    draining.cancel()
            finally:
                writer.close()


async def _main(url: str, kind: str, connections: int) -> None:
    at = urlsplit(url)
    crowd = asyncio.Barrier(connections)
    floods = [
        asyncio.create_task(flood(at.hostname or "", at.port or 80, FLOODS[kind], crowd))
        for _ in range(connections)
    ]
    await asyncio.sleep(REST_S)
    print("flooding", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for each in floods:
        each.cancel()
    await asyncio.gather(*floods, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
