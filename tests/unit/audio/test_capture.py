"""Portable: from blocks of samples to frames."""

from array import array
from typing import Callable

from pylib.audio.capture import MAX_IN_ENCODER, STUCK_BLOCKS, CapturePipeline
from pylib.audio.pcm import PcmEncoder
from pylib.audio.soundcheck import UNHEARD
from pylib.ports import AudioBlock
from pylib.protocol.frames import (
    FLAG_DISCONTINUITY,
    FLAG_SILENCE,
    HEADER_BYTES,
    KIND_OPUS,
    KIND_PCM16,
    FrameHeader,
    decode_header,
)
from tests.support.pcm import from_pcm16

LOUD = array("f", [0.5] * 320)


class HoldingEncoder(PcmEncoder):
    """An encoder whose packets come when the test says so, as a real one's come later."""

    kind = KIND_OPUS

    def __init__(self, on_packet: "Callable[[bytes, int], None]") -> None:
        PcmEncoder.__init__(self, on_packet)
        self.held: list[int] = []
        self.swallowed = 0
        self.closed = False

    def encode(self, samples: "array[float]", timestamp_us: int) -> None:
        self.held.append(timestamp_us)

    def answer(self, index: int) -> None:
        self._on_packet(b"x", self.held[index])

    def restart(self) -> None:
        self.held = []
        self.swallowed = 0

    def close(self) -> None:
        self.closed = True


