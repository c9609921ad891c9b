"""Scales: from a value to its place in a drawing, and where the ticks are. Portable."""

import math

STEPS = (1.0, 2.0, 5.0)
"""What a tick may be, times a power of ten: numbers that people count in."""


class LinearScale:
    """Lays values from `low` to `high` out from `start` to `end`; what lies beyond is put at the edge."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low = low
        self.high = high if high > low else low + 1.0
        self._start = start
        self._end = end

    def at(self, value: float) -> float:
        """The place of a value."""
        share = (value - self.low) / (self.high - self.low)
        return self._start + min(max(share, 0.0), 1.0) * (self._end - self._start)

    def ticks(self, most: int) -> "list[float]":
        """Round values inside, in order: at most `most`, and mostly half of that or more."""
        step = _step_up((self.high - self.low) / max(most - 1, 1))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [number * step for number in range(first, last + 1)]


class LogScale:
    """As LinearScale, by the logarithm: each factor of ten takes equal room. Values are above 0."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low = low
        self.high = high
        self._inner = LinearScale(math.log(low), math.log(high), start, end)

    def at(self, value: float) -> float:
        """The place of a value; one of 0 or less is put at the lower edge."""
        return self._inner.at(math.log(max(value, self.low)))

    def ticks(self) -> "list[float]":
        """Powers of ten inside, and what parts them evenly where there are few of them."""
        ratio = self.high / self.low
        steps = STEPS if ratio <= 12 else (1.0, 3.0) if ratio <= 200 else (1.0,)
        decades = range(_decade(self.low), _decade(self.high) + 1)
        values = [step * 10.0**decade for decade in decades for step in steps]
        return [value for value in values if self.low * 0.999 <= value <= self.high * 1.001]


def outward(low: float, high: float) -> "tuple[float, float]":
    """The next round values around a range above 0, a factor of ten apart at least."""
    below = max(value for value in _rounds(low) if value <= low * 1.001)
    above = _step_up(max(high, below * 10.0))
    return below, above


def _step_up(value: float) -> float:
    """The smallest round value that is not below this one."""
    return min(round_value for round_value in _rounds(value) if round_value >= value * 0.999)


def _rounds(value: float) -> "list[float]":
    decade = _decade(value)
    return [step * 10.0**power for power in (decade - 1, decade, decade + 1) for step in STEPS]


def _decade(value: float) -> int:
    """The power of ten at or below a value above 0."""
    return math.floor(math.log(value) / math.log(10.0) + 1e-9)
