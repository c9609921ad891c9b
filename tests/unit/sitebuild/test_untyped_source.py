"""What MicroPython is sent: the program without annotations, each statement on its line."""

import ast

import pytest

from sitebuild.page_archive import modules_of
from sitebuild.untyped_source import untyped
from tests.support.import_graph import TOP

MODULES = sorted(modules_of(TOP, "listener/main.py"))


class Untyping(ast.NodeTransformer):
    """Takes annotations out of a tree, as MicroPython's compiler does."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return node
        return ast.copy_location(ast.Assign([node.target], node.value), node)


def code_of(source: str) -> tuple[str, list[int]]:
    """The program as it runs on MicroPython, and the line of each statement."""
    tree = Untyping().visit(ast.parse(source))
    return ast.dump(tree), [node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt)]


@pytest.mark.parametrize("name", MODULES)
def test_every_module_of_the_listener_page_runs_alike(name: str) -> None:
    source = (TOP / name).read_text("utf-8")
    assert code_of(untyped(source)) == code_of(source)


def test_annotations_are_gone_where_they_fit_on_a_line() -> None:
    source = (
        "async def find(self, é: 'A | None' = None, *, x: list[int], **rest: Any) -> Callable[[], None]:\n"
        "    self.seen: dict[str, int] = {'->': 1}\n"
        "    later: int\n"
        "    return lambda: None\n"
        "def long(\n    x: dict[\n        str, int\n    ],\n) -> None: ...\n"
    )
    assert untyped(source) == (
        "async def find(self, é = None, *, x, **rest) :\n"
        "    self.seen = {'->': 1}\n"
        "    later: int\n"
        "    return lambda: None\n"
        "def long(\n    x: dict[\n        str, int\n    ],\n) : ...\n"
    )


def test_what_is_no_python_stays_as_it_is() -> None:
    assert untyped("def broken(:\n") == "def broken(:\n"
