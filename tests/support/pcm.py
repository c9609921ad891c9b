"""Reading PCM16 back: browsers do it themselves, tests have to. Portable."""

import struct
from array import array
from typing import Any

from pylib.audio.pcm import FULL_SCALE


def from_pcm16(payload: bytes) -> Any:
    """The inverse of to_pcm16, as an `array('f')`."""
    count = len(payload) // 2
    integers = struct.unpack("<" + str(count) + "h", payload[: count * 2])
    return array("f", [value / FULL_SCALE for value in integers])


class PcmReader:
    """`from_pcm16` for a loudspeaker that plays one packet again and again: it is converted once."""

    def __init__(self) -> None:
        self._payload = b""
        self._samples: Any = array("f")

    def __call__(self, payload: bytes) -> Any:
        if payload != self._payload:
            self._payload, self._samples = payload, from_pcm16(payload)
        return self._samples
