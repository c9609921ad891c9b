"""The speaker's last seconds of sound, so that a lost connection delays frames instead of losing them.

Every frame passes through here. Frames that cannot be sent yet wait. Frames that were sent
are kept for `KEEP_S`, because a connection may die while some of them are on the way: the
`welcome` of the next connection says which frame the server expects next, and sending goes on
from there. A token bucket limits the rate: a backlog is sent a little faster than it was
spoken, but no faster than listeners can catch up with by playing 15 % faster.
"""

from typing import Any, Callable, NamedTuple

from pylib.ports import Clock

KEEP_S = 10.0
"""Sound older than this is dropped instead of sent: listeners are better off hearing the present."""

FRAMES_PER_S = 57.0
"""The rate for a backlog: 1.14 times the 50 frames a second of live sound, below the server's limit of 60."""

BURST_FRAMES = 50
"""The size of the token bucket: after a hiccup one second of sound may be sent at once."""

TRIM_FRAMES = 50
"""Old frames are removed this many at a time, so that the list is not copied for every frame."""

KIND_AT = 1
"""The offset of the kind in a frame's header."""

Entry = NamedTuple("Entry", [("seq", int), ("at_s", float), ("frame", bytes)])
"""A frame, its sequence number, and when it was offered."""


class ReplayBuffer:
    """Hands frames in order to `send`, which returns False for a frame that could not be sent.

    It has no timer: a live microphone offers a frame every 20 ms, and that sends the ones before it.
    """

    def __init__(self, send: Callable[[bytes], bool], clock: Clock) -> None:
        self.sent = 0
        self.dropped = 0
        self.sent_again = 0
        self._send = send
        self._clock = clock
        self._frames: list[Any] = []
        self._next_index = 0
        self._credit = float(BURST_FRAMES)
        self._credit_at_s = clock.monotonic_s()
        self._charged_seq = -1
        self._highest_sent = -1
        self._held_since_s: Any = None

    @property
    def held_s(self) -> float:
        """For how many seconds the connection, and not the rate, has kept frames waiting."""
        return 0.0 if self._held_since_s is None else self._clock.monotonic_s() - self._held_since_s

    @property
    def waiting(self) -> int:
        """How many frames are yet to be sent."""
        return len(self._frames) - self._next_index

    def offer(self, seq: int, frame: bytes) -> None:
        """Send a frame after those that wait, as soon as the rate and the connection allow."""
        self._frames.append(Entry(seq, self._clock.monotonic_s(), frame))
        self.push()

    def push(self) -> None:
        """Send what the rate and the connection allow now."""
        self._drop_old()
        self._add_credit()
        while self._next_index < len(self._frames):
            entry = self._frames[self._next_index]
            # The PCM twin of an Opus frame has its number. The rate limits spoken time, so it costs nothing.
            cost = 0 if entry.seq <= self._charged_seq else 1
            if self._credit < cost:
                break
            if not self._send(entry.frame):
                self._held_since_s = self._clock.monotonic_s() - self.held_s
                return
            self._credit -= cost
            self._next_index += 1
            self._charged_seq = max(self._charged_seq, entry.seq)
            self._count(entry.seq)
        self._held_since_s = None

    def resume_from(self, seq: int) -> None:
        """Send again from `seq` on: the server has every frame before it and none after."""
        # Opus and PCM encoders answer at different speeds, so the list is only nearly in order.
        unseen = [index for index, entry in enumerate(self._frames) if entry.seq >= seq]
        first = unseen[0] if unseen else len(self._frames)
        self.sent_again += max(0, self._next_index - first)
        self._next_index, self._charged_seq = first, seq - 1
        self.push()

    def clear(self) -> None:
        """Drop every frame that is yet to be sent."""
        self.dropped += self.waiting
        self._frames = []
        self._next_index = 0

    def drop_waiting(self, kind: int) -> None:
        """Drop the frames of one kind that are yet to be sent; their twins of another kind stay."""
        sent, waiting = self._frames[: self._next_index], self._frames[self._next_index :]
        self._frames = sent + [entry for entry in waiting if entry.frame[KIND_AT] != kind]

    def _count(self, seq: int) -> None:
        if seq > self._highest_sent:
            self._highest_sent = seq
            self.sent += 1

    def _add_credit(self) -> None:
        now_s = self._clock.monotonic_s()
        gained = (now_s - self._credit_at_s) * FRAMES_PER_S
        self._credit = min(float(BURST_FRAMES), self._credit + gained)
        self._credit_at_s = now_s

    def _drop_old(self) -> None:
        """Drop unsent frames older than `KEEP_S`, and sent ones in batches of `TRIM_FRAMES`."""
        too_old_s = self._clock.monotonic_s() - KEEP_S
        while self._next_index < len(self._frames) and self._frames[self._next_index].at_s < too_old_s:
            self._next_index += 1
            self.dropped += 1
        if len(self._frames) > TRIM_FRAMES and self._frames[TRIM_FRAMES].at_s < too_old_s:
            self._frames = self._frames[TRIM_FRAMES:]
            self._next_index -= TRIM_FRAMES
