"""WebSocket frames built once and written to many connections (RFC 6455, section 5.2).

`await ws.send_bytes(...)` in a loop builds a frame anew for each listener, and one dead listener
makes all others wait. Frames from a server carry no mask, so one frame's bytes are right for every
listener, and a transport's write() never waits. Writing past aiohttp's own writer is safe as long as
whole frames are written and compression is off: aiohttp and this module then both put whole frames,
one after the other, into one transport.
"""

import json
import os
import socket
import struct
from asyncio import Transport
from typing import Any

TEXT = 0x1
BINARY = 0x2
PING = 0x9
PONG = 0xA
_CLOSE = 0x8
_FIN = 0x80

NO_DESCRIPTOR = -1

UNSENT_BYTES = 4096
"""How much the kernel takes unsent before `get_write_buffer_size()` grows (`keep_kernel_backlog_small`)."""


def frame(payload: bytes, opcode: int) -> bytes:
    """A whole, unmasked frame."""
    size = len(payload)
    if size < 126:
        return struct.pack(">BB", _FIN | opcode, size) + payload
    if size < 65536:
        return struct.pack(">BBH", _FIN | opcode, 126, size) + payload
    return struct.pack(">BBQ", _FIN | opcode, 127, size) + payload


def close_frame(code: int, reason: str) -> bytes:
    """A close frame; a reason has room for 123 bytes (section 5.5)."""
    text = reason.encode()[:123].decode(errors="ignore").encode()
    return frame(struct.pack(">H", code) + text, _CLOSE)


def json_frame(body: dict[str, Any]) -> bytes:
    """A JSON message as a frame."""
    return frame(json.dumps(body, separators=(",", ":")).encode(), TEXT)


def keep_kernel_backlog_small(transport: Transport) -> None:
    """Make a slow connection show in `get_write_buffer_size()` after about a second of sound.

    By default the kernel takes megabytes for a connection that moves nothing: minutes of sound
    that can no longer be taken back. TCP_NOTSENT_LOWAT bounds what waits there unsent. Where the
    system has no such option, a slow listener is noticed later.
    """
    sock = transport.get_extra_info("socket")
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    if sock is not None and option is not None:
        sock.setsockopt(socket.IPPROTO_TCP, option, UNSENT_BYTES)


def forget_unsent(transport: Transport) -> None:
    """Let closing reset the connection at once, without delivering what is unsent (socket(7), SO_LINGER).

    By default the kernel keeps unsent bytes, and tries for minutes to deliver them to a client that is dead.
    """
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def descriptor(transport: Transport) -> int:
    """The descriptor of a plain TCP socket; NO_DESCRIPTOR where bytes must go through the transport.

    TLS has to encrypt them, and on Windows a socket is no file that os.write() could write to.
    """
    sock = transport.get_extra_info("socket")
    if sock is None or transport.get_extra_info("sslcontext") is not None or os.name != "posix":
        return NO_DESCRIPTOR
    return int(sock.fileno())
