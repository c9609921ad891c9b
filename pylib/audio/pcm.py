"""PCM16LE: for speakers whose browser cannot encode Opus, and for listeners who cannot decode it."""

import struct
from typing import Any, Callable

from pylib.audio.resample import FACTOR, Downsampler
from pylib.protocol.frames import KIND_PCM16, PCM_SAMPLE_RATE

FULL_SCALE = 32767


def to_pcm16(samples: Any) -> bytes:
    """Floats from -1 to 1 as little-endian 16-bit integers; louder ones are clipped."""
    integers = [int(min(1.0, max(-1.0, sample)) * FULL_SCALE) for sample in samples]
    return struct.pack("<" + str(len(integers)) + "h", *integers)


class PcmEncoder:
    """An AudioEncoder that needs no codec: each block becomes one packet at once."""

    kind = KIND_PCM16
    sample_rate = PCM_SAMPLE_RATE

    def __init__(self, on_packet: Callable[[bytes, int], None]) -> None:
        self._on_packet = on_packet

    def encode(self, samples: Any, timestamp_us: int) -> None:
        """Convert and pass on."""
        self._on_packet(to_pcm16(samples), timestamp_us)

    def restart(self) -> None:
        """No block stays inside."""

    def close(self) -> None:
        """Nothing to let go of."""


class PcmTwin(PcmEncoder):
    """Makes PCM16 of the blocks that an Opus encoder gets, which come three times as fast."""

    sample_rate = PCM_SAMPLE_RATE * FACTOR

    def __init__(self, on_packet: Callable[[bytes, int], None]) -> None:
        PcmEncoder.__init__(self, on_packet)
        self._downsampler = Downsampler()

    def encode(self, samples: Any, timestamp_us: int) -> None:
        """Bring down to 16 kHz, convert and pass on."""
        PcmEncoder.encode(self, self._downsampler.run(samples), timestamp_us)
