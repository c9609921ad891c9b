"""Counts by kind: retries, refreshes, errors, disconnections, users. Portable."""

from backend.status_page.panels.panel import RANGE_S, Panel, empty, period
from backend.status_page.plots.axes import RIGHT, WIDTH, svg, x_axis
from backend.status_page.plots.bars import Bar, Row, bars
from backend.status_page.plots.marks import HTTP, LISTENERS, WEBSOCKET, Series, bar, line, words
from backend.status_page.plots.numbers import NONE, count, decimal, share
from backend.status_page.plots.scales import LinearScale
from backend.status_page.plots.tables import table
from backend.status_page.records import Outcomes, Rollout, Status
from pylib.ui.drawing import Node

RETRIES = ("no retry", "1 retry", "2 retries", "3 or more")
MOST_ROWS = 6
"""Kinds that are drawn; the table has all."""

HOUR_S = 3600.0

SIDE = 16.0


def retries(status: Status) -> Panel:
    """How many retries HTTP calls took."""
    calls = (
        (HTTP, status.http.retries),
        (WEBSOCKET, status.websocket.retries),
        (LISTENERS, status.listeners.retries),
    )
    figures = [
        [series.name] + [count(number) for number in numbers] + [_part(sum(numbers[1:]), sum(numbers))]
        for series, numbers in calls
    ]
    shown = table("HTTP calls in " + period(status), ["Calls of"] + list(RETRIES) + ["Retried"], figures)
    used = [(series, numbers) for series, numbers in calls if sum(numbers)]
    if not used:
        return empty("no page has made an HTTP call in " + period(status) + ".", shown)
    rows = []
    for place, name in enumerate(RETRIES):
        parts = [(series, numbers[place] / sum(numbers), numbers[place]) for series, numbers in used]
        rows.append(Row(name, [Bar(series, part, _of_calls(part, number)) for series, part, number in parts]))
    told = [series.name + " " + _part(sum(numbers[1:]), sum(numbers)) for series, numbers in used]
    label = "HTTP calls that were tried again, in " + period(status) + ": " + ", ".join(told) + "."
    return Panel(label, [bars(rows, 1.0)], shown)


def _of_calls(part: float, number: int) -> str:
    return share(part) + " (" + count(number) + ")" if number else "none"


def refreshes(status: Status) -> Panel:
    """How often the id token was refreshed."""
    modes = ((HTTP, status.http.refreshes), (WEBSOCKET, status.websocket.refreshes))
    figures = [[series.name] + _cells(outcomes) for series, outcomes in modes]
    shown = table("Token refreshes in " + period(status), ["Way", "Went well", "Failed", "Success"], figures)
    if not sum(sum(outcomes) for _, outcomes in modes):
        return empty("a token is refreshed when a page is open for most of an hour.", shown)
    well = Row("Went well", [_counted(series, outcomes.ok) for series, outcomes in modes])
    failed = Row("Failed", [_counted(series, outcomes.failed) for series, outcomes in modes])
    told = [
        series.name + " " + count(outcomes.ok) + " well, " + count(outcomes.failed) + " failed"
        for series, outcomes in modes
    ]
    return Panel(
        "Token refreshes in " + period(status) + ": " + "; ".join(told) + ".", [bars([well, failed])], shown
    )


def _cells(outcomes: Outcomes) -> "list[str]":
    return [count(outcomes.ok), count(outcomes.failed), _part(outcomes.ok, outcomes.ok + outcomes.failed)]


def errors(status: Status) -> Panel:
    """Why starts and other actions failed, by code."""
    why = "nothing has failed in " + period(status) + "."
    return _by_kind(
        status, "Failed actions by code", "Code", (status.http.errors, status.websocket.errors), why=why
    )


def disconnections(status: Status) -> Panel:
    """Why live connections ended, per hour of the range that the server knows."""
    kinds = (status.http.disconnections, status.websocket.disconnections)
    why = "no live connection has ended in " + period(status) + "."
    return _by_kind(
        status, "Disconnections per hour by reason", "Reason", kinds, why=why, hours=_hours(status)
    )


def _hours(status: Status) -> float:
    """Of the range those that the server knows: since its start, or since a start of a talk before that."""
    told = [step.at_ms for step in status.over_time if sum(step.http) + sum(step.websocket)]
    since_s = max([status.uptime_s] + [(status.now_ms - at_ms) / 1000 for at_ms in told])
    return min(max(since_s, 60.0), RANGE_S[status.range]) / HOUR_S


