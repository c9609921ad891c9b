"""What stands for figures: curves, bands, bars, whiskers and markers, each series in a shape of its own.

Series are told apart without colour: by a solid or broken line, a filled or an empty bar, a dot or a box.
Portable.
"""

from typing import Any, NamedTuple

from pylib.ui.drawing import Node, node

Series = NamedTuple("Series", [("name", str), ("look", str)])
"""`name` for people, `look` the class in style.css."""

HTTP = Series("HTTP", "http")
WEBSOCKET = Series("WebSocket", "websocket")
LISTENERS = Series("Listeners", "listeners")

MARKER = 4.0


def px(value: float) -> str:
    """A length of the drawing, short."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def words(x: float, y: float, text: str, look: str = "", anchor: str = "start") -> Node:
    """A text beginning, centred or ending at a place."""
    attributes = {"x": px(x), "y": px(y), "text-anchor": anchor}
    if look:
        attributes["class"] = look
    return node("text", attributes, text)


def line(x1: float, y1: float, x2: float, y2: float, look: str) -> Node:
    """A straight line."""
    return node("line", {"x1": px(x1), "y1": px(y1), "x2": px(x2), "y2": px(y2), "class": look})


def rectangle(x: float, y: float, width: float, height: float, look: str) -> Node:
    """An upright rectangle."""
    return node("rect", {"x": px(x), "y": px(y), "width": px(width), "height": px(height), "class": look})


def curve(places: "list[Any]", series: Series) -> Node:
    """A line through these places."""
    return node("path", {"d": _path(places), "class": "curve " + series.look})


def band(upper: "list[Any]", lower: "list[Any]") -> Node:
    """What lies between two lines, each from left to right."""
    return node("path", {"d": _path(upper + list(reversed(lower))) + "Z", "class": "band"})


def bar(x: float, y: float, width: float, height: float, series: Series) -> Node:
    """A bar; one of no length is not drawn."""
    if width <= 0 or height <= 0:
        return node("g")
    return rectangle(x, y, width, height, "bar " + series.look)


def whisker(y: float, low: float, middle: float, high: float, series: Series) -> "list[Node]":
    """An interval lying at height `y`, with its ends and its middle."""
    look = "curve " + series.look
    ends = [line(x, y - 5, x, y + 5, "end " + series.look) for x in (low, high)]
    return [line(low, y, high, y, look)] + ends + [marker(middle, y, series)]


def marker(x: float, y: float, series: Series) -> Node:
    """The sign of a series: a dot, a box or a triangle."""
    look = "marker " + series.look
    if series.look == HTTP.look:
        return node("circle", {"cx": px(x), "cy": px(y), "r": px(MARKER), "class": look})
    if series.look == WEBSOCKET.look:
        return rectangle(x - MARKER + 0.5, y - MARKER + 0.5, 2 * MARKER - 1, 2 * MARKER - 1, look)
    corners = [(x - MARKER, y + MARKER), (x, y - MARKER), (x + MARKER, y + MARKER)]
    return node("path", {"d": _path(corners) + "Z", "class": look})


def _path(places: "list[Any]") -> str:
    return "M" + "L".join([px(x) + " " + px(y) for x, y in places])
