"""Portable: playback against a loudspeaker that keeps what it hears."""

from array import array

from pylib.audio.pcm import to_pcm16
from pylib.audio.playback import HARD_LIMIT_MS, MAX_SPEED, MIN_SPEED, Playback, speed_for
from pylib.protocol.frames import FLAG_DISCONTINUITY, KIND_PCM16, FrameHeader
from tests.support.fake_audio import FakeLoudspeaker


class Room:
    """A listener whose network and audio clock the test moves."""

    def __init__(self) -> None:
        self.now_ms = 0.0
        self.speaker = FakeLoudspeaker()
        self.playback = Playback(self.speaker, lambda: self.now_ms)
        self.speaker._on_tick = self.playback.on_tick

    def receive(self, seq: int, value: float = 0.5, flags: int = 0) -> None:
        header = FrameHeader(KIND_PCM16, 0, flags, seq, seq * 20)
        self.playback.on_frame(header, to_pcm16(array("f", [value] * 320)))

    def listen(self, duration_ms: float) -> None:
        for _ in range(int(duration_ms / 10)):
            self.now_ms += 10
            self.speaker.run(10)

    def stream(self, first: int, last: int) -> None:
        for seq in range(first, last):
            self.receive(seq)
            self.listen(20)


def test_a_steady_stream_is_heard_without_a_gap() -> None:
    room = Room()
    room.stream(0, 100)
    dry_at_start = room.speaker.dry_ms
    room.stream(100, 300)
    assert room.speaker.dry_ms == dry_at_start
    assert room.playback.gaps == 0
    assert room.playback.frames_played >= 297


def test_the_delay_shown_is_from_capture_to_ear() -> None:
    room = Room()
    room.stream(0, 100)
    assert 0 <= room.playback.delay_ms <= 80


def test_a_short_hole_keeps_time_with_silence() -> None:
    room = Room()
    for seq in (0, 1, 2, 5, 6, 7):
        room.receive(seq)
    room.listen(200)
    heard = list(room.speaker.heard)
    first = heard.index(max(heard))
    assert sum([1 for sample in heard[first : first + 3 * 320] if sample > 0.4]) == 3 * 320
    assert max(heard[first + 3 * 320 : first + 5 * 320]) == 0.0
    assert min(heard[first + 5 * 320 : first + 8 * 320]) > 0.4
    assert room.playback.jitter.lost == 2


def test_a_long_hole_jumps() -> None:
    room = Room()
    for seq in (0, 1, 2, 500, 501, 502):
        room.receive(seq)
    room.listen(200)
    assert room.playback.frames_played == 6
    assert sum([1 for sample in room.speaker.heard if sample > 0.4]) == 6 * 320


def test_running_dry_counts_once_and_heals() -> None:
    room = Room()
    room.stream(0, 20)
    room.listen(500)
    assert room.playback.underruns == 1
    assert not room.playback.playing
    room.now_ms = 20 * 20.0
    room.stream(20, 40)
    assert room.playback.playing


def test_silence_on_purpose_is_no_gap() -> None:
    room = Room()
    room.stream(0, 20)
    room.playback.at_rest = True
    room.listen(500)
    assert room.playback.gaps == 0
    assert not room.playback.playing


def test_a_main_thread_that_comes_late_gets_more_room() -> None:
    room = Room()
    room.stream(0, 20)
    calm = room.playback.ring_ms
    for seq in range(20, 26):
        room.receive(seq)
    room.speaker._on_tick = lambda: None
    room.speaker.run(100)
    room.speaker._on_tick = room.playback.on_tick
    room.listen(10)
    assert room.playback.underruns == 1
    assert room.playback.ring_ms > calm


def test_more_than_two_seconds_behind_jumps_to_live() -> None:
    room = Room()
    for seq in range(int(HARD_LIMIT_MS / 20) + 20):
        room.receive(seq)
    room.listen(10)
    assert room.playback.skips == 1
    assert room.playback.depth_ms < 200


def test_after_a_stall_the_delay_comes_back_by_playing_slightly_faster() -> None:
    room = Room()
    room.stream(0, 50)
    room.listen(1500)
    for seq in range(50, 125):
        room.receive(seq)
    room.listen(300)
    behind = room.playback.depth_ms
    assert 1.0 < room.speaker.speed <= MAX_SPEED
    room.now_ms = 125 * 20.0
    room.stream(125, 3125)
    assert room.playback.depth_ms < behind / 5
    assert room.speaker.speed == 1.0


def test_a_ring_that_is_nearly_dry_fills_by_playing_slightly_slower() -> None:
    room = Room()
    room.stream(0, 50)
    room.speaker._ring = room.speaker._ring[: 5 * 16]
    room.stream(50, 60)
    assert MIN_SPEED <= room.speaker.speed < 1.0
    before = room.playback.depth_ms
    room.stream(60, 400)
    assert room.playback.depth_ms > before


def test_the_speed_is_one_within_the_slack_and_bounded_beyond() -> None:
    assert speed_for(60.0, 50.0) == 1.0
    assert speed_for(45.0, 50.0) == 1.0
    assert MIN_SPEED < speed_for(30.0, 50.0) < 1.0
    assert speed_for(0.0, 50.0) == MIN_SPEED
    assert 1.0 < speed_for(150.0, 50.0) < MAX_SPEED
    assert speed_for(5000.0, 50.0) == MAX_SPEED


def test_pause_is_silent_at_once_and_resume_is_live() -> None:
    room = Room()
    room.stream(0, 20)
    room.playback.pause()
    assert room.speaker.queued_ms() == 0
    room.stream(20, 60)
    assert room.playback.frames_played <= 20
    room.playback.resume()
    room.stream(60, 80)
    assert room.playback.playing
    assert room.playback.gaps <= 1


def test_a_discontinuity_relearns_the_clock_instead_of_seeing_jitter() -> None:
    room = Room()
    room.stream(0, 10)
    room.now_ms += 60_000
    room.receive(10, flags=FLAG_DISCONTINUITY)
    assert room.playback.jitter.target_ms < 50
