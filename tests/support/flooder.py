"""Floods a server over WebSocket: `python -m tests.support.flooder <ws-url> <kind> <connections> [<token>]`.

It prints a line when the flood has begun, and floods until its standard input ends. A connection that the
server closes is opened again, as somebody would who wants to do harm. Each writes as much as the server
takes, at most BYTES_PER_S.
"""

import asyncio
import base64
import json
import os
import sys
from urllib.parse import urlsplit

from pylib.protocol.frames import FLOOR, KIND_OPUS, FrameHeader, encode

BYTES_PER_S = 1_700_000
STEP_S = 0.01
REST_S = 0.05
"""Between the end of a connection and the next one."""

TEXT, BINARY, PING, PONG, CONTINUED = 0x1, 0x2, 0x9, 0xA, 0x0
FINAL = 0x80


def client_frame(opcode: int, payload: bytes = b"", final: int = FINAL) -> bytes:
    """A frame as a client sends it; its mask is zero, so the payload is readable as it is."""
    size = len(payload)
    length = bytes([FINAL | size]) if size < 126 else bytes([FINAL | 126]) + size.to_bytes(2, "big")
    return bytes([final | opcode]) + length + bytes(4) + payload


def _text(body: object) -> bytes:
    return client_frame(TEXT, json.dumps(body).encode())


_SOUND = encode(FrameHeader(KIND_OPUS, FLOOR, 0, 1, 20), bytes(60))
_FOREIGN = encode(FrameHeader(KIND_OPUS, 1, 0, 1, 20), bytes(60))
_BEGUN = client_frame(TEXT, b"", final=0)

FLOODS = {
    "empty pings": (b"", client_frame(PING)),
    "full pings": (b"", client_frame(PING, bytes(125))),
    "pongs": (b"", client_frame(PONG)),
    "empty texts": (b"", client_frame(TEXT)),
    "tiny texts": (b"", client_frame(TEXT, b"{}")),
    "heartbeats": (b"", _text({"action": "heartbeat"})),
    "reports": (b"", _text({"action": "playbackReport", "audible": True, "state": "playing", "lastSeq": 1})),
    "nested texts": (b"", client_frame(TEXT, b"[" * 16_000)),
    "chunks from a listener": (b"", _text({"action": "sendAudio", "audioData": "A" * 9_600})),
    "empty binary": (b"", client_frame(BINARY)),
    "tiny binary": (b"", client_frame(BINARY, b"x")),
    "sound from a listener": (b"", client_frame(BINARY, _SOUND)),
    "refused frames": (b"", client_frame(BINARY, _FOREIGN)),
    "empty fragments": (_BEGUN, client_frame(CONTINUED, b"", final=0)),
    "fragments": (_BEGUN, client_frame(CONTINUED, b"x", final=0)),
    "pings among fragments": (_BEGUN, client_frame(CONTINUED, b"", final=0) + client_frame(PING)),
}
"""What is sent first, and then again and again."""


async def flood(url: str, kind: str, token: str) -> None:
    """One connection after the other, until cancelled."""
    first, again = FLOODS[kind]
    lump = again * max(1, round(BYTES_PER_S * STEP_S / len(again)))
    while True:
        reader, writer = await opened(url, token)
        draining = asyncio.create_task(drain(reader))
        try:
            writer.write(first)
            while not draining.done():
                writer.write(lump)
                await writer.drain()
                await asyncio.sleep(STEP_S)
        except OSError:
            pass  # the server has closed it
        finally:
            draining.cancel()
            writer.transport.abort()
        await asyncio.sleep(REST_S)


async def opened(url: str, token: str = "") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection behind its handshake."""
    at = urlsplit(url)
    protocols = f"lectern.v1, bearer.{token}" if token else "lectern.v1"
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    ask = [
        f"GET {at.path}?{at.query} HTTP/1.1",
        f"Host: {at.netloc}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: {protocols}",
    ]
    writer.write("\r\n".join([*ask, "", ""]).encode())
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def drain(reader: asyncio.StreamReader) -> None:
    """Read until the end, and keep nothing."""
    try:
        while await reader.read(65_536):
            pass
    except OSError:
        pass  # reset: as good as its end


async def _main(url: str, kind: str, connections: int, token: str) -> None:
    floods = [asyncio.create_task(flood(url, kind, token)) for _ in range(connections)]
    await asyncio.sleep(REST_S)
    print("flooding", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for each in floods:
        each.cancel()
    await asyncio.gather(*floods, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *sys.argv[4:5] or [""]))
