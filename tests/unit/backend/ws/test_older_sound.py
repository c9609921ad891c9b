"""What the chunks of older clients hold, however they are written."""

import base64
import struct

import pytest

from backend.ws.older_sound import meant_by
from pylib.protocol.client_messages import SendAudio

SAMPLES = bytes([251, 255, 62, 63, 0, 1]) * 40


def in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def sound_of(data: str, *, muted: bool = False) -> bytes:
    meant = meant_by(SendAudio(action="sendAudio", audio_data=data), muted=muted)
    return base64.b64decode(meant.audio_data, validate=True)


def wav(samples: bytes, rate: int, channels: int = 1, extra: bytes = b"") -> bytes:
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, 2 * rate, 2, 16)
    body = b"WAVE" + form + extra + struct.pack("<4sI", b"data", len(samples)) + samples
    return struct.pack("<4sI", b"RIFF", len(body)) + body


@pytest.mark.parametrize(
    "data",
    [
        in_base64(SAMPLES),
        base64.urlsafe_b64encode(SAMPLES).decode(),
        base64.encodebytes(SAMPLES).decode(),
        in_base64(SAMPLES).replace("+", " "),
        "data:audio/pcm;rate=16000;base64," + in_base64(SAMPLES),
        in_base64(SAMPLES + b"x"),
        in_base64(wav(SAMPLES, 16_000)),
        in_base64(wav(SAMPLES, 16_000, extra=struct.pack("<4sI", b"LIST", 3) + b"abc\0")),
    ],
    ids=["plain", "url", "lines", "form", "address", "half", "wav", "wav with a list"],
)
def test_base_64_of_any_kind(data: str) -> None:
    assert sound_of(data) == SAMPLES


@pytest.mark.parametrize("size", [2, 4, 6, 8, 10])
def test_padding_may_be_missing(size: int) -> None:
    assert sound_of(in_base64(SAMPLES[:size]).rstrip("=")) == SAMPLES[:size]


def test_a_file_tells_its_rate() -> None:
    meant = meant_by(SendAudio(action="sendAudio", audio_data=in_base64(wav(SAMPLES, 48_000))), muted=False)
    assert meant.sample_rate == 48_000


@pytest.mark.parametrize("cut", [4, 11, 12, 19, 20, 30, 43])
def test_a_file_that_is_cut_off_is_no_error(cut: int) -> None:
    whole = wav(SAMPLES, 16_000)
    assert len(sound_of(in_base64(whole[:cut]))) < len(sound_of(in_base64(whole)))


def test_nothing_and_half_a_sample_are_no_sound() -> None:
    assert sound_of("") == sound_of(in_base64(b"x")) == sound_of("data:audio/pcm;base64,") == b""


def test_what_is_no_base_64_is_left_for_the_refusal() -> None:
    chunk = SendAudio(action="sendAudio", audio_data="!!!")
    assert meant_by(chunk, muted=False) is chunk


def test_what_a_muted_talk_is_sent_is_silence_of_that_length() -> None:
    assert sound_of(in_base64(SAMPLES), muted=True) == bytes(len(SAMPLES))


def test_a_number_of_chunks_is_none_of_frames() -> None:
    chunk = SendAudio(action="sendAudio", audio_data=in_base64(SAMPLES), sequence_number=1)
    assert meant_by(chunk, muted=False).sequence_number is None
