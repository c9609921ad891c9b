"""The counters as one flat table, to take differences of, to store, and to add up again.

A key is the metric's name and its label values, for a histogram with the number of the bucket as the last:
`actions|speaker|start|http|ok`, `start_seconds|http|live|17`.
"""

from collections.abc import Collection, Iterable, Mapping

from prometheus_client import Counter, Histogram

from backend.figures.histogram import BUCKETS
from backend.metrics import Metrics

Counts = dict[str, int]


DAYS = ("user_days", "user_day_seconds")
"""What is judged."""


def snapshot(metrics: Metrics, only: Collection[str] = ()) -> Counts:
    """What was counted since the server began, or `only` the metrics named.

    All of it takes tens of milliseconds on a busy server: call it in a thread.
    """
    counts: Counts = {}
    for name, metric in _stored(metrics).items():
        if only and name not in only:
            continue
        counts.update(
            _buckets_of(name, metric) if isinstance(metric, Histogram) else _series_of(name, metric)
        )
    return counts


def difference(now: Mapping[str, int], before: Mapping[str, int]) -> Counts:
    """What was counted in between, without what was not."""
    return {key: count - before.get(key, 0) for key, count in now.items() if count != before.get(key, 0)}


def add(into: Counts, more: Mapping[str, int]) -> None:
    """Add counts to others, in place."""
    for key, count in more.items():
        into[key] = into.get(key, 0) + count


def value(counts: Mapping[str, int], *parts: str) -> int:
    """The count of one series."""
    return counts.get("|".join(parts), 0)


def buckets(counts: Mapping[str, int], *parts: str) -> list[int]:
    """A histogram's counts by bucket."""
    return [counts.get("|".join((*parts, str(bucket))), 0) for bucket in range(BUCKETS)]


def below(counts: Mapping[str, int], *parts: str) -> Counts:
    """The counts whose key begins so, by the rest of the key."""
    start = "|".join((*parts, ""))
    return {key.removeprefix(start): count for key, count in counts.items() if key.startswith(start)}


def _stored(metrics: Metrics) -> dict[str, Counter | Histogram]:
    pages = metrics.pages
    return {
        "actions": pages.actions,
        "action_errors": pages.action_errors,
        "start_seconds": pages.start_seconds,
        "user_days": pages.user_days,
        "user_day_seconds": pages.user_day_seconds,
        "retries": pages.retries,
        "refreshes": pages.refreshes,
        "connects": pages.connects,
        "connect_seconds": pages.connect_seconds,
        "created": metrics.creations,
        "creation_seconds": metrics.creation_seconds,
        "ear_seconds": metrics.ear_delay_seconds,
        "disconnections": metrics.disconnections,
    }


def _series_of(name: str, counter: Counter) -> Iterable[tuple[str, int]]:
    for family in counter.collect():
        for sample in family.samples:
            yield "|".join((name, *sample.labels.values())), round(sample.value)


def _buckets_of(name: str, histogram: Histogram) -> Iterable[tuple[str, int]]:
    """Prometheus counts a bucket with all that are shorter."""
    for family in histogram.collect():
        bucket = so_far = 0
        for sample in family.samples:
            if sample.name.endswith("_bucket"):
                *labels, _edge = sample.labels.values()
                count = round(sample.value)
                if count > so_far:
                    yield "|".join((name, *labels, str(bucket))), count - so_far
                bucket, so_far = (bucket + 1, count) if bucket + 1 < BUCKETS else (0, 0)
