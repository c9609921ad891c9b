"""Portable: pausing, going on where it stopped, and going back to live."""

from array import array

from pylib.audio.jitter_buffer import MAX_BUFFERED_FRAMES
from pylib.audio.pause import HARD_LIMIT_MS
from pylib.protocol.frames import KIND_OPUS, FrameHeader
from tests.support.arrivals import Journey
from tests.support.playback_harness import PlaybackHarness


def paused_for(seconds: float, delay_ms: float = 30.0) -> Journey:
    journey = Journey(lambda _complete_ms: delay_ms)
    journey.run(10)
    journey.playback.pause()
    journey.run(seconds)
    return journey


def test_pause_is_silent_at_once_and_resume_goes_on_where_it_stopped() -> None:
    harness = PlaybackHarness()
    harness.stream(0, 20)
    heard = len(harness.loudspeaker.played)
    harness.playback.pause()
    for seq in range(20, 60):
        harness.receive(seq, seq / 100)
        harness.listen(20)
    assert len(harness.loudspeaker.played) == heard
    states = [harness.playback.playing]
    harness.playback.resume()
    assert states + [harness.playback.playing] == [False, True]
    harness.stream(60, 400)
    levels = [round(sample, 2) for sample in harness.loudspeaker.played]
    assert sorted(set(levels)) == sorted(set([seq / 100 for seq in range(20, 60)] + [0.5]))
    first = levels.index(0.2)
    assert levels[first : first + 40 * 320] == [seq / 100 for seq in range(20, 60) for _ in range(320)]


def test_the_delay_shown_after_a_pause_is_true_and_returns_gently() -> None:
    journey = paused_for(6)
    journey.playback.resume()
    assert 6000 < journey.playback.delay_ms < 6200
    assert journey.playback.behind
    journey.run(25)
    assert 2000 < journey.playback.delay_ms < 3500
    journey.run(25)
    assert journey.playback.delay_ms < 150
    playback = journey.playback
    assert (playback.skips, playback.gaps, playback.jitter.dropped) == (0, 0, 0)
    assert journey.loudspeaker.in_order
    assert journey.loudspeaker.fastest <= 1.15


def test_a_long_pause_keeps_the_newest_thirty_seconds() -> None:
    journey = paused_for(100)
    playback = journey.playback
    assert playback.jitter.buffered_ms == MAX_BUFFERED_FRAMES * 20 == 30_000
    assert playback.skips == 0
    playback.resume()
    journey.run(1)
    assert 29_500 < playback.delay_ms < 30_500
    journey.run(250)
    assert playback.delay_ms < 150
    assert (playback.skips, playback.gaps) == (0, 0)
    assert journey.loudspeaker.in_order


def test_back_to_live_jumps_over_all_that_was_kept() -> None:
    for resumed in (True, False):
        journey = paused_for(20)
        if resumed:
            journey.playback.resume()
            journey.run(2)
        journey.playback.go_live()
        assert not journey.playback.behind
        journey.run(3)
        assert not journey.playback.paused
        assert journey.playback.playing
        assert journey.playback.delay_ms < 150
        assert (journey.playback.skips, journey.playback.gaps) == (0, 0)
        assert journey.loudspeaker.in_order


def test_the_limit_of_depth_is_raised_by_a_pause_only_and_sinks_with_the_depth() -> None:
    journey = paused_for(10)
    journey.playback.resume()
    journey.run(85)
    assert journey.playback.delay_ms < 150
    seq, capture_ms = journey._seq, int(journey.now_ms)
    for number in range(int(HARD_LIMIT_MS / 20) + 5):
        journey.playback.on_frame(FrameHeader(KIND_OPUS, 0, 0, seq + number, capture_ms), b"")
    journey.playback.on_tick()
    assert journey.playback.skips == 1


def test_sound_that_piles_up_where_the_clock_stands_still_is_not_called_a_pause() -> None:
    harness = PlaybackHarness()
    harness.stream(0, 20)
    for seq in range(20, 250):
        harness.receive(seq)
    assert not harness.playback.behind
    harness.listen(10)
    assert harness.playback.skips == 1


def test_what_was_kept_before_the_sender_began_anew_is_heard_first() -> None:
    harness = PlaybackHarness()
    harness.stream(0, 20)
    harness.playback.pause()
    for seq in range(20, 40):
        harness.receive(seq, 0.25)
    harness.playback.restart()
    for seq in range(20):
        harness.receive(seq, 0.75)
    harness.playback.resume()
    harness.listen(1200)
    samples = array("f", [sample for sample in harness.loudspeaker.played if sample > 0])
    levels = [round(sample, 2) for sample in samples]
    assert levels == sorted(levels, key=[0.5, 0.25, 0.75].index)
    assert levels.count(0.25) == levels.count(0.75) == 20 * 320


def test_pausing_while_the_speaker_rests_loses_nothing() -> None:
    harness = PlaybackHarness()
    harness.stream(0, 20)
    harness.playback.pause()
    for seq in range(20, 30):
        harness.receive(seq, 0.25)
    harness.playback.at_rest = True
    harness.listen(5000)
    harness.playback.resume()
    harness.listen(1000)
    assert [round(sample, 2) for sample in harness.loudspeaker.played].count(0.25) == 10 * 320
    assert harness.playback.gaps == 0
    assert not harness.playback.playing
