"""Drawing without a browser: the trees that were drawn, and what stands in them. Portable."""

from typing import Any

from pylib.ui.drawing import Node
from tests.support.fake_page import element_names


class FakeDrawing:
    """Implements ui.drawing.Drawing; `count` is how often an element was drawn."""

    def __init__(self, page: str) -> None:
        self._names = set(element_names(page + "/index.html"))
        self.drawn: dict[str, list[Node]] = {}
        self.count: dict[str, int] = {}

    def draw(self, name: str, nodes: "list[Node]") -> None:
        assert name in self._names, "the page has no element " + name
        self.drawn[name] = nodes
        self.count[name] = self.count.get(name, 0) + 1


def walk(nodes: "list[Any]") -> "list[Node]":
    """Every element, outer ones first."""
    found: list[Node] = []
    for each in nodes:
        if not isinstance(each, str):
            found.append(each)
            found += walk(each.children)
    return found


def texts(nodes: "list[Any]") -> "list[str]":
    """Every text, in order."""
    found: list[str] = []
    for each in nodes:
        if isinstance(each, str):
            found.append(each)
        else:
            found += texts(each.children)
    return found


def looking(nodes: "list[Any]", look: str) -> "list[Node]":
    """The elements with this class among theirs."""
    return [each for each in walk(nodes) if look in each.attributes.get("class", "").split(" ")]


def rows(nodes: "list[Any]") -> "list[list[str]]":
    """The rows of a table, its head first."""
    return [texts(each.children) for each in walk(nodes) if each.tag == "tr"]
