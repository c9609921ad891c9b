"""Drawings of a page: element trees, made by plain Python and put into the page as they are. Portable."""

from typing import Any, NamedTuple, Protocol

Node = NamedTuple("Node", [("tag", str), ("attributes", "dict[str, str]"), ("children", "list[Any]")])
"""An element of HTML, or of SVG where it is an `svg` or stands in one. `children` are nodes and texts.

A text stays a text: whatever characters it holds, no browser reads markup in it.
"""


def node(tag: str, attributes: "dict[str, str] | None" = None, *children: Any) -> Node:
    """An element with these children, nodes and texts."""
    return Node(tag, attributes or {}, list(children))


class Drawing(Protocol):
    """Shows trees; elements of the page are named by their data-testid."""

    def draw(self, name: str, nodes: "list[Node]") -> None:
        """Put these into an element, in place of what it held."""
