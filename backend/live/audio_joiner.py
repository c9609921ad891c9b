"""Sound for older clients: frames joined into messages of about a second."""

from collections.abc import Callable
from typing import NamedTuple

from backend.ports import Clock, Timer
from pylib.protocol.frames import FRAME_MS, FrameHeader

JOINED_MS = 1000
"""Sound of one message. Older clients play message after message, and need some time for each."""

_JOINED_FRAMES = JOINED_MS // FRAME_MS


class AcceptedFrame(NamedTuple):
    """A frame that is new to the channel; `audible` is false for one that came during a pause."""

    header: FrameHeader
    data: bytes
    created_at: int
    audible: bool


class AudioJoiner:
    """Gathers PCM frames whose numbers follow one another.

    Args:
        clock: a frame waits at most JOINED_MS for others.
        send: called with the frames of one message.
    """

    def __init__(self, clock: Clock, send: Callable[[list[AcceptedFrame]], None]) -> None:
        self._clock = clock
        self._send = send
        self._frames: list[AcceptedFrame] = []
        self._timer: Timer | None = None

    def add(self, frame: AcceptedFrame) -> None:
        """Take the next frame; what was gathered is sent first when the frame does not follow it."""
        if self._frames and frame.header.seq != self._frames[-1].header.seq + 1:
            self.flush()
        self._frames.append(frame)
        if len(self._frames) == _JOINED_FRAMES:
            self.flush()
        elif self._timer is None:
            self._timer = self._clock.call_later(JOINED_MS / 1000, self.flush)

    def flush(self) -> None:
        """Send what was gathered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        frames, self._frames = self._frames, []
        if frames:
            self._send(frames)
