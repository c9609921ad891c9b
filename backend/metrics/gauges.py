"""Numbers that are looked up at each scrape, so that nothing must keep them up to date."""

import asyncio
from collections.abc import Callable, Iterable

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

Labels = tuple[str, ...]


class Gauge(Collector):
    """The numbers that `read` gives, by their label values."""

    def __init__(self, name: str, text: str, labels: Labels, read: Callable[[], dict[Labels, float]]) -> None:
        self._name = name
        self._text = text
        self._labels = labels
        self._read = read

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """For the registry, which lets each name be taken once."""
        return [GaugeMetricFamily(self._name, self._text, labels=self._labels)]

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """For the registry."""
        [family] = self.describe()
        for values, number in self._read().items():
            family.add_metric(values, number)
        return [family]


def running_tasks() -> dict[Labels, float]:
    """Empty where no event loop runs."""
    try:
        return {(): len(asyncio.all_tasks())}
    except RuntimeError:
        return {}
