"""What a speaker has said and the server may not have heard: sent late rather than lost.

Every frame passes through here. Frames that cannot leave wait, and frames that have left
are kept a while, because a connection may die with some of them on the way: when the next
one tells what the server has seen, the rest is sent again. A backlog leaves a little faster
than it was spoken, no faster than listeners can catch up with by playing 15 % faster.
"""

from typing import Any, Callable, NamedTuple

from pylib.ports import Clock

KEEP_S = 10.0
"""Older sound is not sent late any more; those who listen are better off hearing the present."""

FRAMES_PER_S = 57.0
"""The pace of a backlog: 1.14 times the 50 frames a second that are spoken, and below the server's 60."""

BURST_FRAMES = 50
"""One second that may leave at once, after a hiccup too short for anybody to wait for."""

TRIM_FRAMES = 50

Entry = NamedTuple("Entry", [("seq", int), ("at_s", float), ("frame", bytes)])
"""A frame, its number, and when it was offered."""


class ReplayBuffer:
    """Hands frames to `send`, which says whether a frame could leave, in order.

    It has no timer: the next frame of a live microphone pushes the ones before.
    """

    def __init__(self, send: Callable[[bytes], bool], clock: Clock) -> None:
        self.sent = 0
        self.dropped = 0
        self.sent_again = 0
        self._send = send
        self._clock = clock
        self._kept: list[Any] = []
        self._next = 0
        self._allowance = float(BURST_FRAMES)
        self._allowed_at_s = clock.monotonic_s()
        self._paid_for = -1
        self._highest_sent = -1

    @property
    def waiting(self) -> int:
        """How many frames have yet to leave."""
        return len(self._kept) - self._next

    def offer(self, seq: int, frame: bytes) -> None:
        """Send a frame, after those that still wait."""
        self._kept.append(Entry(seq, self._clock.monotonic_s(), frame))
        self.push()

    def push(self) -> None:
        """Send what may leave now."""
        self._forget_old()
        self._refill()
        while self._next < len(self._kept):
            entry = self._kept[self._next]
            # A twin has the number of another frame: the pace counts spoken time, not packets.
            cost = 0 if entry.seq <= self._paid_for else 1
            if self._allowance < cost or not self._send(entry.frame):
                return
            self._allowance -= cost
            self._next += 1
            self._paid_for = max(self._paid_for, entry.seq)
            self._count(entry.seq)

    def resume_from(self, seq: int) -> None:
        """The server has seen all frames before `seq`, and none from there on."""
        # One encoder answers later than the other, so the list is only nearly in order.
        unseen = [index for index, entry in enumerate(self._kept) if entry.seq >= seq]
        first = unseen[0] if unseen else len(self._kept)
        self.sent_again += max(0, self._next - first)
        self._next, self._paid_for = first, seq - 1
        self.push()

    def forget(self) -> None:
        """Send nothing of what still waits."""
        self.dropped += self.waiting
        self._kept = []
        self._next = 0

    def _count(self, seq: int) -> None:
        if seq > self._highest_sent:
            self._highest_sent = seq
            self.sent += 1

    def _refill(self) -> None:
        now_s = self._clock.monotonic_s()
        gained = (now_s - self._allowed_at_s) * FRAMES_PER_S
        self._allowance = min(float(BURST_FRAMES), self._allowance + gained)
        self._allowed_at_s = now_s

    def _forget_old(self) -> None:
        """Whole batches, so that the list is not copied for every frame; what waits is not kept too long."""
        too_old_s = self._clock.monotonic_s() - KEEP_S
        while self._next < len(self._kept) and self._kept[self._next].at_s < too_old_s:
            self._next += 1
            self.dropped += 1
        if len(self._kept) > TRIM_FRAMES and self._kept[TRIM_FRAMES].at_s < too_old_s:
            self._kept = self._kept[TRIM_FRAMES:]
            self._next -= TRIM_FRAMES
