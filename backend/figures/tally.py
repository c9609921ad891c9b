"""What is judged: users' days in both creation modes, since the rollout settings changed last."""

from typing import NamedTuple

from backend.figures.histogram import BUCKETS
from pylib.protocol import figures


class ModeTally(NamedTuple):
    """Users' days in one mode: how many went well or failed, and how long those took that went well.

    `day_seconds` are the counts of the buckets of `histogram.EDGES_S`, and of the one without an end.
    """

    days_ok: int
    days_failed: int
    day_seconds: list[int]


class Tally(NamedTuple):
    """Both modes, since `since_ms` (milliseconds since the epoch)."""

    since_ms: int
    http: ModeTally
    websocket: ModeTally


class RolloutSetting(NamedTuple):
    """What the served config asks for; None for what it does not say, or while it cannot be read."""

    http: bool | None
    percent: int | None


UNKNOWN = RolloutSetting(None, None)


def nothing_yet(since_ms: int) -> Tally:
    """A judged period that begins."""
    return Tally(since_ms, ModeTally(0, 0, [0] * BUCKETS), ModeTally(0, 0, [0] * BUCKETS))


JUDGED = (figures.HTTP, figures.WEBSOCKET)
"""The modes, by the names of the fields of `Tally`."""
