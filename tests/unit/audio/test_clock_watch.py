"""Hours of sound with two clocks that differ: the delay stays, nothing is missed, memory stays flat."""

import tracemalloc

import pytest

from pylib.audio.playback import Playback
from tests.support.arrivals import Journey

WARM_UP_S = 300
MAX_WANDER_MS = 5.0
MAX_GROWTH_BYTES = 20_000
MINUTE_LOOKS = 600


class Minutes:
    """The mean delay of each minute."""

    def __init__(self) -> None:
        self.means: list[float] = []
        self._sum = 0.0
        self._looks = 0

    def __call__(self, playback: Playback) -> None:
        self._sum += playback.delay_ms
        self._looks += 1
        if self._looks == MINUTE_LOOKS:
            self.means.append(self._sum / MINUTE_LOOKS)
            self._sum, self._looks = 0.0, 0


def check_hours(seconds: float, drift_ppm: float) -> Journey:
    journey, minutes = Journey(lambda _complete_ms: 30.0, drift_ppm), Minutes()
    journey.run(WARM_UP_S)
    journey.run(seconds, minutes)
    playback, means = journey.playback, minutes.means
    wander_ms = max(means) - min(means)
    print(f"{drift_ppm:+.0f} ppm: from {means[0]:.1f} to {means[-1]:.1f} ms, within {wander_ms:.1f}")
    assert wander_ms < MAX_WANDER_MS
    assert (playback.gaps, playback.skips, playback.jitter.dropped) == (0, 0, 0)
    assert journey.loudspeaker.in_order
    assert journey.loudspeaker.fastest == 1.0
    return journey


def check_memory(journey: Journey, seconds: float) -> None:
    tracemalloc.start()
    journey.run(60)
    before, _ = tracemalloc.get_traced_memory()
    journey.run(seconds)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"memory after {seconds:.0f} s: {after - before:+} bytes")
    assert after - before < MAX_GROWTH_BYTES


@pytest.mark.parametrize("drift_ppm", [200.0, -200.0])
def test_twenty_minutes_with_another_clock(drift_ppm: float) -> None:
    check_hours(20 * 60, drift_ppm)


def test_memory_stays_flat() -> None:
    check_memory(Journey(lambda _complete_ms: 30.0), 240)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("drift_ppm", [100.0, -100.0])
def test_eight_hours_with_another_clock(drift_ppm: float) -> None:
    check_memory(check_hours(8 * 3600, drift_ppm), 8 * 3600)
