"""tests/data/speech.wav as Opus packets of 20 ms: they are spoken without an encoder.

The file holds each packet behind its length, two bytes, little-endian;
`python -m tests.engines.speech_packets` makes it anew.
"""

import asyncio
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

from pylib.protocol.frames import KIND_OPUS

PACKETS = Path(__file__).parents[1] / "data" / "speech.opus-packets"
LENGTH_BYTES = 2


def read_packets() -> list[bytes]:
    """In the order in which they are spoken."""
    content, at, packets = PACKETS.read_bytes(), 0, []
    while at < len(content):
        begin = at + LENGTH_BYTES
        at = begin + int.from_bytes(content[at:begin], "little")
        packets.append(content[begin:at])
    return packets


def write_packets(packets: list[bytes]) -> None:
    """What `read_packets` reads."""
    PACKETS.write_bytes(b"".join(len(each).to_bytes(LENGTH_BYTES, "little") + each for each in packets))


class SpeechEncoder:
    """AudioEncoder that answers each block with the next packet of the speech, whatever the block holds."""

    kind = KIND_OPUS
    sample_rate = 48_000

    def __init__(self, on_packet: Callable[[bytes, int], None]) -> None:
        self._on_packet = on_packet
        self._packets = cycle(read_packets())

    def encode(self, samples: Any, timestamp_us: int) -> None:
        """Later than PCM would come, as a browser's encoder does."""
        asyncio.get_running_loop().call_soon(self._on_packet, next(self._packets), timestamp_us)

    def restart(self) -> None:
        """It holds no block back."""

    def close(self) -> None:
        """Nothing to let go of."""
