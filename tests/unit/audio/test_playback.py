"""Portable: playback against a loudspeaker that keeps what it hears."""

from pylib.audio.pause import HARD_LIMIT_MS
from pylib.audio.rate_control import MAX_RESAMPLING
from pylib.protocol.frames import FLAG_DISCONTINUITY
from tests.support.room import Room


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


def test_the_wait_for_the_first_frame_is_no_gap() -> None:
    room = Room()
    room.listen(1000)
    room.stream(50, 100)
    assert room.playback.gaps == 0


def test_a_frame_goes_to_the_ring_when_it_comes_not_when_the_audio_clock_asks_next() -> None:
    room = Room()
    room.stream(0, 1000)
    queued_ms = room.speaker.queued_ms()
    room.receive(1000)
    assert room.speaker.queued_ms() == queued_ms + 20


def test_a_device_that_takes_much_at_once_gets_a_deeper_ring() -> None:
    room = Room()
    room.speaker.burst_ms = lambda: 40.0  # type: ignore[method-assign]
    room.stream(0, 50)
    assert 40 <= room.playback.ring.ring_ms < 50


def test_a_short_hole_keeps_time_with_silence() -> None:
    room = Room()
    for seq in (0, 1, 2, 5, 6, 7):
        room.now_ms = seq * 20.0
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
    assert room.playback.ring.underruns == 1
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
    calm = room.playback.ring.ring_ms
    room.speaker._on_tick = lambda: None
    room.speaker.run(100)
    for seq in range(20, 26):
        room.receive(seq)
    room.speaker._on_tick = room.playback.on_tick
    room.listen(10)
    assert room.playback.ring.underruns == 1
    assert room.playback.ring.ring_ms > calm


def test_sound_that_comes_late_is_missing_until_it_is_there_and_silence_on_purpose_is_not() -> None:
    room = Room()
    room.listen(50)
    room.stream(0, 20)
    assert room.playback.ring.missing_ms == 0
    room.listen(500)
    before_ms = room.playback.ring.missing_ms
    assert 400 < before_ms < 500
    room.playback.at_rest = True
    room.listen(300)
    room.playback.at_rest = False
    room.listen(100)
    room.now_ms = 20 * 20.0
    room.stream(20, 40)
    assert room.playback.ring.missing_ms == before_ms


def stall(room: Room, first: int, frames: int) -> int:
    """The main thread does nothing while this many frames arrive; then it handles all of them at once."""
    room.speaker._on_tick = lambda: None
    room.listen(frames * 20 - 10)
    for seq in range(first, first + frames):
        room.receive(seq)
    room.speaker._on_tick = room.playback.on_tick
    room.listen(10)
    return first + frames


def test_a_main_thread_that_stalls_again_and_again_is_soon_heard_no_more() -> None:
    room = Room()
    room.stream(0, 50)
    following = 50
    for _ in range(10):
        following = stall(room, following, 10)
    dry_ms, gaps = room.speaker.dry_ms, room.playback.gaps
    assert dry_ms < 210
    for _ in range(50):
        following = stall(room, following, 10)
    assert (room.speaker.dry_ms, room.playback.gaps) == (dry_ms, gaps)
    assert room.playback.depth_ms < 450


def test_more_than_two_seconds_behind_jumps_to_live() -> None:
    room = Room()
    for seq in range(int(HARD_LIMIT_MS / 20) + 20):
        room.receive(seq)
    room.listen(10)
    assert room.playback.skips == 1
    assert room.playback.depth_ms < 200


def test_after_a_stall_the_delay_comes_back_by_playing_faster_at_the_recorded_pitch() -> None:
    room = Room()
    room.stream(0, 50)
    room.listen(1500)
    for seq in range(50, 125):
        room.receive(seq)
    room.listen(300)
    behind = room.playback.depth_ms
    room.now_ms = 125 * 20.0
    room.stream(125, 225)
    assert 1.05 < room.speaker.tempo <= 1.15
    room.stream(225, 3125)
    assert room.playback.skips == 0
    assert room.playback.depth_ms < behind / 5
    assert room.speaker.tempo == 1.0
    assert abs(room.speaker.speed - 1) <= MAX_RESAMPLING


def test_a_ring_that_is_nearly_dry_fills_by_playing_slightly_slower() -> None:
    room = Room()
    room.stream(0, 50)
    room.speaker._ring = room.speaker._ring[: 5 * 16]
    room.stream(50, 100)
    assert room.speaker.tempo < 1.0 or room.speaker.speed < 1.0
    before = room.playback.depth_ms
    room.stream(100, 700)
    assert room.playback.depth_ms > before


def test_a_clock_that_stood_still_is_one_skip_and_what_was_queued_is_not_heard() -> None:
    room = Room()
    room.stream(0, 50)
    for seq in range(50, 50 + 150):
        room.now_ms += 20
        room.receive(seq, 0.25)
    heard = len(room.speaker.heard)
    room.listen(40)
    assert room.playback.skips == 1
    assert max(room.speaker.heard[heard + 11 * 16 :]) < 0.3, "the ring still held 0.5"
    room.stream(200, 300)
    assert room.playback.skips == 1
    assert room.playback.delay_ms < 150


def test_a_discontinuity_relearns_the_clock_instead_of_seeing_jitter() -> None:
    room = Room()
    room.stream(0, 10)
    room.now_ms += 60_000
    room.receive(10, flags=FLAG_DISCONTINUITY)
    assert room.playback.jitter.target_ms < 50
    assert room.playback.gaps == 0
