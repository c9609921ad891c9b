"""Tallies for tests of the judge: so many days went well, so many failed, all as slow as each other."""

from backend.figures.histogram import BUCKETS, EDGES_S
from backend.figures.tally import ModeTally, Tally

DAY_MS = 24 * 3600 * 1000
SINCE_MS = 1_700_000_000_000


def mode(ok: int, failed: int, seconds: float = 1.0) -> ModeTally:
    bucket = next(number for number, edge in enumerate(EDGES_S) if seconds <= edge)
    return ModeTally(ok, failed, [ok if number == bucket else 0 for number in range(BUCKETS)])


def tally(http: ModeTally, websocket: ModeTally) -> Tally:
    return Tally(SINCE_MS, http, websocket)
