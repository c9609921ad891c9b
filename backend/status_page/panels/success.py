"""How many starts went well by either way, how the ways differ, and when starts failed. Portable."""

from backend.status_page.panels.panel import RANGE_S, TIME_TICKS, Panel, empty, period
from backend.status_page.plots.axes import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    legend,
    svg,
    time_axis,
    x_axis,
    y_axis,
)
from backend.status_page.plots.marks import HTTP, WEBSOCKET, band, curve, line, whisker, words
from backend.status_page.plots.numbers import NONE, count, day_time, duration, points, share
from backend.status_page.plots.scales import LinearScale
from backend.status_page.plots.tables import table
from backend.status_page.records import Interval, Mode, Outcomes, Status, Step
from pylib.ui.drawing import Node, node

ROW = 44.0
SIDE = 16.0

WIDER = 1.25
LEAST_REACH = 0.005
MOST_REACH = 4.0
"""How far the axis of differences reaches: around all intervals, but not further than 4 times the last one,
beside which the first ones, of a few starts, would leave it no room."""

LEVELS = 24
"""Failed starts are drawn as so many sums at most; the table has each step."""

NO_OUTCOMES = Outcomes(0, 0, 0)


def success(status: Status) -> Panel:
    """Success rates of starting a talk, with their intervals."""
    modes = ((HTTP, status.http), (WEBSOCKET, status.websocket))
    shown = _success_table(status)
    rates = [mode.rate for _, mode in modes if mode.rate is not None]
    if not rates:
        return empty("no talk was started in " + period(status) + ", or no page has told of it.", shown)
    low = max(0.0, min(rate.low for rate in rates) - 0.01)
    scale = LinearScale(low, 1.0, SIDE, RIGHT)
    bottom = TOP + 2 * ROW + 6
    ticks = scale.ticks(6)
    nodes = [line(scale.at(tick), TOP, scale.at(tick), bottom, "grid") for tick in ticks]
    for row, (series, mode) in enumerate(modes):
        y = TOP + ROW * row
        nodes.append(words(SIDE, y + 14, series.name + ": " + _rate_words(mode), "name"))
        if mode.rate is not None:
            low, middle, high = [scale.at(edge) for edge in mode.rate]
            nodes += whisker(y + 30, low, middle, high, series)
    labels = [(scale.at(tick), share(tick)) for tick in ticks]
    nodes += x_axis(labels, "talks that began, of those asked for", bottom, SIDE)
    sentences = [_told(series.name, mode) for series, mode in modes]
    label = "Success rate of starting a talk in " + period(status) + ": "
    return Panel(label + " ".join(sentences), [svg(bottom + 40, nodes)], shown)


def _rate_words(mode: Mode) -> str:
    if mode.rate is None:
        return "nothing yet"
    starts = mode.actions.get("start", NO_OUTCOMES)
    total = count(starts.ok) + " of " + count(starts.ok + starts.failed)
    return share(mode.rate.middle) + " (" + total + ")"


def _told(name: str, mode: Mode) -> str:
    between = "" if mode.rate is None else ", 95 % interval " + _between(mode.rate)
    return name + " " + _rate_words(mode) + between + "."


def _success_table(status: Status) -> Node:
    rows = []
    for series, mode in ((HTTP, status.http), (WEBSOCKET, status.websocket)):
        for name in sorted(mode.actions):
            rate = mode.rate if name == "start" else None
            rows.append([series.name + ", " + name] + _outcome_cells(mode.actions[name]) + [_between(rate)])
        rows.append([series.name + ", created (server)", count(mode.created), NONE, NONE, NONE, NONE])
    rows.append(["Listeners, listen"] + _outcome_cells(status.listeners.listens) + [NONE])
    columns = ["Action", "Went well", "Failed", "Taken back", "Success", "95 % interval"]
    return table("What people asked for in " + period(status), columns, rows)


def _outcome_cells(outcomes: Outcomes) -> "list[str]":
    total = outcomes.ok + outcomes.failed
    rate = share(outcomes.ok / total) if total else NONE
    return [count(outcomes.ok), count(outcomes.failed), count(outcomes.aborted), rate]


def _between(rate: "Interval | None") -> str:
    return NONE if rate is None else share(rate.low) + " to " + share(rate.high)


