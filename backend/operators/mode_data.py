"""One creation mode as /status shows it, from counts that were added up."""

from collections.abc import Callable, Sequence
from typing import Any

from backend.figures.counts import Counts, below, buckets, value
from backend.figures.histogram import curve, quantile
from backend.operators.judging import Interval, interval
from pylib.protocol.figures import (
    END,
    FAILED,
    LISTEN,
    LISTENER,
    NO_MODE,
    OK,
    OUTCOMES,
    RETRY_COUNTS,
    SPEAKER,
    START,
)

PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def mode_data(counts: Counts, mode: str, rate: Callable[[int, int], Interval | None]) -> dict[str, Any]:
    """See docs/protocol.md. `rate` gives the interval of a success rate from (ok, failed)."""
    start = _outcomes(counts, SPEAKER, START, mode)
    return {
        "created": value(counts, "created", mode),
        "actions": {START: start, END: _outcomes(counts, SPEAKER, END, mode)},
        "rate": interval(rate(start[OK], start[FAILED])),
        "startSeconds": {
            reached: latency(buckets(counts, "start_seconds", mode, reached))
            for reached in ("created", "live")
        },
        "serverSeconds": latency(buckets(counts, "creation_seconds", mode)),
        "retries": _retries(counts, SPEAKER, mode),
        "refreshes": {outcome: value(counts, "refreshes", mode, outcome) for outcome in (OK, FAILED)},
        "connects": _connects(counts, SPEAKER, mode),
        "earSeconds": latency(buckets(counts, "ear_seconds", mode)),
        "errors": _errors(counts, mode),
        "disconnections": _disconnections(counts, mode),
    }


def listeners_data(counts: Counts) -> dict[str, Any]:
    """What listeners' pages told."""
    return {
        "listens": _outcomes(counts, LISTENER, LISTEN, NO_MODE),
        "connects": _connects(counts, LISTENER, NO_MODE),
        "retries": _retries(counts, LISTENER, NO_MODE),
    }


def latency(by_bucket: Sequence[int]) -> dict[str, Any]:
    """How many, percentiles in seconds, and the share that took at most so long."""
    percentiles = {name: _rounded(quantile(by_bucket, share)) for name, share in PERCENTILES.items()}
    points = [[edge, round(share, 4)] for edge, share in curve(by_bucket)]
    return {"count": sum(by_bucket), **percentiles, "curve": points}


def _outcomes(counts: Counts, page: str, action: str, mode: str) -> dict[str, int]:
    return {outcome: value(counts, "actions", page, action, mode, outcome) for outcome in OUTCOMES}


def _retries(counts: Counts, page: str, mode: str) -> list[int]:
    return [value(counts, "retries", page, mode, retries) for retries in RETRY_COUNTS]


def _connects(counts: Counts, page: str, mode: str) -> dict[str, Any]:
    return {
        kind: {
            **{outcome: value(counts, "connects", page, mode, kind, outcome) for outcome in (OK, FAILED)},
            "seconds": latency(buckets(counts, "connect_seconds", page, mode, kind)),
        }
        for kind in ("with", "without")
    }


def _errors(counts: Counts, mode: str) -> Counts:
    """Of both actions, by code."""
    codes: Counts = {}
    for action in (START, END):
        for code, count in below(counts, "action_errors", SPEAKER, action, mode).items():
            codes[code] = codes.get(code, 0) + count
    return codes


def _disconnections(counts: Counts, mode: str) -> Counts:
    """Of speakers and listeners, by reason."""
    reasons: Counts = {}
    for key, count in below(counts, "disconnections").items():
        _role, of_mode, reason = key.split("|")
        if of_mode == mode:
            reasons[reason] = reasons.get(reason, 0) + count
    return reasons


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else float(f"{seconds:.3g}")
