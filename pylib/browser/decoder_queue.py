"""Bookkeeping for a decoder with a thread of its own: packets inside it, and holes between. Portable."""

from pylib.protocol.frames import FRAME_MS


class DecoderQueue:
    """Holds each hole back until the sound of every packet before it has come out of the decoder."""

    def __init__(self) -> None:
        self._packets = self._unwanted = 0
        self._holes: list[tuple[int, float]] = []  # packets that are still before it, and its duration in ms

    @property
    def waiting_ms(self) -> float:
        """Milliseconds of sound that is still to come out, holes included."""
        holes_ms = sum([duration_ms for _, duration_ms in self._holes])
        return (self._packets - self._unwanted) * FRAME_MS + holes_ms

    def packet(self) -> None:
        """Count a packet that is given to the decoder."""
        self._packets += 1

    def hole(self, duration_ms: float) -> bool:
        """Note a hole behind the packets inside; returns True, and notes nothing, when none is inside."""
        if self._packets:
            self._holes.append((self._packets, duration_ms))
        return self._packets == 0

    def came(self) -> bool:
        """Count a packet whose sound came out; returns whether to play it. Ask for `due_holes` afterwards."""
        wanted = self._unwanted == 0
        self._unwanted -= 0 if wanted else 1
        self._packets = max(0, self._packets - 1)
        self._holes = [(after - 1, duration_ms) for after, duration_ms in self._holes]
        return wanted

    def due_holes(self) -> list[float]:
        """Take the holes with no packet left before them; returns their durations in milliseconds."""
        due = [duration_ms for after, duration_ms in self._holes if after <= 0]
        self._holes = [(after, duration_ms) for after, duration_ms in self._holes if after > 0]
        return due

    def drop(self) -> None:
        """Do not play the packets that are inside now: their sound is dropped as it comes out."""
        self._unwanted = self._packets
        self._holes = []

    def write_off(self) -> None:
        """Forget the packets that are inside now, as the decoder will not give them out."""
        self._packets = self._unwanted = 0
        self._holes = []
