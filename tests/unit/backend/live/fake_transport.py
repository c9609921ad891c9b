"""A transport that keeps what is written, and pretends that a part of it still waits."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any


class BrokenTransport(asyncio.Transport):
    """Raises whatever is asked of it, until it is aborted."""

    aborted = False

    def is_closing(self) -> bool:
        return self.aborted

    def get_write_buffer_size(self) -> int:
        raise RuntimeError("broken")

    def abort(self) -> None:
        self.aborted = True


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

    def close(self) -> None:
        self.closing = True

    def abort(self) -> None:
        self.aborted = self.closing = True

    def messages(self) -> list[dict[str, Any]]:
        """The text messages written so far."""
        return [json.loads(payload) for opcode, payload in self._parsed() if opcode == 0x1]

    def kinds(self) -> list[str]:
        return [message["type"] for message in self.messages()]

    def frames(self) -> list[bytes]:
        """The binary messages written so far."""
        return [payload for opcode, payload in self._parsed() if opcode == 0x2]

    def seqs(self) -> list[int]:
        """The sequence numbers in them."""
        return [int.from_bytes(frame[4:8], "big") for frame in self.frames()]

    def closes(self) -> list[int]:
        """The codes of the close frames written."""
        return [int.from_bytes(payload[:2], "big") for opcode, payload in self._parsed() if opcode == 0x8]

    def pings(self) -> int:
        return sum(opcode == 0x9 for opcode, _ in self._parsed())

    def _parsed(self) -> Iterator[tuple[int, bytes]]:
        rest = b"".join(self.written)
        while rest:
            size, at = rest[1], 2
            if size == 126:
                size, at = int.from_bytes(rest[2:4], "big"), 4
            yield rest[0] & 0x0F, rest[at : at + size]
            rest = rest[at + size :]
