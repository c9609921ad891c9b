"""Tables with the exact numbers behind a plot. Portable."""

from pylib.ui.drawing import Node, node


def table(caption: str, columns: "list[str]", rows: "list[list[str]]") -> Node:
    """A table whose first column names its rows."""
    head = [node("th", {"scope": "col"}, column) for column in columns]
    return node(
        "table",
        {},
        node("caption", {}, caption),
        node("thead", {}, node("tr", {}, *head)),
        node("tbody", {}, *[_row(row) for row in rows]),
    )


def _row(cells: "list[str]") -> Node:
    figures = [node("td", {}, cell) for cell in cells[1:]]
    return node("tr", {}, node("th", {"scope": "row"}, cells[0]), *figures)
