"""How long people, connections and ears wait: the share that was done within each time. Portable."""

from typing import NamedTuple

from backend.status_page.panels.panel import Panel, empty, period
from backend.status_page.plots.axes import BOTTOM, LEFT, RIGHT, TOP, legend, svg, x_axis, y_axis
from backend.status_page.plots.marks import HTTP, LISTENERS, WEBSOCKET, Series, curve, marker
from backend.status_page.plots.numbers import NONE, count, seconds, share, tick_seconds
from backend.status_page.plots.scales import LinearScale, LogScale, outward
from backend.status_page.plots.tables import table
from backend.status_page.records import Connects, Latency, Status
from pylib.ui.drawing import Node, node

COLUMNS = ["Wait", "Count", "p50", "p95", "p99"]
PERCENTILES = (0.5, 0.95, 0.99)
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)

Wait = NamedTuple("Wait", [("series", Series), ("latency", Latency)])
Chart = NamedTuple("Chart", [("title", str), ("waits", "list[Wait]")])


def latency(status: Status) -> Panel:
    """From the press until the session is there and until the talk is live; and as the server sees it."""
    http, websocket = status.http, status.websocket
    charts = [
        _both("Until created, as felt", http.until_created, websocket.until_created),
        _both("Until live, as felt", http.until_live, websocket.until_live),
        _both("In the server", http.server, websocket.server),
    ]
    return _panel("Waiting for a talk", status, charts, "no talk was started in " + period(status) + ".")


def connects(status: Status) -> Panel:
    """Opening the live connection, with a session's id in its address and without."""
    charts = [
        _connect_chart(
            "With a session id", [status.http.with_id, status.websocket.with_id], status.listeners.with_id
        ),
        _connect_chart(
            "Without one", [status.http.without_id, status.websocket.without_id], status.listeners.without_id
        ),
    ]
    made = _panel("Connecting", status, charts, "no page has connected in " + period(status) + ".")
    rows = []
    for series, with_id, without_id in _connect_rows(status):
        for name, tried in ((", with id", with_id), (", without id", without_id)):
            total = tried.outcomes.ok + tried.outcomes.failed
            rate = share(tried.outcomes.ok / total) if total else NONE
            cells = [count(tried.outcomes.ok), count(tried.outcomes.failed), rate]
            marks = [seconds(mark) for mark in _marks(tried.latency)]
            rows.append([series.name + name] + cells + marks)
    columns = ["Connection", "Went well", "Failed", "Success", "p50", "p95", "p99"]
    return Panel(made.label, made.plot, table("Live connections in " + period(status), columns, rows))


def ear(status: Status) -> Panel:
    """From the speaker's mouth to a listener's ear."""
    charts = [_both("", status.http.ear, status.websocket.ear)]
    return _panel("Delay at the ear", status, charts, "no listener has told how late the sound is.")


def _both(title: str, http: Latency, websocket: Latency) -> Chart:
    return Chart(title, [Wait(HTTP, http), Wait(WEBSOCKET, websocket)])


def _connect_rows(status: Status) -> "list[tuple[Series, Connects, Connects]]":
    return [
        (HTTP, status.http.with_id, status.http.without_id),
        (WEBSOCKET, status.websocket.with_id, status.websocket.without_id),
        (LISTENERS, status.listeners.with_id, status.listeners.without_id),
    ]


def _connect_chart(title: str, modes: "list[Connects]", listeners: Connects) -> Chart:
    http, websocket = modes
    chart = _both(title, http.latency, websocket.latency)
    return Chart(title, chart.waits + [Wait(LISTENERS, listeners.latency)])


def crossing(places: "list[tuple[float, float]]", y: float) -> float:
    """Where a line that only rises (its y falls) comes to this height; its end, if it comes to none."""
    x_before, y_before = places[0]
    for x, y_here in places:
        if y_here <= y:
            part = (y_before - y) / (y_before - y_here) if y_here < y_before else 1.0
            return x_before + (x - x_before) * part
        x_before, y_before = x, y_here
    return x_before


def _panel(subject: str, status: Status, charts: "list[Chart]", why_empty: str) -> Panel:
    """One kind of plot for all charts, the words, and the table of percentiles."""
    rows = []
    for chart in charts:
        for wait in chart.waits:
            marks = [seconds(mark) for mark in _marks(wait.latency)]
            rows.append([_row_name(chart, wait), count(wait.latency.count)] + marks)
    shown = table(subject + " in " + period(status), COLUMNS, rows)
    drawn = [chart for chart in charts if any(wait.latency.curve for wait in chart.waits)]
    if not drawn:
        return empty(why_empty, shown)
    label = subject + " in " + period(status) + ", as the share that was done within each time. "
    plots = [_chart(chart) for chart in drawn]
    return Panel(label + " ".join(_in_words(chart) for chart in drawn), plots, shown)


def _row_name(chart: Chart, wait: Wait) -> str:
    return wait.series.name + (", " + chart.title[0].lower() + chart.title[1:] if chart.title else "")


def _marks(latency: Latency) -> "list[float | None]":
    return [latency.p50_s, latency.p95_s, latency.p99_s]


def _in_words(chart: Chart) -> str:
    told = []
    for wait in chart.waits:
        if wait.latency.curve:
            half, most = seconds(wait.latency.p50_s), seconds(wait.latency.p95_s)
            told.append(wait.series.name + " half within " + half + ", 95 % within " + most)
    return (chart.title + ": " if chart.title else "") + "; ".join(told) + "."


def _chart(chart: Chart) -> Node:
    """Cumulative curves with a sign where each crosses 50, 95 and 99 %."""
    waits = [wait for wait in chart.waits if wait.latency.curve]
    times = [max(at_s, 0.0001) for wait in waits for at_s, _ in wait.latency.curve]
    low, high = outward(min(times), max(times))
    across, up = LogScale(low, high, LEFT, RIGHT), LinearScale(0.0, 1.0, BOTTOM, TOP)
    nodes = legend([wait.series for wait in waits])
    nodes += y_axis([(up.at(part), share(part)) for part in SHARES])
    for wait in waits:
        places = [(across.at(at_s), up.at(part)) for at_s, part in wait.latency.curve]
        places.insert(0, (places[0][0], BOTTOM))
        nodes.append(curve(places, wait.series))
        for y in [up.at(part) for part in PERCENTILES]:
            nodes.append(marker(crossing(places, y), y, wait.series))
    nodes += x_axis([(across.at(tick), tick_seconds(tick)) for tick in across.ticks()], "")
    title = [node("p", {"class": "title"}, chart.title)] if chart.title else []
    return node("div", {"class": "chart"}, *title, svg(BOTTOM + 24, nodes))
