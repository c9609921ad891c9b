"""What a browser is sent: the same program on the same lines, without words that only people read."""

import ast
import re
from pathlib import Path

import pytest

from sitebuild.page_archive import ROOMS
from sitebuild.slim_source import slim
from tests.support.import_graph import TOP

MODULES = [path for room in ROOMS for path in sorted((TOP / room).rglob("*.py"))]
ENDS = re.compile(r"end_(lineno|col_offset)=\d+")
"""Where a block ends is told by its last statement, which may have been a docstring."""


def code_of(source: str) -> str:
    """The program with the place of each statement, leaving out `pass` and strings that stand alone."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [one for one in body if not says_nothing(one)]  # type: ignore[attr-defined]
    return ENDS.sub("", ast.dump(tree, include_attributes=True))


def says_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return isinstance(statement.value.value, str)
    return isinstance(statement, ast.Pass)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(TOP).as_posix())
def test_every_module_keeps_its_code_on_its_lines(path: Path) -> None:
    source = path.read_text()
    assert code_of(slim(source)) == code_of(source)


def test_comments_and_docstrings_are_gone_and_other_strings_stay() -> None:
    source = (
        '"""Module."""\n# why\nLIMIT = 3  # in seconds\n"""What it means."""\n\n\n'
        'def sign() -> str:\n    """Two\n    lines."""\n    return "# no comment"\n'
    )
    assert slim(source) == '\n\nLIMIT = 3\n\n\n\ndef sign() -> str:\n    pass\n\n    return "# no comment"\n'


def test_a_body_that_is_only_a_docstring_stays_a_body() -> None:
    namespace: dict[str, object] = {}
    source = 'class Port:\n    def close(self):\n        """Let go."""\n\nanswer = Port().close()\n'
    exec(slim(source), namespace)
    assert namespace["answer"] is None


def test_what_is_no_python_stays_as_it_is() -> None:
    for broken in ("def (:\n  # why\n", 'x = """open\n', "if x:\n        a\n    b\n"):
        assert slim(broken) == broken


def test_a_string_keeps_its_white_space_and_its_unusual_line_ends() -> None:
    source = 'TEXT = """one  \n\ttwo\u2028three\x0cfour"""  # why\nAFTER = 1  # so\n'
    assert slim(source) == 'TEXT = """one  \n\ttwo\u2028three\x0cfour"""\nAFTER = 1\n'


def test_a_docstring_and_the_comment_behind_it_go_together() -> None:
    assert slim('def act() -> None:\n    """Do\n    it."""  # noqa: D\n    run()\n') == (
        "def act() -> None:\n    pass\n\n    run()\n"
    )
