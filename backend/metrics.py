"""Counters, gauges and histograms in Prometheus' text format.

Small enough to own: the official client brings locks, processes and platform collectors that a
single-threaded server does not need. Format:
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import asyncio
import os
from bisect import bisect_left
from collections.abc import Callable, Iterable
from pathlib import Path

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LATENCY_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

Labels = tuple[str, ...]


class Counter:
    """A number per combination of labels that only grows."""

    kind = "counter"

    def __init__(self, name: str, text: str, labels: Labels = ()) -> None:
        self.name = name
        self.text = text
        self._labels = labels
        self._values: dict[Labels, float] = {} if labels else {(): 0}

    def add(self, *labels: str, count: float = 1) -> None:
        """Count `count` more."""
        self._values[labels] = self._values.get(labels, 0) + count

    def value(self, *labels: str) -> float:
        """How many so far."""
        return self._values.get(labels, 0)

    def lines(self) -> Iterable[str]:
        """The samples as text."""
        for values, number in sorted(self._values.items()):
            yield f"{self.name}{_labels(self._labels, values)} {_number(number)}"


class Gauge:
    """Numbers looked up when somebody asks. `read` gives one per combination of labels."""

    kind = "gauge"

    def __init__(self, name: str, text: str, labels: Labels, read: Callable[[], dict[Labels, float]]) -> None:
        self.name = name
        self.text = text
        self._labels = labels
        self._read = read

    def lines(self) -> Iterable[str]:
        """The samples as text."""
        for values, number in sorted(self._read().items()):
            yield f"{self.name}{_labels(self._labels, values)} {_number(number)}"


class Histogram:
    """How often a duration fell into which bucket; p50, p95 and p99 are read from these."""

    kind = "histogram"

    def __init__(self, name: str, text: str, labels: Labels = ()) -> None:
        self.name = name
        self.text = text
        self._labels = labels
        self._counts: dict[Labels, list[int]] = {}
        self._sums: dict[Labels, float] = {}

    def observe(self, seconds: float, *labels: str) -> None:
        """Count one duration."""
        counts = self._counts.get(labels)
        if counts is None:
            counts = self._counts[labels] = [0] * (len(LATENCY_BUCKETS_S) + 1)
        counts[bisect_left(LATENCY_BUCKETS_S, seconds)] += 1
        self._sums[labels] = self._sums.get(labels, 0.0) + seconds

    def lines(self) -> Iterable[str]:
        """The samples as text, buckets counting up as the format wants it."""
        for values, counts in sorted(self._counts.items()):
            total = 0
            for limit, count in zip((*map(str, LATENCY_BUCKETS_S), "+Inf"), counts, strict=True):
                total += count
                labels = _labels((*self._labels, "le"), (*values, limit))
                yield f"{self.name}_bucket{labels} {total}"
            plain = _labels(self._labels, values)
            yield f"{self.name}_sum{plain} {self._sums[values]:.6f}"
            yield f"{self.name}_count{plain} {total}"


class Metrics:
    """All the server counts. Gauges are added by whoever knows the number."""

    def __init__(self) -> None:
        self.requests = Counter("lectern_http_requests_total", "HTTP answers.", ("route", "method", "status"))
        self.request_seconds = Histogram(
            "lectern_http_request_seconds", "Time until an HTTP answer was ready.", ("route", "method")
        )
        self.errors = Counter("lectern_errors_total", "Refusals by code.", ("transport", "code"))
        self.creations = Counter("lectern_sessions_created_total", "Sessions created.", ("mode",))
        self.creation_seconds = Histogram(
            "lectern_session_creation_seconds", "Time to create a session.", ("mode",)
        )
        self.connections = Counter(
            "lectern_ws_connections_total", "WebSockets by how they began.", ("outcome",)
        )
        self.disconnections = Counter(
            "lectern_ws_disconnections_total", "WebSockets by how they ended.", ("code",)
        )
        self.frames_in = Counter("lectern_audio_frames_received_total", "Audio frames from speakers.")
        self.frames_repeated = Counter(
            "lectern_audio_frames_repeated_total",
            "Audio frames dropped because their number was no news.",
        )
        self.frames_out = Counter("lectern_audio_frames_sent_total", "Audio frames to listeners.")
        self.frames_skipped = Counter(
            "lectern_audio_frames_skipped_total", "Audio frames not sent to listeners that were behind."
        )
        self._gauges: list[Gauge] = []
        self.add_gauge("process_resident_memory_bytes", "Memory of this process.", (), _memory)
        self.add_gauge("process_open_fds", "Open files and connections.", (), _open_files)
        self.add_gauge("lectern_tasks", "Tasks of the event loop.", (), _tasks)

    def add_gauge(
        self, name: str, text: str, labels: Labels, read: Callable[[], dict[Labels, float]]
    ) -> None:
        """Offer numbers that are read when somebody asks."""
        self._gauges.append(Gauge(name, text, labels, read))

    def render(self) -> str:
        """Everything, as Prometheus reads it."""
        own = [metric for metric in vars(self).values() if isinstance(metric, Counter | Histogram)]
        lines: list[str] = []
        for metric in [*own, *self._gauges]:
            lines += [f"# HELP {metric.name} {metric.text}", f"# TYPE {metric.name} {metric.kind}"]
            lines += metric.lines()
        return "\n".join(lines) + "\n"


def _memory() -> dict[Labels, float]:
    """What Linux says; nothing elsewhere."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return {}
    return {(): pages * os.sysconf("SC_PAGE_SIZE")}


def _open_files() -> dict[Labels, float]:
    try:
        return {(): len(list(Path("/proc/self/fd").iterdir()))}
    except OSError:
        return {}


def _tasks() -> dict[Labels, float]:
    try:
        return {(): len(asyncio.all_tasks())}
    except RuntimeError:  # nobody runs a loop, as in a unit test
        return {}


def _labels(names: Labels, values: Labels) -> str:
    if not names:
        return ""
    pairs = (f'{name}="{_escape(value)}"' for name, value in zip(names, values, strict=True))
    return "{" + ",".join(pairs) + "}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _escape(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
