"""What is inside a decoder with a thread of its own: packets, and the holes between them. Portable."""

from pylib.protocol.frames import FRAME_MS


class DecoderQueue:
    """Keeps holes in their places: each is told when the sound before it has come out."""

    def __init__(self) -> None:
        self._packets = self._unwanted = 0
        self._holes: list[tuple[int, float]] = []  # after how many more packets, and how many milliseconds

    @property
    def waiting_ms(self) -> float:
        """Sound that is still to come, holes included."""
        holes_ms = sum([duration_ms for _, duration_ms in self._holes])
        return (self._packets - self._unwanted) * FRAME_MS + holes_ms

    def packet(self) -> None:
        """A packet goes in."""
        self._packets += 1

    def hole(self, duration_ms: float) -> bool:
        """Sound is missing behind what is inside; says whether that is nothing, so that its turn is now."""
        if self._packets:
            self._holes.append((self._packets, duration_ms))
        return self._packets == 0

    def came(self) -> bool:
        """A packet's sound has come out; says whether it is wanted. Ask for `due_holes` afterwards."""
        wanted = self._unwanted == 0
        self._unwanted -= 0 if wanted else 1
        self._packets = max(0, self._packets - 1)
        self._holes = [(after - 1, duration_ms) for after, duration_ms in self._holes]
        return wanted

    def due_holes(self) -> list[float]:
        """Durations of the holes whose turn it is, in milliseconds; each is told once."""
        due = [duration_ms for after, duration_ms in self._holes if after <= 0]
        self._holes = [(after, duration_ms) for after, duration_ms in self._holes if after > 0]
        return due

    def drop(self) -> None:
        """What is inside now is not wanted any more."""
        self._unwanted = self._packets
        self._holes = []

    def write_off(self) -> None:
        """What is inside now never comes out."""
        self._packets = self._unwanted = 0
        self._holes = []
