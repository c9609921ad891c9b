"""Sound for connections that carry only text: base64 chunks in, 20 ms frames on, base64 chunks out."""

import base64
import binascii
import itertools
import sys
from array import array
from typing import Any

from backend.problems import Problem
from pylib.protocol import codes
from pylib.protocol.client_messages import SendAudio
from pylib.protocol.frames import (
    FLOOR,
    FRAME_MS,
    KIND_PCM16,
    PCM_SAMPLE_RATE,
    FrameHeader,
    encode,
)
from pylib.protocol.message_types import AUDIO

MAX_CHUNK_MS = 3000
_FRAME_BYTES = PCM_SAMPLE_RATE * FRAME_MS // 1000 * 2


class ChunkCutter:
    """Cuts sendAudio chunks into kind-2 frames; a rest shorter than a frame waits for the next chunk."""

    def __init__(self) -> None:
        self._rest = b""

    def cut(
        self,
        chunk: SendAudio,
        next_seq: int,
        created_at: int,
        now: int,
        longest_ms: int = MAX_CHUNK_MS,
    ) -> list[bytes]:
        """The frames of a chunk.

        A chunk with a sequenceNumber may be sent again, so its frames must not depend on the chunk before
        it: they are numbered from that number on, its timestamp is the capture time of its first sample,
        and its last frame is filled up with silence. A chunk without one continues the chunk before it,
        and counts as captured just before it arrived.

        Args:
            chunk: what the speaker sent.
            next_seq: the number of the next frame, where the chunk has none.
            created_at: when the session began, in ms since the epoch, as `now`.
            now: the server's clock.
            longest_ms: how long a chunk may be.

        Raises Problem when the chunk is no PCM16 or too long.
        """
        pcm = _to_wire_rate(_samples(chunk, longest_ms), chunk.sample_rate)
        if chunk.sequence_number is None:
            pcm = self._rest + pcm
            whole = len(pcm) - len(pcm) % _FRAME_BYTES
            pcm, self._rest = pcm[:whole], pcm[whole:]
            end = now - _milliseconds(self._rest)
            return _frames(pcm, next_seq, end - _milliseconds(pcm) - created_at)
        self._rest = b""
        start = now - _milliseconds(pcm)
        if chunk.timestamp is not None:
            start = min(int(chunk.timestamp), start)
        return _frames(_filled_up(pcm), chunk.sequence_number, start - created_at)

    def cut_rest(self, next_seq: int, created_at: int, now: int) -> list[bytes]:
        """What waits for the next chunk, as a frame filled up with silence; see `cut`."""
        pcm, self._rest = self._rest, b""
        return _frames(_filled_up(pcm), next_seq, now - _milliseconds(pcm) - created_at)


def duration_ms(chunk: SendAudio) -> float:
    """How long the sound of a chunk is, told by its base64: 4 characters for 3 bytes."""
    size = len(chunk.audio_data) * 3 // 4 - chunk.audio_data[-2:].count("=")
    return size / 2 / chunk.sample_rate * 1000


def _filled_up(pcm: bytes) -> bytes:
    return pcm + bytes(-len(pcm) % _FRAME_BYTES)


def _frames(pcm: bytes, first_seq: int, start_ms: int) -> list[bytes]:
    return [
        encode(
            FrameHeader(KIND_PCM16, FLOOR, 0, first_seq + index, max(0, start_ms + index * FRAME_MS)),
            pcm[at : at + _FRAME_BYTES],
        )
        for index, at in enumerate(range(0, len(pcm), _FRAME_BYTES))
    ]


def audio_body(header: FrameHeader, samples: bytes, created_at: int) -> dict[str, Any]:
    """PCM16 as an `audio` message (`server_messages.Audio`), without the model's cost.

    Args:
        header: of its first frame.
        samples: of that frame, or of several that follow one another.
        created_at: when the session began, in ms since the epoch.
    """
    return {
        "type": AUDIO,
        "audioData": base64.b64encode(samples).decode(),
        "format": "pcm",
        "sampleRate": PCM_SAMPLE_RATE,
        "channels": 1,
        "sequenceNumber": header.seq,
        "chunkId": str(header.seq),
        "duration": _milliseconds(samples),
        "timestamp": created_at + header.capture_ms,
    }


def _milliseconds(pcm: bytes) -> int:
    return len(pcm) * 1000 // (2 * PCM_SAMPLE_RATE)


def _samples(chunk: SendAudio, longest_ms: int) -> "array[int]":
    try:
        raw = base64.b64decode(chunk.audio_data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _refused("The field audioData is not base64.") from error
    if len(raw) % 2 or not raw:
        raise _refused("The field audioData holds no 16-bit samples.")
    if len(raw) > 2 * chunk.sample_rate * longest_ms // 1000:
        raise _refused(f"A chunk of audio is longer than {longest_ms / 1000:g} seconds.")
    samples = array("h", raw)
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def _to_wire_rate(samples: "array[int]", rate: int) -> bytes:
    """Resample to 16 kHz: the mean of each source interval going down, straight lines going up.

    This is a fallback for speech from older clients, so a simple filter is enough.
    """
    if rate != PCM_SAMPLE_RATE:
        resample = _averaged if rate > PCM_SAMPLE_RATE else _interpolated
        samples = array("h", resample(samples, rate))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


def _averaged(samples: "array[int]", rate: int) -> list[int]:
    count = len(samples) * PCM_SAMPLE_RATE // rate
    edges = [index * rate // PCM_SAMPLE_RATE for index in range(count + 1)]
    return [sum(samples[start:end]) // (end - start) for start, end in itertools.pairwise(edges)]


def _interpolated(samples: "array[int]", rate: int) -> list[int]:
    count = len(samples) * PCM_SAMPLE_RATE // rate
    last = len(samples) - 1
    result = []
    for index in range(count):
        at, part = divmod(index * rate, PCM_SAMPLE_RATE)
        left, right = samples[at], samples[min(at + 1, last)]
        result.append(left + (right - left) * part // PCM_SAMPLE_RATE)
    return result


def _refused(message: str) -> Problem:
    return Problem(400, codes.VALIDATION_INVALID_PARAMETER, message)
