"""The frame of a plot: its size, its axes with ticks and units, its legend. Portable."""

from backend.status_page.plots.marks import Series, line, marker, px, words
from backend.status_page.plots.scales import LinearScale
from pylib.ui.drawing import Node, node

WIDTH = 320.0
"""Of every drawing, in its own units. It is scaled to its column: on the narrowest phone to about 0.8."""

HEIGHT = 200.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, WIDTH - 24.0, 26.0, HEIGHT - 38.0
"""Edges of the room for figures; around it stand legend, ticks and units."""


LETTER = 7.8
"""About the width of a letter."""


def svg(height: float, nodes: "list[Node]") -> Node:
    """The drawing; what it shows is told by the label of the element around it."""
    box = "0 0 " + px(WIDTH) + " " + px(height)
    return node("svg", {"viewBox": box, "aria-hidden": "true", "focusable": "false"}, *nodes)


def x_axis(
    ticks: "list[tuple[float, str]]", unit: str, bottom: float = BOTTOM, left: float = LEFT
) -> "list[Node]":
    """Ticks as (place, label) below the line at `bottom`, and under them what they count."""
    nodes = [line(left, bottom, RIGHT, bottom, "axis")]
    for x, label in ticks:
        nodes.append(line(x, bottom, x, bottom + 4, "axis"))
        nodes.append(words(x, bottom + 17, label, "tick", "middle"))
    return nodes + [words((left + RIGHT) / 2, bottom + 33, unit, "unit", "middle")]


def y_axis(ticks: "list[tuple[float, str]]") -> "list[Node]":
    """Ticks as (place, label), each with a line across."""
    lines = [line(LEFT, y, RIGHT, y, "grid") for y, _ in ticks]
    return lines + [words(LEFT - 6, y + 4.5, label, "tick", "end") for y, label in ticks]


def legend(series: "list[Series]") -> "list[Node]":
    """The names of the series, each with its line and sign, above the figures."""
    nodes: list[Node] = []
    x = 4.0
    for each in series:
        nodes += [line(x, 10, x + 26, 10, "curve " + each.look), marker(x + 13, 10, each)]
        nodes.append(words(x + 32, 14.5, each.name, "key"))
        x += 46 + LETTER * len(each.name)
    return nodes


def time_axis(range_s: float, labels: "tuple[str, ...]") -> "tuple[LinearScale, list[tuple[float, str]]]":
    """The last `range_s` seconds up to now, which is 0, and its ticks: `labels` at equal steps."""
    scale = LinearScale(-range_s, 0.0, LEFT, RIGHT)
    steps = len(labels) - 1
    return scale, [(scale.at(-range_s * (steps - n) / steps), label) for n, label in enumerate(labels)]
