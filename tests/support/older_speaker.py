"""A speaker of the original system: speech in chunks of seconds, each sent once it is complete."""

import base64
from collections.abc import Callable
from typing import NamedTuple

from pylib.protocol.client_messages import SendAudio

RATE = 16_000
SAMPLE_BYTES = 2


class SpokenChunk(NamedTuple):
    """Samples as PCM16LE, and the second at which the last of them was spoken."""

    pcm: bytes
    complete_s: float

    @property
    def audio_data(self) -> str:
        """As it travels."""
        return base64.b64encode(self.pcm).decode()

    @property
    def message(self) -> SendAudio:
        """As the server reads it."""
        return SendAudio(action="sendAudio", audio_data=self.audio_data)


def chunks_of(pcm: bytes, chunk_s: float) -> list[SpokenChunk]:
    """Speech that began at second 0, cut into chunks; the last may be shorter."""
    size = round(chunk_s * RATE) * SAMPLE_BYTES
    return [
        SpokenChunk(pcm[at : at + size], min(at + size, len(pcm)) / SAMPLE_BYTES / RATE)
        for at in range(0, len(pcm), size)
    ]


Lateness = Callable[[int], float]
"""By how many seconds the path delays the chunk with this number."""
