"""A transport that keeps what is written, and pretends that a part of it still waits."""

import asyncio
import json
from typing import Any


class FakeTransport(asyncio.Transport):
    """`waiting` is what get_write_buffer_size() says; None lets everything written wait."""

    def __init__(self, waiting: int | None = 0) -> None:
        super().__init__()
        self.waiting = waiting
        self.written: list[bytes] = []
        self.aborted = False
        self.closing = False

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return sum(map(len, self.written)) if self.waiting is None else self.waiting

    def is_closing(self) -> bool:
        return self.closing

    def abort(self) -> None:
        self.aborted = self.closing = True

    def messages(self) -> list[dict[str, Any]]:
        """The text messages written so far."""
        return [json.loads(_payload(one)) for one in self.written if one[0] == 0x81]

    def kinds(self) -> list[str]:
        return [message["type"] for message in self.messages()]

    def frames(self) -> list[bytes]:
        """The binary messages written so far, one by one."""
        found = []
        for one in self.written:
            rest = one if one[0] == 0x82 else b""
            while rest:
                payload = _payload(rest)
                found.append(payload)
                rest = rest[(2 if rest[1] < 126 else 4) + len(payload) :]
        return found

    def closes(self) -> list[int]:
        """The codes of the close frames written."""
        return [int.from_bytes(one[2:4], "big") for one in self.written if one[0] == 0x88]


def _payload(frame: bytes) -> bytes:
    if frame[1] < 126:
        return frame[2 : 2 + frame[1]]
    return frame[4 : 4 + int.from_bytes(frame[2:4], "big")]
