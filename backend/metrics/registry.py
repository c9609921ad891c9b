"""The registry of one server: its own counters, those of its pages, and gauges."""

import asyncio
from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE

from backend.figures.histogram import EDGES_S
from backend.metrics.gauges import Gauge, Labels, running_tasks
from backend.metrics.page_metrics import PageMetrics
from backend.version import VERSION

__all__ = ["CONTENT_TYPE", "UNKNOWN", "Metrics"]

UNKNOWN = "unknown"
"""The mode of a session that was created before modes were noted."""

METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"})
"""What may be a label. A client may write any word there, and each label is kept for ever."""

REQUEST_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Coarser than `EDGES_S`: there are many routes and methods."""

# Process-wide, as the library has it: no `_created` series beside each counter and histogram.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the one function they left bare


class Metrics:
    """Everything one server counts, in registries of its own: tests run several servers in one process.

    A metric without labels stands at 0 from the start; with labels, a series appears with its first count.

    Attributes:
        registry: counters and histograms, which any thread may read.
        gauges: numbers that are looked up, in the event loop.
        pages: what the pages tell of themselves.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.gauges = CollectorRegistry()
        self._request_series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._count_http()
        self._count_sessions()
        self._count_sockets()
        self._count_sound()
        self.pages = PageMetrics(self.registry)
        # Memory, open files and processor time, where Linux tells them.
        ProcessCollector(registry=self.registry)
        self.add_gauge("lectern_tasks", "Tasks of the event loop.", (), running_tasks)
        self.add_gauge("lectern_build_info", "The version that runs.", ("version",), lambda: {(VERSION,): 1})
        self.loop_lag = self._histogram(
            "lectern_event_loop_lag_seconds", "How late the event loop wakes a task that sleeps."
        )

    def _count_http(self) -> None:
        self.requests = self._counter(
            "lectern_http_requests_total", "HTTP answers.", "route", "method", "status"
        )
        self.request_seconds = Histogram(
            "lectern_http_request_seconds",
            "Time until an HTTP answer was ready.",
            ("route", "method"),
            buckets=REQUEST_BUCKETS_S,
            registry=self.registry,
        )
        self.errors = self._counter("lectern_errors_total", "Refusals by code.", "transport", "code")
        self.attacks = self._counter("lectern_attacks_total", "What was refused as an attack.", "kind")

    def _count_sessions(self) -> None:
        self.creations = self._counter("lectern_sessions_created_total", "Sessions created.", "mode")
        self.replays = self._counter(
            "lectern_sessions_replayed_total",
            "Creations answered again with the session made before.",
            "mode",
        )
        self.creation_seconds = self._histogram(
            "lectern_session_creation_seconds",
            "From the arrival of a request that creates a session to its answer.",
            "mode",
        )
        self.ear_delay_seconds = self._histogram(
            "lectern_ear_delay_seconds", "How late listeners hear, by their playback reports.", "mode"
        )

    def _count_sockets(self) -> None:
        self.connections = self._counter(
            "lectern_ws_connections_total", "WebSockets by how they began.", "outcome", "session_id"
        )
        self.disconnections = self._counter(
            "lectern_ws_disconnections_total", "WebSockets by how they ended.", "role", "mode", "reason"
        )

    def _count_sound(self) -> None:
        self.frames_in = self._counter("lectern_audio_frames_received_total", "Audio frames from speakers.")
        self.frames_repeated = self._counter(
            "lectern_audio_frames_repeated_total",
            "Audio frames dropped because a frame with their number had come before.",
        )
        self.frames_out = self._counter("lectern_audio_frames_sent_total", "Audio frames to listeners.")
        self.frames_skipped = self._counter(
            "lectern_audio_frames_skipped_total", "Audio frames not sent to listeners that were behind."
        )

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, *labels: str) -> Histogram:
        return Histogram(name, text, labels, buckets=EDGES_S, registry=self.registry)

    def add_gauge(
        self, name: str, text: str, labels: Labels, read: Callable[[], dict[Labels, float]]
    ) -> None:
        """Offer numbers that `read` looks up at each scrape: one for each combination of label values."""
        self.gauges.register(Gauge(name, text, labels, read))

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

    def count_creation(self, mode: str, seconds: float) -> None:
        """Count a session that was created, and the time from its request's arrival to the answer."""
        self.creations.labels(mode).inc()
        self.creation_seconds.labels(mode).observe(seconds)

    def render(self) -> bytes:
        """All series in Prometheus' text format, of the type `CONTENT_TYPE`."""
        return generate_latest(self.registry) + generate_latest(self.gauges)

    async def render_aside(self) -> bytes:
        """What `render` gives. Talks go on meanwhile: hundreds of series take tens of milliseconds."""
        counted = await asyncio.to_thread(generate_latest, self.registry)
        return counted + generate_latest(self.gauges)