class Line:
    """A pipeline with a PCM encoder whose frames are kept."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.pipeline = CapturePipeline(lambda capture_ms: capture_ms - 1000.0, self._send)
        self.pipeline.use(PcmEncoder(self.pipeline.on_packet))

    def hold(self) -> HoldingEncoder:
        """Encode with an encoder whose packets come when the test says so."""
        encoder = HoldingEncoder(self.pipeline.on_packet)
        self.pipeline.use(encoder)
        return encoder

    def _send(self, seq: int, frame: bytes) -> None:
        assert seq == decode_header(frame, len(frame)).seq
        self.frames.append(frame)

    def speak(self, capture_ms: float) -> None:
        self.pipeline.on_block(AudioBlock(LOUD, capture_ms))

    def headers(self) -> "list[FrameHeader]":
        return [decode_header(frame, len(frame)) for frame in self.frames]


def test_frames_are_numbered_and_timed_from_the_sessions_beginning() -> None:
    line = Line()
    for i in range(3):
        line.speak(1500.0 + i * 20)
    assert line.headers() == [
        FrameHeader(KIND_PCM16, 0, FLAG_DISCONTINUITY, 0, 500),
        FrameHeader(KIND_PCM16, 0, 0, 1, 520),
        FrameHeader(KIND_PCM16, 0, 0, 2, 540),
    ]


def test_the_sound_check_follows_the_microphone_while_muted() -> None:
    line = Line()
    line.pipeline.muted = True
    for number in range(60):
        samples = [0.2 if number % 12 < 7 else 0.0005] * 320
        line.pipeline.on_block(AudioBlock(array("f", samples), 1000.0 + number * 20))
    assert line.pipeline.check.advice == UNHEARD
    line.pipeline.interrupt()
    assert line.pipeline.check.advice == ""


def test_muted_sends_silence_and_says_so_but_the_meter_still_moves() -> None:
    line = Line()
    line.pipeline.muted = True
    line.speak(2000.0)
    assert max(from_pcm16(line.frames[0][HEADER_BYTES:])) == 0.0
    assert line.headers()[0].flags & FLAG_SILENCE
    assert line.pipeline.level.rms_db > -10


def test_paused_sends_nothing_and_the_next_frame_says_that_something_is_missing() -> None:
    line = Line()
    line.speak(2000.0)
    line.pipeline.paused = True
    line.speak(2020.0)
    line.pipeline.paused = False
    line.speak(2040.0)
    line.speak(2060.0)
    assert [header.seq for header in line.headers()] == [0, 1, 2]
    assert [header.flags for header in line.headers()] == [FLAG_DISCONTINUITY, FLAG_DISCONTINUITY, 0]


def test_packets_keep_the_flags_of_the_block_they_came_from() -> None:
    """Blocks that are inside the encoder when Mute is pressed were spoken before it."""
    line = Line()
    encoder = line.hold()
    line.speak(2000.0)
    line.pipeline.muted = True
    line.speak(2020.0)
    encoder.answer(0)
    encoder.answer(1)
    assert [header.flags & FLAG_SILENCE for header in line.headers()] == [0, FLAG_SILENCE]


def test_a_block_that_the_encoder_swallowed_leaves_a_hole_and_shifts_no_later_one() -> None:
    line = Line()
    encoder = line.hold()
    for i in range(3):
        line.speak(2000.0 + i * 20)
    encoder.answer(0)
    encoder.answer(2)
    assert [(header.seq, header.capture_ms) for header in line.headers()] == [(0, 1000), (2, 1040)]


def test_a_clock_that_is_set_back_mixes_up_no_blocks() -> None:
    line = Line()
    encoder = line.hold()
    for capture_ms in (3000.0, 2000.0, 2020.0):
        line.speak(capture_ms)
    for index in range(3):
        encoder.answer(index)
    assert [header.capture_ms for header in line.headers()] == [2000, 1000, 1020]


def test_a_packet_of_no_waiting_block_is_dropped() -> None:
    line = Line()
    encoder = line.hold()
    line.speak(2000.0)
    line.speak(2020.0)
    for index in (1, 0, 1):
        encoder.answer(index)
    assert [header.seq for header in line.headers()] == [1]


def test_a_block_has_its_number_when_it_enters_the_encoder() -> None:
    """The count of frames that left needs the next number, whatever the encoder still holds."""
    line = Line()
    encoder = line.hold()
    line.speak(2000.0)
    assert (line.frames, line.pipeline.next_seq) == ([], 1)
    line.pipeline.continue_from(10)
    encoder.answer(0)
    assert [header.seq for header in line.headers()] == [0]


def test_a_twin_says_the_same_of_each_block_in_its_own_kind() -> None:
    line = Line()
    encoder = line.hold()
    line.speak(2000.0)
    line.pipeline.use_twin(PcmEncoder(line.pipeline.on_twin_packet))
    line.pipeline.muted = True
    line.speak(2020.0)
    encoder.answer(0)
    encoder.answer(1)
    assert line.headers() == [
        FrameHeader(KIND_PCM16, 0, FLAG_SILENCE, 1, 1020),
        FrameHeader(KIND_OPUS, 0, FLAG_DISCONTINUITY, 0, 1000),
        FrameHeader(KIND_OPUS, 0, FLAG_SILENCE, 1, 1020),
    ]


def test_a_twin_of_the_same_kind_rests() -> None:
    line = Line()
    line.pipeline.use_twin(PcmEncoder(line.pipeline.on_twin_packet))
    line.speak(2000.0)
    assert len(line.frames) == 1


def test_a_twin_goes_when_it_is_not_wanted_any_more_and_at_the_end() -> None:
    line = Line()
    line.hold()
    first, second = (HoldingEncoder(line.pipeline.on_twin_packet) for _ in range(2))
    first.kind = second.kind = KIND_PCM16
    line.pipeline.use_twin(first)
    line.speak(2000.0)
    line.pipeline.use_twin(None)
    line.speak(2020.0)
    first.answer(0)
    assert (len(first.held), first.closed, line.frames) == (1, True, [])
    line.pipeline.use_twin(second)
    line.pipeline.close()
    assert second.closed


def test_numbers_go_on_from_where_an_earlier_page_stopped_and_never_back() -> None:
    line = Line()
    line.pipeline.continue_from(700)
    line.speak(2000.0)
    line.pipeline.continue_from(10)
    line.speak(2020.0)
    assert [header.seq for header in line.headers()] == [700, 701]


def test_volume_scales_what_is_sent() -> None:
    line = Line()
    line.pipeline.volume = 0.5
    line.speak(2000.0)
    assert abs(from_pcm16(line.frames[0][HEADER_BYTES:])[0] - 0.25) < 0.001


def test_nothing_is_sent_after_close_or_before_an_encoder() -> None:
    line = Line()
    line.pipeline.close()
    line.speak(2000.0)
    line.pipeline.on_packet(b"late", 0)
    assert line.frames == []


def test_a_capture_time_before_the_session_counts_as_its_beginning() -> None:
    line = Line()
    line.speak(100.0)
    assert line.headers()[0].capture_ms == 0


def test_blocks_of_a_page_that_stood_still_are_all_sent_though_packets_come_late() -> None:
    """Eight seconds of blocks are handed over before the first packet is seen, and new ones in between."""
    line = Line()
    encoder = line.hold()
    for number in range(400):
        line.speak(number * 20.0)
    for number in range(400):
        encoder.answer(number)
        line.speak((400 + number) * 20.0)
    assert [header.seq for header in line.headers()] == list(range(400))


def test_an_encoder_that_is_ever_further_behind_is_heard_all_the_same() -> None:
    """On a page that is slower than its microphone; what is given up are new blocks, not those inside."""
    line = Line()
    encoder = line.hold()
    for number in range(MAX_IN_ENCODER + 100):
        line.speak(number * 20.0)
    for number in range(STUCK_BLOCKS - 100):
        if number < len(encoder.held):
            encoder.answer(number)
        for spoken in range(3):
            line.speak(20_000.0 + number * 60.0 + spoken * 20.0)
    seqs = [header.seq for header in line.headers()]
    assert seqs[:MAX_IN_ENCODER] == list(range(MAX_IN_ENCODER))
    assert len(seqs) == STUCK_BLOCKS - 100


def test_sound_that_is_missing_between_two_blocks_is_said() -> None:
    """A standstill longer than what the worklet keeps, or an audio clock that stood."""
    line = Line()
    for capture_ms in (2000.0, 2020.0, 5000.0, 5020.0, 5100.0):
        line.speak(capture_ms)
    flags = [header.flags for header in line.headers()]
    assert flags == [FLAG_DISCONTINUITY, 0, FLAG_DISCONTINUITY, 0, 0]


def test_an_encoder_that_swallowed_blocks_begins_anew_and_is_heard_again() -> None:
    """After a page stood still its packets came, but counted by blocks that were given up long before."""
    line = Line()
    encoder = line.hold()
    encoder.swallowed = MAX_IN_ENCODER
    for number in range(STUCK_BLOCKS + 10):
        line.speak(number * 20.0)
        if len(encoder.held) > encoder.swallowed:
            encoder.answer(len(encoder.held) - 1 - encoder.swallowed)
    assert [header.seq for header in line.headers()] == list(range(STUCK_BLOCKS, STUCK_BLOCKS + 10))
