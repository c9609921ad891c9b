"""Portable: playback against a loudspeaker that keeps what it hears."""

from pylib.audio.pause import HARD_LIMIT_MS
from pylib.audio.rate_control import MAX_RESAMPLING
from pylib.protocol.frames import FLAG_DISCONTINUITY
from tests.support.playback_harness import PlaybackHarness


def test_a_steady_stream_is_heard_without_a_gap() -> None:
    harness = PlaybackHarness()
    harness.stream(0, 100)
    dry_at_start = harness.loudspeaker.dry_ms
    harness.stream(100, 300)
    assert harness.loudspeaker.dry_ms == dry_at_start
    assert harness.playback.gaps == 0
    assert harness.playback.frames_played >= 297


def test_the_delay_shown_is_from_capture_to_ear() -> None:
    harness = PlaybackHarness()
    harness.stream(0, 100)
    assert 0 <= harness.playback.delay_ms <= 80


def test_the_wait_for_the_first_frame_is_no_gap() -> None:
    harness = PlaybackHarness()
    harness.listen(1000)
    harness.stream(50, 100)
    assert harness.playback.gaps == 0


def test_a_frame_goes_to_the_ring_when_it_comes_not_when_the_audio_clock_asks_next() -> None:
    harness = PlaybackHarness()
    harness.stream(0, 1000)
    queued_ms = harness.loudspeaker.queued_ms()
    harness.receive(1000)
    assert harness.loudspeaker.queued_ms() == queued_ms + 20


def test_a_device_that_takes_much_at_once_gets_a_deeper_ring() -> None:
    harness = PlaybackHarness()
    harness.loudspeaker.burst_ms = lambda: 40.0  # type: ignore[method-assign]
    harness.stream(0, 50)
    assert 40 <= harness.playback.ring.ring_ms < 50


def test_a_short_hole_keeps_time_with_silence() -> None:
    harness = PlaybackHarness()
    for seq in (0, 1, 2, 5, 6, 7):
        harness.now_ms = seq * 20.0
        harness.receive(seq)
    harness.listen(200)
    heard = list(harness.loudspeaker.heard)
    first = heard.index(max(heard))
    assert sum([1 for sample in heard[first : first + 3 * 320] if sample > 0.4]) == 3 * 320
    assert max(heard[first + 3 * 320 : first + 5 * 320]) == 0.0
    assert min(heard[first + 5 * 320 : first + 8 * 320]) > 0.4
    assert harness.playback.jitter.lost == 2


def test_a_long_hole_jumps() -> None:
    harness = PlaybackHarness()
    for seq in (0, 1, 2, 500, 501, 502):
        harness.receive(seq)
    harness.listen(200)
    assert harness.playback.frames_played == 6
    assert sum([1 for sample in harness.loudspeaker.heard if sample > 0.4]) == 6 * 320


def test_running_dry_counts_once_and_heals() -> None:
    harness = PlaybackHarness()
    harness.stream(0, 20)
    harness.listen(500)
    assert harness.playback.ring.underruns == 1
    assert not harness.playback.playing
    harness.now_ms = 20 * 20.0
    harness.stream(20, 40)
    assert harness.playback.playing


def deaf(harness: PlaybackHarness) -> None:
    """From now on the decoder holds back what it is given: the ring stays empty, and yet sound is queued."""
    harness.loudspeaker.play = lambda kind, payload, timestamp_us: None  # type: ignore[method-assign]
    harness.loudspeaker.queued_ms = lambda: 20.0  # type: ignore[method-assign]


def test_frames_that_never_become_sound_are_not_playing() -> None:
    harness = PlaybackHarness()
    deaf(harness)
    for seq in range(100):
        harness.stream(seq, seq + 1)
        assert not harness.playback.playing, seq


def test_sound_that_stays_away_with_frames_in_the_decoder_is_soon_not_playing() -> None:
    harness = PlaybackHarness()
    harness.stream(0, 50)
    states = [harness.playback.playing]
    deaf(harness)
    harness.stream(50, 100)
    assert states + [harness.playback.playing, harness.playback.fed] == [True, False, True]


def test_frames_that_come_while_the_audio_clock_stands_still_are_not_playing() -> None:
    harness = PlaybackHarness()
    harness.stream(0, 50)
    harness.listen(20)
    harness.playback.stalled()
    for seq in range(50, 60):
        harness.receive(seq)
        assert not harness.playback.playing, seq
    harness.listen(20)
    assert harness.playback.playing


def test_silence_on_purpose_is_no_gap() -> None:
    harness = PlaybackHarness()
    harness.stream(0, 20)
    harness.playback.at_rest = True
    harness.listen(500)
    assert harness.playback.gaps == 0
    assert not harness.playback.playing


