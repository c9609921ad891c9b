"""What the wire is made of is written in `pylib/protocol` and nowhere else."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from pylib.protocol import codes, handshake, limits, message_types
from tests.support.import_graph import TOP

ERROR_CODES = {value for name, value in vars(codes).items() if name.isupper() and isinstance(value, str)}
CLOSE_CODES = {name: value for name, value in vars(codes).items() if name.startswith("CLOSE_")}
HANDSHAKE = {handshake.SUBPROTOCOL, handshake.BEARER}

MESSAGE_TYPES = {value for name, value in vars(message_types).items() if name.isupper()}

MILLISECONDS = {codes.CLOSE_NORMAL}
"""Also how many of them a second has."""

WORDS = {message_types.ERROR, message_types.AUDIO, message_types.CREATE_SESSION}
"""Also a page's state, an element of HTML, and an operation of the HTTP API."""


def sources() -> list[Path]:
    folders = ("pylib", "backend", "speaker", "listener", "sitebuild", "tools")
    found = [path for folder in folders for path in sorted((TOP / folder).rglob("*.py"))]
    return [*found, TOP / "dev_server.py"]


def literals(path: Path) -> Iterator[ast.Constant]:
    """Everything written out in a file, but for docstrings."""
    tree = ast.parse(path.read_text())
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in prose:
            yield node


def repeated(values: set[object], *homes: str, kinds: tuple[type, ...] = (str, int)) -> list[str]:
    """Where one of these values is written outside its homes."""
    return [
        f"{path.relative_to(TOP)}:{node.lineno}: {node.value!r}"
        for path in sources()
        if path.relative_to(TOP).as_posix() not in homes
        for node in literals(path)
        if type(node.value) in kinds and node.value in values
    ]


def test_a_code_is_called_what_it_says() -> None:
    assert len(ERROR_CODES) >= 40
    assert all(getattr(codes, code) == code for code in ERROR_CODES)
    assert len(set(CLOSE_CODES.values())) == len(CLOSE_CODES)


@pytest.mark.parametrize(
    ("values", "home"),
    [
        (ERROR_CODES, "pylib/protocol/codes.py"),
        (set(CLOSE_CODES.values()) - MILLISECONDS, "pylib/protocol/codes.py"),
        (HANDSHAKE, "pylib/protocol/handshake.py"),
    ],
    ids=["error codes", "close codes", "handshake"],
)
def test_it_is_written_once(values: set[object], home: str) -> None:
    assert repeated(values, home) == []


def test_a_message_is_named_once_but_for_the_literals_by_which_pydantic_tells_actions_apart() -> None:
    homes = ("pylib/protocol/message_types.py", "pylib/protocol/client_messages.py")
    assert repeated(MESSAGE_TYPES - WORDS, *homes) == []


OTHER_TIMES = {"MAX_RING_MS", "KEPT_FOR_MS", "changes_per_minute"}
"""Alike by chance: sound in the worklet, how long a creation may be unfinished, changes of a user."""


def test_the_grace_is_one_constant() -> None:
    grace: set[object] = {limits.SPEAKER_GRACE_MS, limits.SPEAKER_GRACE_MS / 1000}
    others = {
        f"{path.relative_to(TOP)}:{node.lineno}: {ast.literal_eval(node.value)!r}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value and _target(node) in OTHER_TIMES
    }
    found = set(repeated(grace, "pylib/protocol/limits.py", kinds=(int, float)))
    assert found == others
    assert len(others) == len(OTHER_TIMES)


def _target(node: ast.Assign | ast.AnnAssign) -> str:
    return ast.unparse(node.target if isinstance(node, ast.AnnAssign) else node.targets[0])


def test_nothing_is_closed_with_a_bare_number() -> None:
    calls = [
        f"{path.relative_to(TOP)}:{node.lineno}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith((".close", ".stop"))
        if node.args and isinstance(node.args[0], ast.Constant) and type(node.args[0].value) is int
    ]
    assert calls == []


def test_the_rule_would_notice() -> None:
    assert repeated({"lectern.v1"}, "nowhere.py") != []
