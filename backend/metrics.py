"""What the server counts, and the exposition that Prometheus reads at /metrics."""

import asyncio
from collections.abc import Callable, Iterable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.registry import Collector

__all__ = ["CONTENT_TYPE", "Metrics"]

METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"})
"""What may be a label. A client may write any word there, and each label is kept for ever."""

LATENCY_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

Labels = tuple[str, ...]

# Process-wide, as the library has it: no `_created` series beside each counter and histogram.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the one function they left bare


class Metrics:
    """Everything one server counts, in a registry of its own: tests run several servers in one process.

    A metric without labels stands at 0 from the start; with labels, a series appears with its first count.
    """

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.requests = Counter(
            "lectern_http_requests_total", "HTTP answers.", ("route", "method", "status"), registry=registry
        )
        self.request_seconds = Histogram(
            "lectern_http_request_seconds",
            "Time until an HTTP answer was ready.",
            ("route", "method"),
            buckets=LATENCY_BUCKETS_S,
            registry=registry,
        )
        self.errors = Counter(
            "lectern_errors_total", "Refusals by code.", ("transport", "code"), registry=registry
        )
        self.creations = Counter(
            "lectern_sessions_created_total", "Sessions created.", ("mode",), registry=registry
        )
        self.creation_seconds = Histogram(
            "lectern_session_creation_seconds",
            "Time to create a session.",
            ("mode",),
            buckets=LATENCY_BUCKETS_S,
            registry=registry,
        )
        self.connections = Counter(
            "lectern_ws_connections_total", "WebSockets by how they began.", ("outcome",), registry=registry
        )
        self.disconnections = Counter(
            "lectern_ws_disconnections_total", "WebSockets by how they ended.", ("code",), registry=registry
        )
        self.attacks = Counter(
            "lectern_attacks_total", "What was refused as an attack.", ("kind",), registry=registry
        )
        self.frames_in = Counter(
            "lectern_audio_frames_received_total", "Audio frames from speakers.", registry=registry
        )
        self.frames_repeated = Counter(
            "lectern_audio_frames_repeated_total",
            "Audio frames dropped because a frame with their number had come before.",
            registry=registry,
        )
        self.frames_out = Counter(
            "lectern_audio_frames_sent_total", "Audio frames to listeners.", registry=registry
        )
        self.frames_skipped = Counter(
            "lectern_audio_frames_skipped_total",
            "Audio frames not sent to listeners that were behind.",
            registry=registry,
        )
        self._request_series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        # Memory, open files and processor time, where Linux tells them.
        ProcessCollector(registry=registry)
        self.add_gauge("lectern_tasks", "Tasks of the event loop.", (), _tasks)

    def add_gauge(
        self, name: str, text: str, labels: Labels, read: Callable[[], dict[Labels, float]]
    ) -> None:
        """Offer numbers that `read` looks up at each scrape: one for each combination of label values."""
        self.registry.register(_Gauge(name, text, labels, read))

    def count_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count an HTTP answer and how long it took."""
        method = method if method in METHODS else "other"
        key = (route, method, status)
        # Kept, because finding a series by its labels costs more than counting.
        series = self._request_series.get(key)
        if series is None:
            series = (
                self.requests.labels(route, method, str(status)),
                self.request_seconds.labels(route, method),
            )
            self._request_series[key] = series
        counter, histogram = series
        counter.inc()
        histogram.observe(seconds)

    def render(self) -> bytes:
        """All series in Prometheus' text format, of the type `CONTENT_TYPE`."""
        return generate_latest(self.registry)


class _Gauge(Collector):
    """Numbers that are looked up at each scrape, so that nothing must keep them up to date."""

    def __init__(self, name: str, text: str, labels: Labels, read: Callable[[], dict[Labels, float]]) -> None:
        self._name = name
        self._text = text
        self._labels = labels
        self._read = read

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """For the registry."""
        family = GaugeMetricFamily(self._name, self._text, labels=self._labels)
        for values, number in self._read().items():
            family.add_metric(values, number)
        return [family]


def _tasks() -> dict[Labels, float]:
    """Empty where no event loop runs."""
    try:
        return {(): len(asyncio.all_tasks())}
    except RuntimeError:
        return {}
