"""Counters of what the pages tell of themselves (`pylib/protocol/figures.py`)."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from backend.figures.histogram import EDGES_S


class PageMetrics:
    """The values of every label are closed sets: `backend/figures/batches.py` lets no others in."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._count_actions()
        self._count_calls()
        self.batches = self._counter("lectern_batches_total", "Batches of figures from pages.", "outcome")

    def _count_actions(self) -> None:
        self.actions = self._counter(
            "lectern_actions_total", "What people asked for.", "page", "action", "mode", "outcome"
        )
        self.action_errors = self._counter(
            "lectern_action_errors_total", "Why it failed.", "page", "action", "mode", "code"
        )
        self.start_seconds = self._histogram(
            "lectern_start_seconds", "From the press of Start.", "mode", "reached"
        )
        self.user_days = self._counter(
            "lectern_first_starts_total", "First starts of a day on a device.", "mode", "outcome"
        )
        self.user_day_seconds = self._histogram(
            "lectern_first_start_seconds", "From the first press of Start of a day to live.", "mode"
        )

    def _count_calls(self) -> None:
        self.retries = self._counter(
            "lectern_retries_total",
            "HTTP calls by how often they were tried again.",
            "page",
            "mode",
            "retries",
        )
        self.refreshes = self._counter(
            "lectern_token_refreshes_total", "Refreshes of id tokens.", "mode", "outcome"
        )
        self.connects = self._counter(
            "lectern_connects_total",
            "Attempts to open a live connection.",
            "page",
            "mode",
            "session_id",
            "outcome",
        )
        self.connect_seconds = self._histogram(
            "lectern_connect_seconds", "Until a live connection was open.", "page", "mode", "session_id"
        )

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=self._registry)

    def _histogram(self, name: str, text: str, *labels: str) -> Histogram:
        return Histogram(name, text, labels, buckets=EDGES_S, registry=self._registry)
