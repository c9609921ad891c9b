"""Binary audio frames: a 12-byte big-endian header, then the payload.

    version u8 | kind u8 | channel u8 | flags u8 | seq u32 | captureMs u32 | payload

The server checks a header and passes the bytes on unchanged; only the two ends read a
payload. Portable: `struct` alone, so that it also runs on MicroPython.
"""

import struct
from typing import NamedTuple

from pylib.errors import FrameError

VERSION = 1
KIND_OPUS = 1
KIND_PCM16 = 2
FLOOR = 0
"""The channel of the speaker's own voice, and the only one there is."""

FLAG_SILENCE = 1
FLAG_DISCONTINUITY = 2

HEADER_BYTES = 12
MAX_FRAME_BYTES = 4096
FRAME_MS = 20
PCM_SAMPLE_RATE = 16_000

_HEADER = ">BBBBII"
_U32 = 0xFFFFFFFF

FrameHeader = NamedTuple(
    "FrameHeader", [("kind", int), ("channel", int), ("flags", int), ("seq", int), ("capture_ms", int)]
)
"""What a frame says of its payload. `capture_ms` counts from the session's createdAt."""


def encode(header: FrameHeader, payload: bytes) -> bytes:
    """Join a header and its payload. Raises FrameError when the result would be refused."""
    if len(payload) > MAX_FRAME_BYTES - HEADER_BYTES:
        raise FrameError("This audio frame is too large to send.")
    return (
        struct.pack(
            _HEADER,
            VERSION,
            header.kind,
            header.channel,
            header.flags,
            header.seq & _U32,
            header.capture_ms & _U32,
        )
        + payload
    )


def decode_header(head: bytes, size: int) -> FrameHeader:
    """Read the first HEADER_BYTES of a message of `size` bytes. Raises FrameError."""
    if size < HEADER_BYTES or len(head) < HEADER_BYTES:
        raise FrameError("An audio frame is shorter than its header.")
    if size > MAX_FRAME_BYTES:
        raise FrameError("An audio frame is larger than 4 KiB.")
    version, kind, channel, flags, seq, capture_ms = struct.unpack(_HEADER, head[:HEADER_BYTES])
    if version != VERSION:
        raise FrameError("An audio frame has an unknown version.")
    if kind not in (KIND_OPUS, KIND_PCM16):
        raise FrameError("An audio frame has an unknown kind.")
    return FrameHeader(kind, channel, flags, seq, capture_ms)
