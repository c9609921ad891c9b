"""What /status asks of the part that judges."""

from typing import Any, Protocol

from backend.figures.tally import RolloutSetting, Tally


class Interval(Protocol):
    """Where a true value lies: from `low` to `high`, `middle` being the best guess."""

    @property
    def low(self) -> float:
        """The lower end."""

    @property
    def middle(self) -> float:
        """The best guess."""

    @property
    def high(self) -> float:
        """The upper end."""


class Judging(Protocol):
    """Makes sense of counts. Pairs are (ok, failed)."""

    def verdict(self, tally: Tally, setting: RolloutSetting) -> dict[str, Any]:
        """The `verdict` of the answer."""

    def difference(self, http: tuple[int, int], websocket: tuple[int, int]) -> Interval | None:
        """HTTP's success rate less WebSocket's; None while one of them has nothing."""

    def rate(self, ok: int, failed: int) -> Interval | None:
        """The success rate of one mode; None of nothing."""

    def guard(self) -> dict[str, Any]:
        """The `guard` of the answer."""


def interval(of: Interval | None) -> dict[str, float] | None:
    """As it is told."""
    return None if of is None else {"low": of.low, "middle": of.middle, "high": of.high}
