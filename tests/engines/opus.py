"""Opus without a browser: the machine's own libopus (RFC 6716), which browsers bring along."""

import ctypes
import ctypes.util
from array import array
from typing import Any, Callable

from pylib.protocol.frames import FRAME_MS, KIND_OPUS, KIND_PCM16
from tests.support.fake_audio import SAMPLES_PER_MS, FakeLoudspeaker

SAMPLE_RATE = 48_000
VOIP = 2048
"""OPUS_APPLICATION_VOIP."""

SET_BITRATE = 4002
"""OPUS_SET_BITRATE."""

MAX_PACKET = 1275
"""Bytes of the longest Opus frame (RFC 6716, 3.4)."""


def find_libopus() -> str | None:
    """The library's name, or None where it is not installed."""
    return ctypes.util.find_library("opus")


class OpusError(Exception):
    """libopus refused what it was given."""


class LibOpusEncoder:
    """AudioEncoder over libopus: blocks of 20 ms at 48 kHz. Without a `bitrate` libopus chooses one."""

    kind = KIND_OPUS
    sample_rate = SAMPLE_RATE

    def __init__(self, on_packet: Callable[[bytes, int], None], bitrate: int | None = None) -> None:
        self.on_packet = on_packet
        self._library = _load()
        failed = ctypes.c_int()
        self._state = self._library.opus_encoder_create(SAMPLE_RATE, 1, VOIP, ctypes.byref(failed))
        _check(failed.value)
        if bitrate is not None:
            state = ctypes.c_void_p(self._state)
            _check(self._library.opus_encoder_ctl(state, SET_BITRATE, ctypes.c_int(bitrate)))

    def encode(self, samples: Any, timestamp_us: int) -> None:
        """See AudioEncoder."""
        block = (ctypes.c_float * len(samples))(*samples)
        packet = ctypes.create_string_buffer(MAX_PACKET)
        size = self._library.opus_encode_float(
            ctypes.c_void_p(self._state), block, len(samples), packet, MAX_PACKET
        )
        _check(size)
        self.on_packet(packet.raw[:size], timestamp_us)

    def restart(self) -> None:
        """It holds no block back."""

    def close(self) -> None:
        """See AudioEncoder."""
        if self._state:
            self._library.opus_encoder_destroy(ctypes.c_void_p(self._state))
        self._state = None


class OpusLoudspeaker(FakeLoudspeaker):
    """A loudspeaker that understands Opus too; `close` frees the decoder."""

    def __init__(self) -> None:
        super().__init__()
        self._library = _load()
        failed = ctypes.c_int()
        self._state: int | None = self._library.opus_decoder_create(
            SAMPLES_PER_MS * 1000, 1, ctypes.byref(failed)
        )
        _check(failed.value)

    def play(self, kind: int, payload: Any, timestamp_us: int) -> None:
        """See AudioOutput."""
        if self._state is None:
            return
        if kind != KIND_PCM16:
            self.kinds.append(kind)
            self._ring.extend(self._decode(payload))
        else:
            super().play(kind, payload, timestamp_us)

    def close(self) -> None:
        """The decoder is not needed any more; sound that still comes is not heard."""
        self._library.opus_decoder_destroy(ctypes.c_void_p(self._state))
        self._state = None

    def _decode(self, packet: bytes) -> Any:
        size = FRAME_MS * SAMPLES_PER_MS
        block = (ctypes.c_float * size)()
        count = self._library.opus_decode_float(
            ctypes.c_void_p(self._state), bytes(packet), len(packet), block, size, 0
        )
        _check(count)
        return array("f", block[:count])


def _load() -> ctypes.CDLL:
    library = ctypes.CDLL(find_libopus())
    for create in (library.opus_encoder_create, library.opus_decoder_create):
        create.restype = ctypes.c_void_p
    return library


def _check(answer: int) -> None:
    if answer < 0:
        raise OpusError(f"libopus answered {answer}")
