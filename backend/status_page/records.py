"""What the server tells this page: its answer to GET /status/data as records. Portable.

Shares lie between 0 and 1, times are in the unit that their names end with; None stands for what is unknown.
"""

import json
from typing import Any, Callable, NamedTuple

RANGES = ("10m", "24h", "30d")

Interval = NamedTuple("Interval", [("low", float), ("middle", float), ("high", float)])
Outcomes = NamedTuple("Outcomes", [("ok", int), ("failed", int), ("aborted", int)])

Latency = NamedTuple(
    "Latency",
    [
        ("count", int),
        ("p50_s", "float | None"),
        ("p95_s", "float | None"),
        ("p99_s", "float | None"),
        ("curve", "list[tuple[float, float]]"),
    ],
)
"""`curve`: seconds, and the share that took at most so long."""

Connects = NamedTuple("Connects", [("outcomes", Outcomes), ("latency", Latency)])
"""Attempts to open the live connection."""

Mode = NamedTuple(
    "Mode",
    [
        ("created", int),
        ("actions", "dict[str, Outcomes]"),
        ("rate", "Interval | None"),
        ("until_created", Latency),
        ("until_live", Latency),
        ("server", Latency),
        ("retries", "list[int]"),
        ("refreshes", Outcomes),
        ("with_id", Connects),
        ("without_id", Connects),
        ("ear", Latency),
        ("errors", "dict[str, int]"),
        ("disconnections", "dict[str, int]"),
    ],
)
"""One way of creating sessions. `created` is counted by the server, `actions` are the pages' own count."""

Listeners = NamedTuple(
    "Listeners",
    [("listens", Outcomes), ("with_id", Connects), ("without_id", Connects), ("retries", "list[int]")],
)
Step = NamedTuple(
    "Step",
    [("at_ms", float), ("http", Outcomes), ("websocket", Outcomes), ("difference", "Interval | None")],
)
Live = NamedTuple("Live", [("talks", int), ("speakers", int), ("listeners", int), ("hearing", int)])
Guard = NamedTuple("Guard", [("on", bool), ("tripped_at_ms", "float | None"), ("sentence", str)])
Rollout = NamedTuple(
    "Rollout",
    [
        ("http", "bool | None"),
        ("percent", "float | None"),
        ("http_users", int),
        ("websocket_users", int),
        ("guard", Guard),
        ("since_ms", "float | None"),
    ],
)
Verdict = NamedTuple(
    "Verdict",
    [
        ("state", str),
        ("sentence", str),
        ("why", str),
        ("advice", str),
        ("difference", "Interval | None"),
        ("median_difference_s", "Interval | None"),
    ],
)
Status = NamedTuple(
    "Status",
    [
        ("now_ms", float),
        ("version", str),
        ("uptime_s", float),
        ("memory_bytes", "float | None"),
        ("lag_p50_ms", "float | None"),
        ("lag_p99_ms", "float | None"),
        ("live", Live),
        ("rollout", Rollout),
        ("verdict", Verdict),
        ("range", str),
        ("step_s", float),
        ("http", Mode),
        ("websocket", Mode),
        ("listeners", Listeners),
        ("over_time", "list[Step]"),
    ],
)


def decode_status(text: str) -> Status:
    """The server's answer. Raises ValueError when it is none, or one of another version."""
    try:
        return _status(json.loads(text))
    except (AttributeError, IndexError, KeyError, TypeError, OverflowError) as error:
        raise ValueError("not what this page knows: " + repr(error))


def _status(data: Any) -> Status:
    modes, lag, live = data["modes"], data["loopLagMs"] or {}, data["live"]
    if data["range"] not in RANGES:
        raise ValueError("an unknown range")
    return Status(
        float(data["now"]),
        str(data["version"]),
        float(data["uptimeS"]),
        _maybe(float, data["memoryBytes"]),
        _maybe(float, lag.get("p50")),
        _maybe(float, lag.get("p99")),
        Live(*[int(live[name]) for name in ("talks", "speakers", "listeners", "hearing")]),
        _rollout(data["rollout"]),
        _verdict(data["verdict"]),
        str(data["range"]),
        float(data["stepS"]),
        _mode(modes["http"]),
        _mode(modes["websocket"]),
        _listeners(data["listeners"]),
        [_step(step) for step in data["overTime"]],
    )


def _rollout(data: Any) -> Rollout:
    users, guard = data["users"], data["guard"]
    told = Guard(bool(guard["on"]), _maybe(float, guard["trippedAt"]), str(guard["sentence"]))
    return Rollout(
        _maybe(bool, data["http"]),
        _maybe(float, data["percent"]),
        int(users["http"]),
        int(users["websocket"]),
        told,
        _maybe(float, data["since"]),
    )


def _verdict(data: Any) -> Verdict:
    difference, median = data["difference"], data["medianDifferenceS"]
    state, sentence, why, advice = [str(data[name]) for name in ("state", "sentence", "why", "advice")]
    return Verdict(state, sentence, why, advice, _maybe(_interval, difference), _maybe(_interval, median))


def _mode(data: Any) -> Mode:
    starts, connects = data["startSeconds"], data["connects"]
    return Mode(
        int(data["created"]),
        {str(name): _outcomes(outcomes) for name, outcomes in data["actions"].items()},
        _maybe(_interval, data["rate"]),
        _latency(starts["created"]),
        _latency(starts["live"]),
        _latency(data["serverSeconds"]),
        _retries(data["retries"]),
        _outcomes(data["refreshes"]),
        _connects(connects["with"]),
        _connects(connects["without"]),
        _latency(data["earSeconds"]),
        _counts(data["errors"]),
        _counts(data["disconnections"]),
    )


def _listeners(data: Any) -> Listeners:
    connects = data["connects"]
    return Listeners(
        _outcomes(data["listens"]),
        _connects(connects["with"]),
        _connects(connects["without"]),
        _retries(data["retries"]),
    )


def _step(data: Any) -> Step:
    http, websocket = _outcomes(data["http"]), _outcomes(data["websocket"])
    return Step(float(data["at"]), http, websocket, _maybe(_interval, data["difference"]))


def _connects(data: Any) -> Connects:
    return Connects(_outcomes(data), _latency(data["seconds"]))


def _outcomes(data: Any) -> Outcomes:
    return Outcomes(int(data["ok"]), int(data["failed"]), int(data.get("aborted", 0)))


def _latency(data: Any) -> Latency:
    marks = [_maybe(float, data[name]) for name in ("p50", "p95", "p99")]
    curve = [(float(seconds), float(share)) for seconds, share in data["curve"]]
    return Latency(int(data["count"]), marks[0], marks[1], marks[2], curve)


def _interval(data: Any) -> Interval:
    return Interval(float(data["low"]), float(data["middle"]), float(data["high"]))


def _retries(data: Any) -> "list[int]":
    """Calls with 0, 1, 2, and 3 or more retries."""
    return [int(data[number]) for number in range(4)]


def _counts(data: Any) -> "dict[str, int]":
    return {str(name): int(count) for name, count in data.items()}


def _maybe(read: "Callable[[Any], Any]", value: Any) -> Any:
    return None if value is None else read(value)
