"""What RFC 6455 asks a server to refuse, byte by byte and in one go."""

import struct

import pytest
from aiohttp.http import WebSocketError

from backend.ws.frame_parser import FrameParser
from tests.support.flooder import BINARY, CONTINUED, FINAL, PING, TEXT, client_frame

CLOSE = 0x8

BROKEN = {
    "unmasked text": bytes([FINAL | TEXT, 2]) + b"{}",
    "an unmasked ping": bytes([FINAL | PING, 0]),
    "an unmasked close": bytes([FINAL | CLOSE, 0]),
    "a reserved bit": client_frame(TEXT | 0x40, b"{}"),
    "another reserved bit": client_frame(BINARY | 0x10, b"{}"),
    "a compressed ping": client_frame(PING | 0x40, b""),
    "an unknown opcode": client_frame(0x3, b""),
    "an unknown control opcode": client_frame(0xB, b""),
    "a ping in pieces": client_frame(PING, b"x", final=0),
    "a long ping": client_frame(PING, bytes(126)),
    "a long reason": client_frame(CLOSE, struct.pack(">H", 1000) + bytes(124)),
    "half a close code": client_frame(CLOSE, b"\x03"),
    "a close code that is never sent": client_frame(CLOSE, struct.pack(">H", 1005)),
    "a close code below all": client_frame(CLOSE, struct.pack(">H", 999)),
    "a reason that is no text": client_frame(CLOSE, b"\x03\xe8\xff"),
    "text that is no text": client_frame(TEXT, b"\xff"),
    "the rest of nothing": client_frame(CONTINUED, b"x"),
    "a beginning inside another": client_frame(TEXT, b"{", final=0) + client_frame(TEXT, b"}"),
}


def fed(data: bytes, step: int) -> FrameParser:
    parser = FrameParser(1000)
    for start in range(0, len(data), step):
        parser.feed(data[start : start + step])
    return parser


@pytest.mark.parametrize("step", [1, 1000])
@pytest.mark.parametrize("name", BROKEN)
async def test_what_breaks_the_protocol_is_an_error_and_no_message(name: str, step: int) -> None:
    parser = fed(BROKEN[name] + client_frame(TEXT, b"{}"), step)
    assert isinstance(parser.error, WebSocketError)
    assert not parser.messages


@pytest.mark.parametrize("step", [1, 1000])
async def test_masked_frames_are_messages(step: int) -> None:
    parser = fed(client_frame(PING, b"") + client_frame(TEXT, b"{}") + client_frame(BINARY, bytes(300)), step)
    assert parser.error is None
    assert len(parser.messages) == 3
