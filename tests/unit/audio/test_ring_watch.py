"""Portable: how deep the loudspeaker's ring should be, and what counts as missing sound."""

from pylib.audio.ring_watch import DECODER_MS, MAX_RING_MS, RING_STEP_MS, RingWatch
from tests.support.fake_audio import FakeLoudspeaker

BURST_MS = 10.0


class Loudspeaker(FakeLoudspeaker):
    """Its ring starves as long as the test says."""

    starved = 0.0

    def starved_ms(self) -> float:
        return self.starved

    def burst_ms(self) -> float:
        return BURST_MS


def watched() -> "tuple[Loudspeaker, RingWatch]":
    """A ring that sound has reached."""
    loudspeaker = Loudspeaker()
    watch = RingWatch(loudspeaker)
    watch.observe(playing=True, empty=False, at_rest=False)
    return loudspeaker, watch


def starve(loudspeaker: Loudspeaker, watch: RingWatch, duration_ms: float, at_rest: bool = False) -> None:
    loudspeaker.starved += duration_ms
    watch.observe(playing=True, empty=False, at_rest=at_rest)


def test_a_ring_holds_what_the_device_takes_at_once_and_time_to_decode() -> None:
    _, watch = watched()
    assert watch.ring_ms == DECODER_MS + BURST_MS


def test_each_time_it_runs_dry_counts_once_and_makes_it_deeper_up_to_a_limit() -> None:
    loudspeaker, watch = watched()
    for count in range(1, 21):
        starve(loudspeaker, watch, 10)
        starve(loudspeaker, watch, 10)
        assert watch.underruns == count
        watch.observe(playing=True, empty=False, at_rest=False)
    assert watch.missing_ms == 400
    assert MAX_RING_MS - 1 < watch.ring_ms <= MAX_RING_MS


def test_the_depth_fades_by_a_millisecond_a_second() -> None:
    loudspeaker, watch = watched()
    starve(loudspeaker, watch, 10)
    for _ in range(500):
        watch.observe(playing=True, empty=False, at_rest=False)
    assert abs(watch.ring_ms - (DECODER_MS + BURST_MS + RING_STEP_MS - 5)) < 0.1


def test_silence_on_purpose_and_before_the_first_sound_is_not_missing() -> None:
    loudspeaker, watch = watched()
    starve(loudspeaker, watch, 300, at_rest=True)
    assert (watch.underruns, watch.missing_ms) == (0, 0)
    loudspeaker = Loudspeaker()
    watch = RingWatch(loudspeaker)
    starve(loudspeaker, watch, 300)
    assert (watch.underruns, watch.missing_ms) == (0, 0)
