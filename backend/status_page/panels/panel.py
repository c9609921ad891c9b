"""What every part of the page is made of. Portable."""

from typing import NamedTuple

from backend.status_page.records import Status
from pylib.ui.drawing import Node, node

Panel = NamedTuple("Panel", [("label", str), ("plot", "list[Node]"), ("table", Node)])
"""`label` says in words what the plot shows; `table` holds the exact numbers."""

RANGE_S = {"10m": 600.0, "24h": 86_400.0, "30d": 2_592_000.0}
RANGE_WORDS = {"10m": "the last 10 minutes", "24h": "the last 24 hours", "30d": "the last 30 days"}
TIME_TICKS = {
    "10m": ("10 min ago", "5", "now"),
    "24h": ("24 h ago", "18", "12", "6", "now"),
    "30d": ("30 days ago", "20", "10", "now"),
}
"""Labels at equal steps along a range."""


def period(status: Status) -> str:
    """The range in words."""
    return RANGE_WORDS[status.range]


def empty(why: str, table: Node) -> Panel:
    """A part that has nothing to draw yet says so, and why."""
    text = "Nothing yet: " + why
    return Panel(text, [node("p", {"class": "empty"}, text)], table)
