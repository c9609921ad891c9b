"""Bars that lie, each with its number at its end: the number is the axis. Portable."""

from typing import Any, NamedTuple

from backend.status_page.plots.axes import WIDTH, legend, svg
from backend.status_page.plots.marks import Series, bar, line, words
from backend.status_page.plots.scales import LinearScale
from pylib.ui.drawing import Node

Bar = NamedTuple("Bar", [("series", Series), ("value", float), ("text", str)])
Row = NamedTuple("Row", [("label", str), ("bars", "list[Bar]")])

EDGE = 4.0
LONGEST = WIDTH - 118.0
"""What is left of a bar at its end is for its number."""

THICK, PITCH = 12.0, 16.0
HEAD, LABEL, GAP = 26.0, 18.0, 10.0


def bars(rows: "list[Row]", most: float = 0.0) -> Node:
    """One group of bars to a row. The longest bar stands for `most`, or for the largest value."""
    series = [each.series for each in rows[0].bars]
    largest = max([each.value for row in rows for each in row.bars] + [most])
    scale = LinearScale(0.0, largest or 1.0, 0.0, LONGEST)
    nodes: list[Any] = legend(series)
    y = HEAD
    for row in rows:
        nodes.append(words(EDGE, y + 13, row.label, "name"))
        y += LABEL
        top = y
        for each in row.bars:
            length = scale.at(each.value)
            nodes.append(bar(EDGE + 1, y + 1, length, THICK, each.series))
            nodes.append(words(EDGE + length + 8, y + 12, each.text, "tick"))
            y += PITCH
        nodes.append(line(EDGE, top - 1, EDGE, y - 1, "axis"))
        y += GAP
    return svg(y, nodes)
