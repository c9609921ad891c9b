import base64
import math
from array import array
from typing import Any

import pytest

from backend.live.text_audio import ChunkCutter, audio_body
from backend.problems import Problem
from pylib.protocol.client_messages import SendAudio
from pylib.protocol.frames import HEADER_BYTES, FrameHeader, decode_header
from pylib.protocol.server_messages import Audio

BEGAN = 1_700_000_000_000


def chunk(samples: "array[int]", rate: int = 16_000, **fields: Any) -> SendAudio:
    audio = base64.b64encode(samples.tobytes()).decode()
    return SendAudio(action="sendAudio", audio_data=audio, sample_rate=rate, **fields)


def headers_of(frames: list[bytes]) -> list[FrameHeader]:
    return [decode_header(frame[:HEADER_BYTES], len(frame)) for frame in frames]


def tone(rate: int, seconds: float, hertz: float = 440) -> "array[int]":
    count = round(rate * seconds)
    return array("h", [round(12000 * math.sin(2 * math.pi * hertz * at / rate)) for at in range(count)])


def sound_of(frames: list[bytes]) -> "array[int]":
    return array("h", b"".join(frame[HEADER_BYTES:] for frame in frames))


def test_a_chunk_becomes_frames_of_20_ms_in_order() -> None:
    frames = ChunkCutter().cut(chunk(tone(16_000, 0.1)), 40, BEGAN, BEGAN + 1100)
    headers = headers_of(frames)
    assert [header.seq for header in headers] == [40, 41, 42, 43, 44]
    assert [header.capture_ms for header in headers] == [1000, 1020, 1040, 1060, 1080]
    assert {header.kind for header in headers} == {2}
    assert sound_of(frames) == tone(16_000, 0.1)


def test_no_sample_is_lost_between_chunks() -> None:
    cutter, whole, frames = ChunkCutter(), tone(16_000, 1.0), list[bytes]()
    at = 0
    for size in (1, 319, 320, 321, 5000, 7, 3000, 7032):
        frames += cutter.cut(chunk(whole[at : at + size]), len(frames), BEGAN, BEGAN)
        at += size
    assert at == len(whole)
    assert sound_of(frames) == whole


def test_a_capture_time_is_never_negative() -> None:
    frames = ChunkCutter().cut(chunk(tone(16_000, 1)), 0, BEGAN, BEGAN + 100)
    assert decode_header(frames[0][:HEADER_BYTES], len(frames[0])).capture_ms == 0


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 24_000, 32_000, 44_100, 48_000])
def test_other_rates_sound_the_same_at_16_khz(rate: int) -> None:
    heard = sound_of(ChunkCutter().cut(chunk(tone(rate, 0.5), rate), 0, BEGAN, BEGAN))
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
        ChunkCutter().cut(SendAudio(action="sendAudio", audio_data=data), 0, BEGAN, BEGAN)
    assert caught.value.status == 400


def test_three_seconds_are_allowed() -> None:
    assert len(ChunkCutter().cut(chunk(array("h", bytes(96_000))), 0, BEGAN, BEGAN)) == 150


def test_a_numbered_chunk_says_which_frames_it_holds_and_when_they_were_captured() -> None:
    one = chunk(tone(16_000, 0.06), sequence_number=70, timestamp=BEGAN + 1400.6)
    headers = headers_of(ChunkCutter().cut(one, 5, BEGAN, now=BEGAN + 9000))
    assert [(header.seq, header.capture_ms) for header in headers] == [(70, 1400), (71, 1420), (72, 1440)]


@pytest.mark.parametrize(
    ("timestamp", "capture_ms"),
    [(None, 8940), (BEGAN + 8940, 8940), (BEGAN + 20_000, 8940), (1e300, 8940), (BEGAN - 1, 0), (-1e300, 0)],
)
def test_a_capture_time_lies_between_the_beginning_and_now(timestamp: float | None, capture_ms: int) -> None:
    one = chunk(tone(16_000, 0.06), sequence_number=0, timestamp=timestamp)
    assert headers_of(ChunkCutter().cut(one, 0, BEGAN, now=BEGAN + 9000))[0].capture_ms == capture_ms


def test_the_timestamp_of_a_chunk_without_a_number_is_not_believed() -> None:
    """Older clients put their own clock there."""
    one = chunk(tone(16_000, 0.06), timestamp=BEGAN + 1)
    assert headers_of(ChunkCutter().cut(one, 0, BEGAN, now=BEGAN + 9000))[0].capture_ms == 8940


def test_a_numbered_chunk_stands_for_itself() -> None:
    cutter = ChunkCutter()
    assert cutter.cut(chunk(tone(16_000, 0.01)), 0, BEGAN, BEGAN) == []
    odd = tone(16_000, 0.05)
    frames = cutter.cut(chunk(odd, sequence_number=3), 0, BEGAN, BEGAN)
    assert sound_of(frames) == odd + array("h", bytes(320))
    assert cutter.cut(chunk(tone(16_000, 0.01)), 0, BEGAN, BEGAN) == []


def test_a_frame_becomes_an_audio_message() -> None:
    frame = ChunkCutter().cut(chunk(tone(16_000, 0.02)), 9, BEGAN, BEGAN + 520)[0]
    fields = audio_body(
        decode_header(frame[:HEADER_BYTES], len(frame)), frame[HEADER_BYTES:], created_at=BEGAN
    )
    assert fields.pop("type") == "audio"
    assert Audio.model_validate(fields).model_dump(by_alias=True, exclude_defaults=True) == fields
    assert base64.b64decode(fields.pop("audioData")) == frame[HEADER_BYTES:]
    assert fields == {
        "format": "pcm",
        "sampleRate": 16000,
        "channels": 1,
        "sequenceNumber": 9,
        "chunkId": "9",
        "duration": 20,
        "timestamp": BEGAN + 500,
    }