def _by_kind(
    status: Status,
    subject: str,
    kind: str,
    kinds: "tuple[dict[str, int], dict[str, int]]",
    *,
    why: str,
    hours: float = 0.0,
) -> Panel:
    """Bars for the most frequent kinds, and all in the table; counted per hour where `hours` are given."""
    http, websocket = kinds
    names = sorted(
        set(http) | set(websocket), key=lambda name: (-http.get(name, 0) - websocket.get(name, 0), name)
    )
    rows = [[name] + _pair(http.get(name, 0), websocket.get(name, 0), hours) for name in names]
    columns = [kind, "HTTP", "WebSocket"] + (["HTTP per hour", "WebSocket per hour"] if hours else [])
    shown = table(subject + ", " + period(status), columns, rows)
    if not names:
        return empty(why, shown)
    drawn = []
    for name in names[:MOST_ROWS]:
        pair = ((HTTP, http.get(name, 0)), (WEBSOCKET, websocket.get(name, 0)))
        drawn.append(Row(name, [_counted(series, number, hours) for series, number in pair]))
    told = [
        name + " " + count(http.get(name, 0)) + " and " + count(websocket.get(name, 0))
        for name in names[:MOST_ROWS]
    ]
    label = subject + " in " + period(status) + ", counted for HTTP and WebSocket: " + "; ".join(told) + "."
    plot = [bars(drawn)]
    if len(names) > MOST_ROWS:
        label += " " + count(len(names) - MOST_ROWS) + " more are in the table."
    return Panel(label, plot, shown)


def _pair(http: int, websocket: int, hours: float) -> "list[str]":
    counts = [count(http), count(websocket)]
    return counts + ([_per_hour(http / hours), _per_hour(websocket / hours)] if hours else [])


def _per_hour(value: float) -> str:
    if value >= 99.95:
        return count(round(value))
    return decimal(value, 1 if value >= 0.95 or not value else 2)


def _counted(series: Series, number: int, hours: float = 0.0) -> Bar:
    text = _per_hour(number / hours) + " per hour" if hours else count(number)
    return Bar(series, float(number), text if number else "none")


def users(status: Status) -> Panel:
    """Users by the way their last talks were made, beside what the setting asks for."""
    rollout = status.rollout
    total = rollout.http_users + rollout.websocket_users
    asked = asked_share(rollout)
    figures = [
        ["HTTP", count(rollout.http_users), _part(rollout.http_users, total), share(asked)],
        ["WebSocket", count(rollout.websocket_users), _part(rollout.websocket_users, total), _rest(asked)],
    ]
    columns = ["Way", "Users", "Share", "Share by the setting"]
    shown = table("Users who created a talk in the last 24 hours", columns, figures)
    if not total:
        return empty("no signed-in user has created a talk in the last 24 hours.", shown)
    scale = LinearScale(0.0, 1.0, SIDE, RIGHT)
    split = scale.at(rollout.http_users / total)
    nodes = [
        words(SIDE, 14, "HTTP: " + _users(rollout.http_users, total), "name"),
        words(SIDE, 33, "WebSocket: " + _users(rollout.websocket_users, total), "name"),
        bar(SIDE, 48, split - SIDE, 26, HTTP),
        bar(split + 1, 48, scale.at(1.0) - split - 1, 26, WEBSOCKET),
    ]
    if asked is not None:
        nodes += _setting(scale.at(asked), share(asked))
    ticks = [(scale.at(part), share(part)) for part in (0.0, 0.25, 0.5, 0.75, 1.0)]
    nodes += x_axis(ticks, "", 104.0, SIDE)
    told = (
        "HTTP " + _part(rollout.http_users, total) + " of " + count(total) + " users in the last 24 hours; "
    )
    setting = "the setting is unknown." if asked is None else "the setting asks for " + share(asked) + "."
    return Panel("Users by way: " + told + setting, [svg(128, nodes)], shown)


def asked_share(rollout: Rollout) -> "float | None":
    """The share of users that the served setting gives HTTP; None where the setting is unknown."""
    if rollout.http is False:
        return 0.0
    return None if rollout.percent is None else rollout.percent / 100


def _setting(x: float, text: str) -> "list[Node]":
    """A line across the bar where it should part."""
    right = x > WIDTH / 2
    label = words(x - 5 if right else x + 5, 92, "setting: " + text, "tick", "end" if right else "start")
    return [line(x, 42, x, 96, "zero"), label]


def _rest(part: "float | None") -> str:
    return NONE if part is None else share(1 - part)


def _users(number: int, total: int) -> str:
    return count(number) + (" user, " if number == 1 else " users, ") + share(number / total)


def _part(number: int, total: int) -> str:
    return share(number / total) if total else NONE
