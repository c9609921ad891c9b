"""What the server counts, and the exposition that Prometheus reads at /metrics."""

from backend.metrics.registry import CONTENT_TYPE, UNKNOWN, Metrics

__all__ = ["CONTENT_TYPE", "UNKNOWN", "Metrics"]
