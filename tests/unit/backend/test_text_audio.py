import base64
import math
from array import array

import pytest

from backend.problems import Problem
from backend.text_audio import ChunkCutter, audio_fields
from pylib.protocol.frames import HEADER_BYTES, decode_header
from pylib.protocol.messages import SendAudio


def chunk(samples: "array[int]", rate: int = 16_000) -> SendAudio:
    return SendAudio(
        action="sendAudio", audio_data=base64.b64encode(samples.tobytes()).decode(), sample_rate=rate
    )


def tone(rate: int, seconds: float, hertz: float = 440) -> "array[int]":
    count = round(rate * seconds)
    return array("h", [round(12000 * math.sin(2 * math.pi * hertz * at / rate)) for at in range(count)])


def sound_of(frames: list[bytes]) -> "array[int]":
    return array("h", b"".join(frame[HEADER_BYTES:] for frame in frames))


def test_a_chunk_becomes_frames_of_20_ms_in_order() -> None:
    frames = ChunkCutter().cut(chunk(tone(16_000, 0.1)), first_seq=40, end_ms=1100)
    headers = [decode_header(frame[:HEADER_BYTES], len(frame)) for frame in frames]
    assert [header.seq for header in headers] == [40, 41, 42, 43, 44]
    assert [header.capture_ms for header in headers] == [1000, 1020, 1040, 1060, 1080]
    assert {header.kind for header in headers} == {2}
    assert sound_of(frames) == tone(16_000, 0.1)


def test_no_sample_is_lost_between_chunks() -> None:
    cutter, whole, frames = ChunkCutter(), tone(16_000, 1.0), list[bytes]()
    at = 0
    for size in (1, 319, 320, 321, 5000, 7, 3000, 7032):
        frames += cutter.cut(chunk(whole[at : at + size]), len(frames), 0)
        at += size
    assert at == len(whole)
    assert sound_of(frames) == whole


def test_a_capture_time_is_never_negative() -> None:
    frames = ChunkCutter().cut(chunk(tone(16_000, 1)), 0, end_ms=100)
    assert decode_header(frames[0][:HEADER_BYTES], len(frames[0])).capture_ms == 0


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 24_000, 32_000, 44_100, 48_000])
def test_other_rates_sound_the_same_at_16_khz(rate: int) -> None:
    heard = sound_of(ChunkCutter().cut(chunk(tone(rate, 0.5), rate), 0, 0))
    meant = tone(16_000, 0.5)
    assert abs(len(heard) - len(meant)) <= 320
    error = sum((a - b) ** 2 for a, b in zip(heard, meant, strict=False))
    power = sum(b * b for b in meant)
    assert error / power < 0.05


@pytest.mark.parametrize(
    "data",
    ["", "!!!", "AAA", "A", base64.b64encode(b"abc").decode(), base64.b64encode(bytes(96_002)).decode()],
)
def test_what_is_no_sound_is_refused(data: str) -> None:
    with pytest.raises(Problem) as caught:
        ChunkCutter().cut(SendAudio(action="sendAudio", audio_data=data), 0, 0)
    assert caught.value.status == 400


def test_three_seconds_are_allowed() -> None:
    assert len(ChunkCutter().cut(chunk(array("h", bytes(96_000))), 0, 0)) == 150


def test_a_frame_becomes_an_audio_message() -> None:
    frame = ChunkCutter().cut(chunk(tone(16_000, 0.02)), 9, end_ms=520)[0]
    fields = audio_fields(decode_header(frame[:HEADER_BYTES], len(frame)), frame, created_at=1_000_000)
    assert base64.b64decode(fields.pop("audioData")) == frame[HEADER_BYTES:]
    assert fields == {
        "format": "pcm",
        "sampleRate": 16000,
        "channels": 1,
        "sequenceNumber": 9,
        "chunkId": "9",
        "duration": 20,
        "timestamp": 1_000_500,
    }
