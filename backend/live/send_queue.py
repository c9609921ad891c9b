"""What waits for a connection that is behind: every message, and the newest 2 s of sound."""

from collections import deque
from typing import NamedTuple

from pylib.protocol.frames import FLAG_DISCONTINUITY

MAX_FRAMES = 100
"""Sound that may wait: 2 s of 20 ms frames. Older sound is dropped, so that a listener catches up."""

MAX_SOUND_BYTES = 128 * 1024
"""The limit in bytes, for long messages of sound: 2 s of PCM as text are 100 KB."""

_FLAGS_AT = 3
"""The offset of the flags in the header of an audio frame."""


class _Waiting(NamedTuple):
    sound: bool
    wire: bytes


class SendQueue:
    """A queue of whole WebSocket frames, in the order in which they would have been written.

    It holds references: all connections that wait for a frame share its bytes.

    Attributes:
        size: bytes that wait.
    """

    __slots__ = ("_frames", "_gap", "_queue", "_sound_bytes", "size")

    def __init__(self) -> None:
        self._queue: deque[_Waiting] = deque()
        self._frames = 0
        self._sound_bytes = 0
        self._gap = False
        self.size = 0

    def add_message(self, wire: bytes) -> None:
        """Queue a message. Messages are never dropped."""
        self._queue.append(_Waiting(sound=False, wire=wire))
        self.size += len(wire)

    def add_sound(self, wires: list[bytes]) -> int:
        """Queue frames of sound. Of more than 2 s the oldest are dropped; returns how many were."""
        for wire in wires:
            self._queue.append(_Waiting(sound=True, wire=wire))
            self.size += len(wire)
            self._sound_bytes += len(wire)
        self._frames += len(wires)
        dropped = 0
        while self._frames > MAX_FRAMES or (self._sound_bytes > MAX_SOUND_BYTES and self._frames > 1):
            self._drop_oldest()
            dropped += 1
        self._gap = self._gap or dropped > 0
        return dropped

    def joined(self) -> bytes:
        """All queued frames in one piece. If sound was dropped, its first frame carries the flag for that."""
        wires = [one.wire for one in self._queue]
        if self._gap:
            at = self._oldest_frame()
            wires[at] = discontinuous(wires[at])
        return b"".join(wires)

    def _drop_oldest(self) -> None:
        at = self._oldest_frame()
        size = len(self._queue[at].wire)
        self.size -= size
        self._sound_bytes -= size
        self._frames -= 1
        del self._queue[at]

    def _oldest_frame(self) -> int:
        return next(at for at, one in enumerate(self._queue) if one.sound)


def discontinuous(wire: bytes) -> bytes:
    """A copy of a binary WebSocket frame with the flag that sound is missing before it.

    It is a copy because other connections share the original's bytes. An `audio` message has no flags
    and is returned unchanged: a gap in its sequence numbers shows that sound is missing.
    """
    if wire[0] & 0x0F != 0x2:
        return wire
    header_at = 2 if wire[1] < 126 else 4
    copy = bytearray(wire)
    copy[header_at + _FLAGS_AT] |= FLAG_DISCONTINUITY
    return bytes(copy)
