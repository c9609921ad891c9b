"""Bookkeeping for an encoder with a thread of its own: blocks before it, and blocks inside. Portable."""

from typing import Any, NamedTuple

MOST_REQUESTS = 2
"""Requests that may wait inside the encoder. Chromium's hands each one to its thread by a task of the page's
own thread: behind new blocks, one request for each block would wait ever longer."""

Block = NamedTuple("Block", [("samples", Any), ("timestamp_us", int)])
"""20 ms of sound, and the time by which its packet is known."""


class EncoderQueue:
    """While the encoder is behind, blocks wait here; then they go in together, as one request.

    An encoder gives one packet for each block, in order, however many blocks a request has.
    """

    def __init__(self) -> None:
        self._waiting: list[Block] = []
        self._inside_us: list[int] = []

    @property
    def has_more(self) -> bool:
        """Whether blocks wait to go in."""
        return bool(self._waiting)

    def add(self, samples: Any, timestamp_us: int) -> None:
        """Take a block of samples."""
        self._waiting.append(Block(samples, timestamp_us))

    def take(self, requests: int) -> list[Block]:
        """The blocks of the next request; none while the encoder is behind, as `requests` wait in it."""
        if requests >= MOST_REQUESTS:
            return []
        blocks, self._waiting = self._waiting, []
        return blocks

    def went_in(self, blocks: list[Block]) -> None:
        """The encoder has accepted these blocks."""
        self._inside_us += [block.timestamp_us for block in blocks]

    def came(self) -> "int | None":
        """Count a packet; returns the timestamp of its block, None when no block is inside."""
        return self._inside_us.pop(0) if self._inside_us else None