def test_a_main_thread_that_comes_late_gets_more_room() -> None:
    harness = PlaybackHarness()
    harness.stream(0, 20)
    calm = harness.playback.ring.ring_ms
    harness.loudspeaker._on_tick = lambda: None
    harness.loudspeaker.run(100)
    for seq in range(20, 26):
        harness.receive(seq)
    harness.loudspeaker._on_tick = harness.playback.on_tick
    harness.listen(10)
    assert harness.playback.ring.underruns == 1
    assert harness.playback.ring.ring_ms > calm


def test_sound_that_comes_late_is_missing_until_it_is_there_and_silence_on_purpose_is_not() -> None:
    harness = PlaybackHarness()
    harness.listen(50)
    harness.stream(0, 20)
    assert harness.playback.ring.missing_ms == 0
    harness.listen(500)
    before_ms = harness.playback.ring.missing_ms
    assert 400 < before_ms < 500
    harness.playback.at_rest = True
    harness.listen(300)
    harness.playback.at_rest = False
    harness.listen(100)
    harness.now_ms = 20 * 20.0
    harness.stream(20, 40)
    assert harness.playback.ring.missing_ms == before_ms


def stall(harness: PlaybackHarness, first: int, frames: int) -> int:
    """The main thread does nothing while this many frames arrive; then it handles all of them at once."""
    harness.loudspeaker._on_tick = lambda: None
    harness.listen(frames * 20 - 10)
    for seq in range(first, first + frames):
        harness.receive(seq)
    harness.loudspeaker._on_tick = harness.playback.on_tick
    harness.listen(10)
    return first + frames


def test_a_main_thread_that_stalls_again_and_again_is_soon_heard_no_more() -> None:
    harness = PlaybackHarness()
    harness.stream(0, 50)
    following = 50
    for _ in range(10):
        following = stall(harness, following, 10)
    dry_ms, gaps = harness.loudspeaker.dry_ms, harness.playback.gaps
    assert dry_ms < 210
    for _ in range(50):
        following = stall(harness, following, 10)
    assert (harness.loudspeaker.dry_ms, harness.playback.gaps) == (dry_ms, gaps)
    assert harness.playback.depth_ms < 450


def test_more_than_two_seconds_behind_jumps_to_live() -> None:
    harness = PlaybackHarness()
    for seq in range(int(HARD_LIMIT_MS / 20) + 20):
        harness.receive(seq)
    harness.listen(10)
    assert harness.playback.skips == 1
    assert harness.playback.depth_ms < 200


def test_after_a_stall_the_delay_comes_back_by_playing_faster_at_the_recorded_pitch() -> None:
    harness = PlaybackHarness()
    harness.stream(0, 50)
    harness.listen(1500)
    for seq in range(50, 125):
        harness.receive(seq)
    harness.listen(300)
    behind = harness.playback.depth_ms
    harness.now_ms = 125 * 20.0
    harness.stream(125, 225)
    assert 1.05 < harness.loudspeaker.tempo <= 1.15
    harness.stream(225, 3125)
    assert harness.playback.skips == 0
    assert harness.playback.depth_ms < behind / 5
    assert harness.loudspeaker.tempo == 1.0
    assert abs(harness.loudspeaker.speed - 1) <= MAX_RESAMPLING


def test_a_ring_that_is_nearly_dry_fills_by_playing_slightly_slower() -> None:
    harness = PlaybackHarness()
    harness.stream(0, 50)
    harness.loudspeaker._ring = harness.loudspeaker._ring[: 5 * 16]
    harness.stream(50, 100)
    assert harness.loudspeaker.tempo < 1.0 or harness.loudspeaker.speed < 1.0
    before = harness.playback.depth_ms
    harness.stream(100, 700)
    assert harness.playback.depth_ms > before


def test_a_clock_that_stood_still_is_one_skip_and_what_was_queued_is_not_heard() -> None:
    harness = PlaybackHarness()
    harness.stream(0, 50)
    for seq in range(50, 50 + 150):
        harness.now_ms += 20
        harness.receive(seq, 0.25)
    heard = len(harness.loudspeaker.heard)
    harness.listen(40)
    assert harness.playback.skips == 1
    assert max(harness.loudspeaker.heard[heard + 11 * 16 :]) < 0.3, "the ring still held 0.5"
    harness.stream(200, 300)
    assert harness.playback.skips == 1
    assert harness.playback.delay_ms < 150


def test_a_discontinuity_relearns_the_clock_instead_of_seeing_jitter() -> None:
    harness = PlaybackHarness()
    harness.stream(0, 10)
    harness.now_ms += 60_000
    harness.receive(10, flags=FLAG_DISCONTINUITY)
    assert harness.playback.jitter.target_ms < 50
    assert harness.playback.gaps == 0
