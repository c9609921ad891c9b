"""One live connection: what is sent to it, how far it is behind, and how it is closed."""

import asyncio
import secrets
import time
from asyncio import Transport
from typing import Any

from backend.settings import Limits
from backend.wire import close_frame, message
from pylib.protocol.messages import CLOSE_TOO_SLOW, PlaybackReport

BACKLOG_FRAMES = 100
"""Sound that may wait for a slow listener: 2 s of 20 ms frames."""

MAX_BACKLOG_BYTES = 1024 * 1024
"""Past this even messages are too much, and the connection is given up."""


class Peer:
    """A connected speaker or listener. Sending never waits and never raises.

    Attributes:
        connection_id: names the connection to its client, and is needed to resume it.
        subject: whom the token spoke for; empty without a token.
        text_only: hears `audio` messages instead of binary frames.
        skipped: audio frames not sent because the connection was behind.
        dead: came to an end, or is about to; nothing is sent any more.
    """

    __slots__ = (
        "_abort_timer",
        "_behind_since",
        "_limits",
        "_transport",
        "close_code",
        "connection_id",
        "dead",
        "report",
        "reported_at",
        "skipped",
        "subject",
        "target_language",
        "text_only",
    )

    def __init__(
        self,
        transport: Transport,
        *,
        limits: Limits,
        subject: str = "",
        text_only: bool = False,
        target_language: str = "",
    ) -> None:
        self.connection_id = secrets.token_urlsafe(12)
        self.subject = subject
        self.text_only = text_only
        self.target_language = target_language
        self.report: PlaybackReport | None = None
        self.reported_at = 0.0
        self.skipped = 0
        self.dead = False
        self.close_code = 0
        self._transport = transport
        self._limits = limits
        self._behind_since: float | None = None
        self._abort_timer: asyncio.TimerHandle | None = None

    def tell(self, kind: str, /, **fields: Any) -> None:
        """Send a message."""
        self.write(message(kind, fields))

    def write(self, frame: bytes) -> None:
        """Send a whole frame that must not be lost."""
        if self.dead or self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() > MAX_BACKLOG_BYTES:
            self.close(CLOSE_TOO_SLOW, "too slow")
            return
        self._transport.write(frame)

    def write_audio(self, frames: bytes, count: int, now: float) -> bool:
        """Send `count` joined audio frames, or skip them when this connection is behind.

        Once behind, it must catch up to a quarter of the bound first, so that a slow listener
        hears pieces and not every other frame. `now` is `time.monotonic()`.
        """
        transport = self._transport
        if self.dead or transport.is_closing():
            return False
        waiting = transport.get_write_buffer_size()
        if waiting:
            bound = BACKLOG_FRAMES * len(frames) // count
            if waiting > (bound if self._behind_since is None else bound // 4):
                self._skip(count, now)
                return False
        self._behind_since = None
        transport.write(frames)
        return True

    def _skip(self, count: int, now: float) -> None:
        self.skipped += count
        if self._behind_since is None:
            self._behind_since = now
        elif now - self._behind_since >= self._limits.stuck_s:
            self.close(CLOSE_TOO_SLOW, "too slow")

    def note_report(self, report: PlaybackReport) -> None:
        """Keep what this listener says it hears."""
        self.report = report
        self.reported_at = time.monotonic()

    def close(self, code: int, reason: str) -> None:
        """Say that this is over; returns at once. Only the first call counts.

        The reader goes on (and throws away what comes) until the client has answered: closing a
        connection with unread bytes makes TCP drop what the client has not read yet, our reason
        included. A client that does not answer is cut off.
        """
        if self.dead:
            return
        self.dead = True
        self.close_code = code
        if not self._transport.is_closing():
            self._transport.write(close_frame(code, reason))
        loop = asyncio.get_running_loop()
        self._abort_timer = loop.call_later(self._limits.close_wait_s, self._transport.abort)

    def hang_up(self) -> None:
        """Both sides have said that this is over: what is written still leaves, nothing follows."""
        self._transport.close()

    def abort(self) -> None:
        """Drop the connection without a word."""
        self.dead = True
        self._transport.abort()

    def gone(self) -> None:
        """The connection is no more."""
        self.dead = True
        if self._abort_timer is not None:
            self._abort_timer.cancel()
