"""One set of buckets for all latencies, and percentiles read from them."""

from collections.abc import Sequence
from itertools import accumulate
from math import sqrt

FIRST_S, LAST_S = 0.001, 100.0
FACTOR = 1.2
"""From edge to edge. The geometric middle of a bucket is then at most 10 % from anything in it."""


def _edges() -> tuple[float, ...]:
    edges = [FIRST_S]
    while edges[-1] < LAST_S:
        edges.append(float(f"{min(edges[-1] * FACTOR, LAST_S):.4g}"))
    return tuple(edges)


EDGES_S = _edges()
"""Upper edges of the buckets, in seconds; one more bucket holds what is longer than the last."""

BUCKETS = len(EDGES_S) + 1


def quantile(counts: Sequence[int], share: float) -> float | None:
    """The time in seconds that a `share` (0 to 1) of all did not exceed; None when nothing was counted.

    `counts` are those of the buckets, the one without an end last. Right within 10 % between `FIRST_S` and
    `LAST_S`.
    """
    total = sum(counts)
    if not total:
        return None
    rank = max(1, -int(-share * total // 1))
    return _middle_s(next(bucket for bucket, below in enumerate(accumulate(counts)) if below >= rank))


def curve(counts: Sequence[int], most_points: int = 40) -> list[tuple[float, float]]:
    """How many (0 to 1) took at most so many seconds: at most `most_points` edges where that changes."""
    total = sum(counts)
    points = [
        (edge, below / total)
        for edge, count, below in zip(EDGES_S, counts, accumulate(counts), strict=False)
        if count
    ]
    step = -(-len(points) // most_points) or 1
    # From the end: the last point is where all have come, and must not be left out.
    return points[::-1][::step][::-1]


def _middle_s(bucket: int) -> float:
    """The geometric middle of a bucket, in seconds; the first and the last count as wide as the others."""
    upper = EDGES_S[bucket] if bucket < len(EDGES_S) else LAST_S * FACTOR
    lower = EDGES_S[bucket - 1] if bucket else FIRST_S / FACTOR
    return sqrt(lower * upper)
