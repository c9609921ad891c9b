"""Answers to GET /status/data, as a server in this or that condition gives them. Portable."""

from typing import Any

NOW_MS = 1_796_082_000_000
MINUTE_MS = 60_000


def latency(median_s: float, steepness: float, count: int) -> "dict[str, Any]":
    """A distribution of times that is symmetrical on a logarithmic axis."""
    if not count:
        return {"count": 0, "p50": None, "p95": None, "p99": None, "curve": []}

    def at(share: float) -> float:
        return float(median_s * (share / (1 - share)) ** (1 / steepness))

    shares = [0.005, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.997]
    curve = [[at(share), share] for share in shares] + [[at(0.999), 1.0]]
    return {"count": count, "p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "curve": curve}


def connects(ok: int, failed: int, median_s: float) -> "dict[str, Any]":
    return {"ok": ok, "failed": failed, "seconds": latency(median_s, 4, ok)}


def outcomes(ok: int, failed: int, aborted: int = 0) -> "dict[str, int]":
    return {"ok": ok, "failed": failed, "aborted": aborted}


def interval(low: float, middle: float, high: float) -> "dict[str, float]":
    return {"low": low, "middle": middle, "high": high}


def http() -> "dict[str, Any]":
    return {
        "created": 213,
        "actions": {"start": outcomes(211, 3, 5), "end": outcomes(190, 0)},
        "rate": interval(0.952, 0.986, 0.998),
        "startSeconds": {"created": latency(0.12, 4, 214), "live": latency(0.62, 5, 211)},
        "serverSeconds": latency(0.009, 4, 213),
        "retries": [196, 14, 3, 1],
        "refreshes": {"ok": 41, "failed": 1},
        "connects": {"with": connects(215, 2, 0.08), "without": connects(0, 0, 1)},
        "earSeconds": latency(0.21, 6, 4210),
        "errors": {"NETWORK_ERROR": 2, "SERVICE_UNAVAILABLE": 1},
        "disconnections": {"left": 180, "lost": 12, "ended": 9},
    }


def websocket() -> "dict[str, Any]":
    return {
        "created": 1912,
        "actions": {"start": outcomes(1887, 38, 22), "end": outcomes(1760, 4)},
        "rate": interval(0.969, 0.980, 0.988),
        "startSeconds": {"created": latency(0.31, 3, 1912), "live": latency(0.95, 4, 1887)},
        "serverSeconds": latency(0.012, 3, 1912),
        "retries": [402, 11, 2, 0],
        "refreshes": {"ok": 377, "failed": 6},
        "connects": {"with": connects(120, 4, 0.1), "without": connects(1930, 41, 0.14)},
        "earSeconds": latency(0.24, 5, 39_120),
        "errors": {"REQUEST_TIMEOUT": 21, "NETWORK_ERROR": 12, "RATE_LIMIT_EXCEEDED": 4, "other": 1},
        "disconnections": {"left": 1620, "lost": 131, "too-slow": 14, "ended": 77, "restarting": 3},
    }


def nothing() -> "dict[str, Any]":
    """A way that was not used."""
    none = latency(1, 1, 0)
    unused = {"with": connects(0, 0, 1), "without": connects(0, 0, 1)}
    return {
        "created": 0,
        "actions": {"start": outcomes(0, 0), "end": outcomes(0, 0)},
        "rate": None,
        "startSeconds": {"created": none, "live": none},
        "serverSeconds": none,
        "retries": [0, 0, 0, 0],
        "refreshes": {"ok": 0, "failed": 0},
        "connects": unused,
        "earSeconds": none,
        "errors": {},
        "disconnections": {},
    }


def over_time(steps: int, step_s: int) -> "list[dict[str, Any]]":
    """Starts in each step; the interval of the difference narrows."""
    rows = []
    for number in range(steps):
        reach = 0.16 / (1 + number / steps * 5)
        rows.append(
            {
                "at": NOW_MS - (steps - number) * step_s * 1000,
                "http": outcomes(4 + number % 3, int(number % 11 == 5)),
                "websocket": outcomes(38 + number % 7, (number * 7) % 3),
                "difference": interval(0.004 - reach, 0.004, 0.004 + reach) if number > 1 else None,
            }
        )
    return rows


def empty(wanted: str = "10m") -> "dict[str, Any]":
    """A server that has just started."""
    return {
        "now": NOW_MS,
        "version": "0.1.0",
        "uptimeS": 12.5,
        "memoryBytes": 61_000_000,
        "loopLagMs": {"p50": None, "p99": None},
        "live": {"talks": 0, "speakers": 0, "listeners": 0, "hearing": 0},
        "rollout": {
            "http": None,
            "percent": None,
            "users": {"http": 0, "websocket": 0},
            "guard": {"on": False, "trippedAt": None, "sentence": ""},
            "since": NOW_MS,
        },
        "verdict": {
            "state": "too-few",
            "sentence": "Too few to tell: no talk was started yet.",
            "why": "A difference shows only after some hundred users' days.",
            "advice": "Nothing is wrong; look again when talks were held.",
            "difference": None,
            "medianDifferenceS": None,
        },
        "range": wanted,
        "stepS": 60,
        "modes": {"http": nothing(), "websocket": nothing()},
        "listeners": {
            "listens": outcomes(0, 0),
            "connects": nothing()["connects"],
            "retries": [0, 0, 0, 0],
        },
        "overTime": [],
    }


def busy(wanted: str = "24h") -> "dict[str, Any]":
    """A server at 10 percent, with talks going on."""
    steps, step_s = {"10m": (10, 60), "24h": (96, 900), "30d": (120, 21_600)}[wanted]
    data = empty(wanted)
    data["stepS"] = step_s
    data["uptimeS"] = 273_912.0
    data["memoryBytes"] = 143_200_000
    data["loopLagMs"] = {"p50": 0.3, "p99": 4.2}
    data["live"] = {"talks": 7, "speakers": 6, "listeners": 1284, "hearing": 1240}
    data["rollout"]["http"] = True
    data["rollout"]["percent"] = 10
    data["rollout"]["users"] = {"http": 31, "websocket": 262}
    data["rollout"]["since"] = NOW_MS - 9 * 86_400_000
    data["verdict"] = {
        "state": "too-few",
        "sentence": "Stay at 10 %: 214 users' days by HTTP so far, about 900 more are needed to see a "
        "difference of 2 points.",
        "why": "HTTP succeeded in 98.6 %, WebSocket in 98.0 %; the difference lies between \u22122.8 and "
        "+4.0 points, so it may be nothing.",
        "advice": "Look again in about six weeks. Go on at once only if a small loss would not matter.",
        "difference": interval(-0.028, 0.006, 0.04),
        "medianDifferenceS": interval(-0.41, -0.33, -0.22),
    }
    data["modes"] = {"http": http(), "websocket": websocket()}
    data["listeners"] = {
        "listens": outcomes(8120, 61, 340),
        "connects": {"with": connects(9004, 88, 0.09), "without": connects(12, 1, 0.1)},
        "retries": [8010, 130, 22, 4],
    }
    data["overTime"] = over_time(steps, step_s)
    return data


def tripped() -> "dict[str, Any]":
    """The guard has fallen back."""
    data = busy("10m")
    data["rollout"]["http"] = False
    data["rollout"]["guard"] = {
        "on": True,
        "trippedAt": NOW_MS - 18 * MINUTE_MS,
        "sentence": "HTTP was worse by 3.1 to 9.4 points; new page loads create talks by WebSocket.",
    }
    data["verdict"]["state"] = "http-worse"
    data["verdict"]["sentence"] = "HTTP is worse: 3.1 to 9.4 points fewer talks began."
    data["verdict"]["advice"] = "Find the cause before you clear the guard."
    data["verdict"]["difference"] = interval(-0.094, -0.06, -0.031)
    return data
