"""Drawing, by the DOM."""

from typing import Any

import js

from pylib.browser.dom import DomPage
from pylib.ui.drawing import Node

HTML = "http://www.w3.org/1999/xhtml"
SVG = "http://www.w3.org/2000/svg"


class DomDrawing:
    """Makes each element by its name and each text as a text: no string is ever parsed as HTML."""

    def __init__(self, page: DomPage) -> None:
        self._page = page

    def draw(self, name: str, nodes: "list[Node]") -> None:
        """See Drawing."""
        element = self._page.element(name)
        element.replaceChildren()
        for each in nodes:
            element.append(_built(each, HTML))


def _built(node: Node, namespace: str) -> Any:
    namespace = SVG if node.tag == "svg" else namespace
    element = js.document.createElementNS(namespace, node.tag)
    for name, value in node.attributes.items():
        element.setAttribute(name, value)
    for child in node.children:
        element.append(child if isinstance(child, str) else _built(child, namespace))
    return element
