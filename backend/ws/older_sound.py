"""The sound of a client without `lectern.v1`: what its chunks hold, however they are written."""

import base64
import binascii
import re
import struct
from typing import NamedTuple

from pylib.protocol.client_messages import SendAudio

MAX_CHUNK_MS = 4100
"""A chunk may be longer than our own clients' chunks: it is heard as late as it is long."""

_ADDRESS = re.compile(r"^data:[^,]{0,100},")
_URL_SAFE = str.maketrans("-_ ", "+/+")
"""The other alphabet of RFC 4648; a space is what a form makes of a plus."""

_FILE = b"RIFF"
_WAV_HEADER = 12
_PCM_FORMAT, _SAMPLE_BYTES = 1, 2


class _Sound(NamedTuple):
    samples: bytes
    rate: int


def meant_by(chunk: SendAudio, *, muted: bool) -> SendAudio:
    """The chunk as our own clients write it; unchanged where nothing can be made of it.

    Half a sample at the end is left out, and so is the number: an older client counts chunks, if at all, and
    not frames. `muted`: what was said is not to be heard, whatever the client goes on sending.
    """
    data = chunk.audio_data
    sound = _Sound(b"", chunk.sample_rate)
    decoded = _plain(data)
    if muted or decoded is None or len(decoded) % _SAMPLE_BYTES or decoded[:4] == _FILE:
        decoded = _decoded(data) if decoded is None else decoded
        if decoded is None:
            return chunk
        sound = _inside_file(_Sound(decoded, chunk.sample_rate))
        whole = len(sound.samples) - len(sound.samples) % _SAMPLE_BYTES
        samples = bytes(whole) if muted else sound.samples[:whole]
        data = base64.b64encode(samples).decode()
    update = {"audio_data": data, "sample_rate": sound.rate, "sequence_number": None}
    return chunk.model_copy(update=update)


def _plain(data: str) -> bytes | None:
    """The bytes of base64 as our own clients write it."""
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return None


def _decoded(data: str) -> bytes | None:
    """The bytes of base64 with line breaks, without padding, in either alphabet, or behind `data:...,`."""
    bare = _ADDRESS.sub("", data)
    bare = re.sub(r"[\r\n\t]", "", bare).translate(_URL_SAFE).rstrip("=")
    return _plain(bare + "=" * (-len(bare) % 4))


def _inside_file(sound: _Sound) -> _Sound:
    """The samples inside a WAV file of PCM16, mono, at the rate it tells; any other sound as it is."""
    file = sound.samples
    if file[:4] != _FILE or file[8:_WAV_HEADER] != b"WAVE":
        return sound
    at, rate = _WAV_HEADER, sound.rate
    while at + 8 <= len(file):
        name, size = struct.unpack_from("<4sI", file, at)
        at += 8
        if name == b"data":
            return _Sound(file[at : at + size], rate)
        if name == b"fmt " and at + 16 <= len(file):
            form, channels, told_rate = struct.unpack_from("<HHI", file, at)
            if (form, channels) == (_PCM_FORMAT, 1):
                rate = told_rate
        at += size + size % 2
    return sound
