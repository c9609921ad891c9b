import socket
import struct
from typing import Any

import pytest

from backend.live.ws_frames import (
    BINARY,
    TEXT,
    UNSENT_BYTES,
    close_frame,
    frame,
    json_frame,
    keep_kernel_backlog_small,
)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 4096, 65535, 65536, 70000])
def test_a_frame_is_whole_unmasked_and_says_its_size(size: int) -> None:
    built = frame(b"x" * size, BINARY)
    assert built[0] == 0x82
    assert not built[1] & 0x80
    short = built[1]
    if short < 126:
        head, told = 2, short
    elif short == 126:
        head, told = 4, struct.unpack(">H", built[2:4])[0]
    else:
        head, told = 10, struct.unpack(">Q", built[2:10])[0]
    assert told == size
    assert built[head:] == b"x" * size


def test_a_json_message_is_a_text_frame_without_blanks() -> None:
    built = json_frame({"type": "languageChanged", "targetLanguage": "es"})
    assert built[0] == 0x80 | TEXT
    assert built[2:] == b'{"type":"languageChanged","targetLanguage":"es"}'


@pytest.mark.parametrize("reason", ["", "done", "a" * 500, "é" * 200, "ab" + "🎤" * 100])
def test_a_close_frame_fits_its_reason(reason: str) -> None:
    built = close_frame(1000, reason)
    assert built[0] == 0x88
    assert built[1] <= 125
    assert struct.unpack(">H", built[2:4])[0] == 1000
    assert reason.startswith(built[4:].decode())


class _Transport:
    def __init__(self, sock: Any) -> None:
        self.sock = sock

    def get_extra_info(self, name: str) -> Any:
        return self.sock if name == "socket" else None


def test_the_kernel_is_told_to_keep_little() -> None:
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    with socket.socket() as sock:
        keep_kernel_backlog_small(_Transport(sock))  # type: ignore[arg-type]
        if option is not None:
            assert sock.getsockopt(socket.IPPROTO_TCP, option) == UNSENT_BYTES


def test_a_system_without_the_option_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    monkeypatch.delattr(socket, "TCP_NOTSENT_LOWAT", raising=False)
    with socket.socket() as sock:
        before = option and sock.getsockopt(socket.IPPROTO_TCP, option)
        keep_kernel_backlog_small(_Transport(sock))  # type: ignore[arg-type]
        assert (option and sock.getsockopt(socket.IPPROTO_TCP, option)) == before
    keep_kernel_backlog_small(_Transport(None))  # type: ignore[arg-type]
