"""What a server has counted."""

from backend.metrics import Metrics


def count_of(metrics: Metrics, name: str, **labels: str) -> float:
    """All of a counter's series with these labels, 0 before the first event.

    Raises ValueError for an unknown name.
    """
    [family] = (one for one in metrics.registry.collect() if f"{one.name}_total" == name)
    return sum(sample.value for sample in family.samples if labels.items() <= sample.labels.items())
