"""One live connection: what is sent to it, what waits while it is behind, and how it is closed."""

import secrets
from asyncio import Transport
from collections.abc import Callable

from backend.live.send_queue import SendQueue
from backend.live.ws_frames import (
    NO_DESCRIPTOR,
    PING,
    close_frame,
    descriptor,
    forget_unsent,
    frame,
    json_frame,
)
from backend.ports import Clock, Timer
from backend.settings import Limits
from pylib.protocol.client_messages import PlaybackReport
from pylib.protocol.codes import CLOSE_NORMAL, CLOSE_TOO_SLOW
from pylib.protocol.server_messages import ServerMessage

BEHIND_BYTES = 4096
"""A connection whose transport holds more than this (0.8 s of Opus) is behind."""

MAX_BACKLOG_BYTES = 1024 * 1024
"""A connection for which more than this waits, messages included, is closed as too slow."""

SILENT_S = 4.0
"""A speaker who sent nothing for so long was lost: sound comes at least every 3 s, and mostly every 20 ms."""

SILENT = "silent"
"""The reason of a close for want of signs of life; one that is alive and falls behind is "too slow"."""

_PING_FRAME = frame(b"", PING)


class Peer:
    """A connected speaker or listener. Sending never waits and never raises.

    Attributes:
        connection_id: names the connection to its client, and is needed to resume it.
        subject: whom the token spoke for; empty without a token.
        text_only: hears `audio` messages instead of binary frames.
        is_older: an older client, without `lectern.v1`: it sends no playback reports, gets longer messages
            of sound, and errors as the original says them.
        said_goodbye: the client closed the connection itself.
        dead: closed, lost, or about to be closed; nothing is sent any more.
        fd: the socket's descriptor, if frames may be written to it past the transport.
        on_send_blocked: called when `fast_path_fd` may have become None.
        has_unread: tells whether the client sent something that was not handled yet.
    """

    __slots__ = (
        "_abort_timer",
        "_alive_at",
        "_buffered_before",
        "_clock",
        "_limits",
        "_pinged_at",
        "_send_queue",
        "_transport",
        "close_code",
        "close_reason",
        "connection_id",
        "dead",
        "fd",
        "has_unread",
        "is_older",
        "on_send_blocked",
        "report",
        "reported_at",
        "said_goodbye",
        "subject",
        "target_language",
        "text_only",
    )

    def __init__(
        self,
        transport: Transport,
        *,
        limits: Limits,
        clock: Clock,
        subject: str = "",
        text_only: bool = False,
        is_older: bool = False,
        target_language: str = "",
    ) -> None:
        self.connection_id = secrets.token_urlsafe(12)
        self.subject = subject
        self.text_only = text_only or is_older
        self.is_older = is_older
        self.target_language = target_language
        self.report: PlaybackReport | None = None
        self.reported_at = 0.0
        self.dead = self.said_goodbye = False
        self.close_code = 0
        self.close_reason = ""
        self.fd = descriptor(transport)
        self.on_send_blocked: Callable[[Peer], None] = _ignore_blocked
        self.has_unread: Callable[[], bool] = _nothing_unread
        self._transport = transport
        self._limits = limits
        self._clock = clock
        self._send_queue: SendQueue | None = None
        self._buffered_before = 0
        self._alive_at = self._pinged_at = clock.monotonic_s()
        self._abort_timer: Timer | None = None

    # Sending

    def send_message(self, message: ServerMessage) -> None:
        """Send a message."""
        self.write(json_frame(message.body(self._clock.now_ms())))

    def write(self, wire: bytes) -> None:
        """Send a whole frame that must not be lost, after the sound that waits before it."""
        if self.dead or self._transport.is_closing():
            return
        queued = self._send_queue.size if self._send_queue else 0
        buffered = self._transport.get_write_buffer_size() + queued
        if buffered > MAX_BACKLOG_BYTES:
            self.close(CLOSE_TOO_SLOW, "too slow")
        elif self._send_queue is None:
            self._put(wire)
        else:
            self._send_queue.add_message(wire)
            self._drain(self._send_queue)

    def write_sound(self, joined: bytes, frames: list[bytes]) -> int:
        """Send frames of sound, given joined and one by one. Returns how many were dropped.

        While this connection is behind, frames wait; of more than 2 s of sound the oldest are dropped.
        """
        transport = self._transport
        if self.dead or transport.is_closing():
            return len(frames)
        if self._send_queue is None:
            if transport.get_write_buffer_size() <= BEHIND_BYTES:
                self._put(joined)
                return 0
            self._send_queue = SendQueue()
        dropped = self._send_queue.add_sound(frames)
        self._drain(self._send_queue)
        return dropped

    def fast_path_fd(self) -> int | None:
        """The descriptor that sound may be written to now; None while other bytes must leave first."""
        transport = self._transport
        if self.fd == NO_DESCRIPTOR or self.dead or self._send_queue is not None or transport.is_closing():
            return None
        return None if transport.get_write_buffer_size() else self.fd

    @property
    def is_behind(self) -> bool:
        """Whether sound waits here because the client does not take it as fast as it comes."""
        return self._send_queue is not None

    def _put(self, wire: bytes) -> None:
        self._transport.write(wire)
        if self._transport.get_write_buffer_size():
            self.on_send_blocked(self)

    def _drain(self, send_queue: SendQueue) -> None:
        """Write the whole queue, once the transport holds no more than BEHIND_BYTES."""
        if self._transport.get_write_buffer_size() <= BEHIND_BYTES:
            self._send_queue = None
            self._put(send_queue.joined())
            self.mark_alive()

    # Slow or dead

    def mark_alive(self) -> None:
        """The client sent something, or took what was sent to it."""
        self._alive_at = self._clock.monotonic_s()

    @property
    def is_silent(self) -> bool:
        """Whether the client gave no sign of life lately; less strict than what closes a connection."""
        return self._clock.monotonic_s() - self._alive_at >= SILENT_S

    def check_health(self, now: float) -> None:
        """Call regularly: sends what waits, pings a silent client, closes a connection without signs of life.

        A ping waits behind all the sound that was sent before it, so the pong of a slow client may come late.
        Therefore taking bytes, however slowly, counts as a sign of life, too; so does what waits to be read.

        Args:
            now: the clock's `monotonic_s()`.
        """
        if self.dead or self._transport.is_closing():
            return
        buffered = self._transport.get_write_buffer_size()
        if buffered < self._buffered_before or self.has_unread():
            self._alive_at = now
        if self._send_queue is not None:
            self._drain(self._send_queue)
        if now - self._alive_at >= self._limits.silent_s:
            self.close(CLOSE_TOO_SLOW, SILENT)
        elif now - max(self._alive_at, self._pinged_at) >= self._limits.ping_every_s:
            self._pinged_at = now
            self.write(_PING_FRAME)
        self._buffered_before = self._transport.get_write_buffer_size()

    def note_report(self, report: PlaybackReport) -> None:
        """Keep a listener's newest playback report, and when it came."""
        self.report = report
        self.reported_at = self._clock.monotonic_s()

    # The end

    def close(self, code: int, reason: str) -> None:
        """Send a close frame; returns at once. Only the first call counts.

        The reader goes on (and throws away what comes) until the client has answered: closing a
        connection with unread bytes makes TCP drop what the client has not read yet, the close frame with
        its reason included. A client that does not answer within `close_wait_s` is cut off.
        """
        if self.dead:
            return
        self._die()
        self.close_code, self.close_reason = code, reason
        if not self._transport.is_closing():
            waiting = self._send_queue.joined() if self._send_queue else b""
            self._transport.write(waiting + close_frame(code, reason))
        self._send_queue = None
        self._abort_timer = self._clock.call_later(self._limits.close_wait_s, self._cut_off)

    def answer_close(self) -> None:
        """The client has sent a close frame: answer it, and close once all that was written has left."""
        self.said_goodbye = not self.dead
        if not self.dead and not self._transport.is_closing():
            self._transport.write(close_frame(CLOSE_NORMAL, ""))
        self._die()
        self._transport.close()
        self._clock.call_later(self._limits.close_wait_s, self._transport.abort)

    def _cut_off(self) -> None:
        """Abort a connection whose client has not answered a close frame in time.

        The kernel still delivers what it holds, unless the client was too slow: it takes nothing any more.
        """
        if self.close_code == CLOSE_TOO_SLOW:
            forget_unsent(self._transport)
        self._transport.abort()

    def abort(self) -> None:
        """Drop the connection without a close frame."""
        self._die()
        self._transport.abort()

    def lost(self) -> None:
        """The transport is about to close its descriptor, which may then become another connection's."""
        self.on_send_blocked(self)

    def gone(self) -> None:
        """The connection has ended, and nothing reads it any more."""
        self._die()
        self._send_queue = None
        if self._abort_timer is not None:
            self._abort_timer.cancel()

    def _die(self) -> None:
        self.dead = True
        self.on_send_blocked(self)


def _ignore_blocked(_: Peer) -> None:
    """The `on_send_blocked` of a connection that hears no track."""


def _nothing_unread() -> bool:
    """The `has_unread` of a connection that nothing reads yet."""
    return False
