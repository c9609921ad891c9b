import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from prometheus_client import CollectorRegistry, Histogram

from backend.figures.histogram import BUCKETS, EDGES_S, curve, quantile

SHARES = (0.5, 0.95, 0.99)
DRAWS: dict[str, Callable[[random.Random], float]] = {
    "log-normal": lambda draw: min(max(draw.lognormvariate(0, 1.5), 0.001), 100),
    "even": lambda draw: draw.uniform(0.001, 10),
    "two kinds": lambda draw: draw.gauss(0.2, 0.01) if draw.random() < 0.94 else draw.gauss(30, 2),
    "always the same": lambda _: 1.7,
}


def counted(times: list[float]) -> list[int]:
    """By the library that writes /metrics."""
    histogram = Histogram("seconds", "", buckets=EDGES_S, registry=CollectorRegistry())
    for time in times:
        histogram.observe(time)
    [family] = histogram.collect()
    below = [round(sample.value) for sample in family.samples if sample.name == "seconds_bucket"]
    return [after - before for before, after in pairwise([0, *below])]


@pytest.mark.parametrize("size", [1, 2, 7, 2000])
@pytest.mark.parametrize("kind", DRAWS)
def test_percentiles_are_right_within_ten_percent(kind: str, size: int) -> None:
    draw = random.Random(f"{kind} {size}")
    times = sorted(DRAWS[kind](draw) for _ in range(size))
    by_bucket = counted(times)
    assert (len(by_bucket), sum(by_bucket)) == (BUCKETS, size)
    for share in SHARES:
        exact = next(time for rank, time in enumerate(times, 1) if rank >= share * size)
        assert quantile(by_bucket, share) == pytest.approx(exact, rel=0.1)


def test_edges_grow_by_a_fifth_up_to_a_hundred_seconds() -> None:
    assert (EDGES_S[0], EDGES_S[-1]) == (0.001, 100.0)
    assert all(1 < after / before < 1.203 for before, after in pairwise(EDGES_S))


def test_of_nothing_there_is_no_percentile_and_no_curve() -> None:
    assert quantile([0] * BUCKETS, 0.5) is None
    assert curve([0] * BUCKETS) == []


def test_what_is_longer_than_the_last_edge_is_longer_than_all_others() -> None:
    by_bucket = counted([0.0, 500.0, 500.0])
    slowest = quantile(by_bucket, 0.99)
    assert slowest is not None
    assert slowest > EDGES_S[-1]
    # The curve ends at the last edge: two of three are beyond it.
    [(edge, share)] = curve(by_bucket)
    assert (edge, round(share, 3)) == (0.001, 0.333)


def test_a_curve_rises_to_one_in_at_most_forty_points() -> None:
    points = curve(counted([edge * 0.99 for edge in EDGES_S]))
    assert 20 < len(points) <= 40
    assert all(a < c and b < d for (a, b), (c, d) in pairwise(points))
    assert points[-1] == (100.0, 1.0)
