"""Portable: binary frames."""

from pylib.errors import FrameError
from pylib.protocol.frames import (
    FLAG_SILENCE,
    HEADER_BYTES,
    KIND_OPUS,
    KIND_PCM16,
    MAX_FRAME_BYTES,
    FrameHeader,
    decode_header,
    encode,
)
from tests.support.portable import raises


def test_a_frame_comes_back_as_it_was() -> None:
    header = FrameHeader(KIND_PCM16, 3, FLAG_SILENCE, 70_000, 3_600_000)
    frame = encode(header, b"sound")
    assert decode_header(frame, len(frame)) == header
    assert frame[HEADER_BYTES:] == b"sound"


def test_the_bytes_are_those_of_the_wire_protocol() -> None:
    frame = encode(FrameHeader(KIND_OPUS, 0, 1, 258, 66_051), b"\xff")
    assert frame == b"\x01\x01\x00\x01\x00\x00\x01\x02\x00\x01\x02\x03\xff"


def test_counters_wrap_at_32_bits() -> None:
    frame = encode(FrameHeader(KIND_OPUS, 0, 0, 2**32 + 5, 2**33 + 7), b"")
    header = decode_header(frame, len(frame))
    assert (header.seq, header.capture_ms) == (5, 7)


def test_largest_numbers_survive() -> None:
    frame = encode(FrameHeader(KIND_OPUS, 255, 255, 2**32 - 1, 2**32 - 1), b"")
    assert decode_header(frame, len(frame)) == FrameHeader(KIND_OPUS, 255, 255, 2**32 - 1, 2**32 - 1)


def test_malformed_frames_are_refused() -> None:
    good = encode(FrameHeader(KIND_OPUS, 0, 0, 1, 1), b"x")
    for head, size in (
        (b"", 0),
        (good[:11], 11),
        (b"\x02" + good[1:], len(good)),
        (b"\x01\x03" + good[2:], len(good)),
        (b"\x01\x00" + good[2:], len(good)),
        (good[:12], MAX_FRAME_BYTES + 1),
    ):
        error = raises(FrameError, decode_header, head, size)
        assert error.code == "VALIDATION_INVALID_MESSAGE_FORMAT"


def test_a_payload_that_would_be_refused_is_not_sent() -> None:
    header = FrameHeader(KIND_OPUS, 0, 0, 1, 1)
    assert len(encode(header, bytes(MAX_FRAME_BYTES - HEADER_BYTES))) == MAX_FRAME_BYTES
    raises(FrameError, lambda: encode(header, bytes(MAX_FRAME_BYTES)))