def difference(status: Status) -> Panel:
    """HTTP's success rate minus WebSocket's, as its interval was at each moment."""
    known = [(step.at_ms, step.difference) for step in status.over_time if step.difference is not None]
    rows = [[day_time(at_ms)] + [points(edge) for edge in interval] for at_ms, interval in known]
    shown = table("HTTP minus WebSocket, in percentage points", ["From (UTC)", "Low", "Middle", "High"], rows)
    if not known:
        return empty("there is a difference once talks were started by both ways.", shown)
    last = known[-1][1]
    widest = max(_reach(interval) for _, interval in known)
    reach = min(min(widest, MOST_REACH * _reach(last)) * WIDER, 1.0)
    up = LinearScale(-reach, reach, BOTTOM, TOP)
    across, ticks = time_axis(RANGE_S[status.range], TIME_TICKS[status.range])
    places = [
        (across.at((at_ms - status.now_ms) / 1000 + status.step_s), interval) for at_ms, interval in known
    ]
    nodes = y_axis([(up.at(tick), points(tick).replace(".0", "")) for tick in up.ticks(6)]) + _band(
        places, up
    )
    nodes.append(line(LEFT, up.at(0), RIGHT, up.at(0), "zero"))
    nodes.append(words(4, 13, "points; above 0 HTTP is better", "unit"))
    nodes += x_axis(ticks, "")
    label = "Difference of the success rates, HTTP minus WebSocket, over " + period(status) + ". Now "
    ends = points(last.low) + " to " + points(last.high) + " percentage points"
    return Panel(
        label + points(last.middle) + ", 95 % interval " + ends + ".", [svg(BOTTOM + 24, nodes)], shown
    )


def _reach(interval: Interval) -> float:
    return max(abs(interval.low), abs(interval.high), LEAST_REACH)


def _band(places: "list[tuple[float, Interval]]", up: LinearScale) -> "list[Node]":
    """Intervals by their place; a single one is drawn as wide as can be seen."""
    if len(places) == 1:
        places = [(places[0][0] - 6, places[0][1])] + places
    upper = [(x, up.at(interval.high)) for x, interval in places]
    middle = [(x, up.at(interval.middle)) for x, interval in places]
    lower = [(x, up.at(interval.low)) for x, interval in places]
    edges = node("g", {"class": "edges"}, curve(upper, HTTP), curve(lower, HTTP))
    return [band(upper, lower), edges, curve(middle, HTTP)]


def failures(status: Status) -> Panel:
    """Starts that failed, step by step: when it happened."""
    rows = [
        [day_time(step.at_ms)] + _ok_failed(step.http) + _ok_failed(step.websocket)
        for step in status.over_time
    ]
    columns = ["From (UTC)", "HTTP well", "HTTP failed", "WebSocket well", "WebSocket failed"]
    shown = table("Starts, step by step", columns, rows)
    if not any(sum(step.http) + sum(step.websocket) for step in status.over_time):
        return empty("no talk was started in " + period(status) + ".", shown)
    merged = -(-len(status.over_time) // LEVELS)
    sums = [_failed(status.over_time[at : at + merged]) for at in range(0, len(status.over_time), merged)]
    up = LinearScale(
        0.0, max(1.0, *[float(max(http, websocket)) for _, http, websocket in sums]), BOTTOM, TOP
    )
    across, ticks = time_axis(RANGE_S[status.range], TIME_TICKS[status.range])
    whole = [tick for tick in up.ticks(5) if tick == int(tick)]
    nodes = legend([HTTP, WEBSOCKET]) + y_axis([(up.at(tick), count(tick)) for tick in whole])
    each = duration(merged * status.step_s)
    for place, series in ((1, HTTP), (2, WEBSOCKET)):
        levels = [((level[0] - status.now_ms) / 1000, level[place]) for level in sums]
        nodes.append(curve(_stairs(levels, merged * status.step_s, across, up), series))
    nodes += x_axis(ticks, "each level counts " + each)
    http, websocket = sum(level[1] for level in sums), sum(level[2] for level in sums)
    label = (
        "Failed starts over " + period(status) + ": HTTP " + count(http) + ", WebSocket " + count(websocket)
    )
    return Panel(label + ".", [svg(BOTTOM + 40, nodes)], shown)


def _failed(steps: "list[Step]") -> "tuple[float, int, int]":
    """When these steps began, and how many starts failed in them by either way."""
    http, websocket = [step.http.failed for step in steps], [step.websocket.failed for step in steps]
    return steps[0].at_ms, sum(http), sum(websocket)


def _ok_failed(outcomes: Outcomes) -> "list[str]":
    return [count(outcomes.ok), count(outcomes.failed)]


def _stairs(
    levels: "list[tuple[float, float]]", width_s: float, across: LinearScale, up: LinearScale
) -> "list[tuple[float, float]]":
    """A line that is level from each beginning, in seconds from now, for so long."""
    places = []
    for begin_s, value in levels:
        places += [(across.at(begin_s), up.at(value)), (across.at(begin_s + width_s), up.at(value))]
    return places
