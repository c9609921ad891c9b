"""Python source as MicroPython reads it: without annotations, which that interpreter passes over."""

import ast
from collections.abc import Iterator
from typing import NamedTuple


class Cut(NamedTuple):
    """What goes from one line; columns count bytes, as those of `ast` do."""

    line: int
    start: int
    end: int


def untyped(source: str) -> str:
    """The program for MicroPython, a tenth smaller when packed: no annotations, each statement on its line.

    An annotation that spans lines stays. A file that is no Python stays as it is.
    """
    lines = source.encode().splitlines(keepends=True)
    try:
        cuts = sorted(_cuts(ast.parse(source), lines), reverse=True)
    except SyntaxError:
        return source
    for cut in cuts:
        line = lines[cut.line]
        lines[cut.line] = line[: cut.start] + line[cut.end :]
    return b"".join(lines).decode()


def _cuts(tree: ast.Module, lines: list[bytes]) -> Iterator[Cut]:
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation is not None:
            yield from _cut(node.lineno, node.col_offset + len(node.arg.encode()), node.annotation)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield from _cut(node.target.end_lineno, node.target.end_col_offset, node.annotation)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
            arrow = lines[node.returns.lineno - 1].rfind(b"->", 0, node.returns.col_offset)
            if arrow >= 0:
                yield from _cut(node.returns.lineno, arrow, node.returns)


def _cut(line: int | None, start: int | None, annotation: ast.expr) -> Iterator[Cut]:
    """From `start` to the annotation's end, if all of it is on this line."""
    if line == annotation.lineno == annotation.end_lineno and start is not None:
        yield Cut(line - 1, start, annotation.end_col_offset or start)
