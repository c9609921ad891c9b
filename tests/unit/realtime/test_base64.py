"""Portable: base64 back to bytes."""

from binascii import b2a_base64

from pylib.realtime.base64 import decode
from tests.support.portable import raises


def test_every_byte_comes_back_whatever_the_length() -> None:
    for length in (0, 1, 2, 3, 4, 255, 256, 257, 640):
        data = bytes([(7 * at + length) % 256 for at in range(length)])
        assert decode(b2a_base64(data).decode().strip()) == data


def test_the_standards_own_examples() -> None:
    """RFC 4648, section 10."""
    for text, data in (("Zg==", b"f"), ("Zm8=", b"fo"), ("Zm9vYg==", b"foob"), ("Zm9vYmFy", b"foobar")):
        assert decode(text) == data
    assert decode("+/+/") == b"\xfb\xff\xbf"


def test_what_cannot_be_base64_is_refused() -> None:
    for text in ("A", "AAA", "AAAAA", "AAA\xe9", "\xe9\xe9"):
        raises(ValueError, lambda text=text: decode(text))
