"""The listener's adapters call JavaScript so that no exception of it crosses MicroPython.

Why, says pylib/browser/bridge.py; what people see then, tests/e2e/test_refusing_browser.py.
"""

import ast
import re
from collections.abc import Iterator

from sitebuild.page_archive import modules_of
from tests.support.import_graph import TOP

CLASSES = ("AudioContext", "AudioWorkletNode", "WebSocket")
STORES = ("localStorage", "sessionStorage")
"""What throws in browsers people use: out of resources, at an address, or by a setting."""

ADAPTERS = sorted(name for name in modules_of(TOP, "listener/main.py") if name.startswith("pylib/browser/"))


def tree_of(name: str) -> ast.Module:
    return ast.parse((TOP / name).read_text())


def guards(tree: ast.AST) -> Iterator[ast.Try]:
    """All `try` that would catch a JsException."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Try):
            caught = [handler.type for handler in node.handlers if handler.type is not None]
            if any("JsException" in ast.unparse(kind) for kind in caught):
                yield node


def unawaited(guard: ast.Try) -> list[str]:
    """Calls of JavaScript's own, `js.something(...)`, in the body of a `try`, with no `await` before them."""
    nodes = [node for part in guard.body for node in ast.walk(part)]
    awaited = {id(node.value) for node in nodes if isinstance(node, ast.Await)}
    calls = [node for node in nodes if isinstance(node, ast.Call) and id(node) not in awaited]
    return [ast.unparse(call) for call in calls if ast.unparse(call.func).startswith("js.")]


def touched_plainly(tree: ast.AST) -> list[str]:
    """`js.WebSocket.new(...)` and its kind, and `js.localStorage`, which throws when it is only read."""
    throwing = {f"js.{name}.new" for name in CLASSES} | {f"js.{name}" for name in STORES}
    found = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    return [text for text in found if text in throwing]


def test_a_javascript_exception_is_caught_only_where_something_is_awaited() -> None:
    for name in ADAPTERS:
        for guard in guards(tree_of(name)):
            assert any(isinstance(node, ast.Await) for node in ast.walk(guard)), f"{name}:{guard.lineno}"
            assert unawaited(guard) == [], f"{name}:{guard.lineno}"


def test_what_throws_is_called_by_try_call() -> None:
    assert "pylib/browser/websocket.py" in ADAPTERS
    for name in ADAPTERS:
        assert touched_plainly(tree_of(name)) == [], name


ALWAYS_THERE = ("js.navigator.userAgent", "js.navigator.share")
"""The second is asked for by `can_share` before; its call must be one of `navigator` itself."""


def navigator_read(tree: ast.AST) -> list[str]:
    """Names of `navigator` that are read plainly, or looked for though they may be there without a value."""
    nodes = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, (ast.Attribute, ast.Call))]
    found = [text for text in nodes if re.fullmatch(r"js\.navigator\.\w+", text)]
    return found + [text for text in nodes if re.match(r"(js\.Reflect\.)?has\(js\.navigator,", text)]


def test_what_navigator_offers_is_asked_for_as_a_service() -> None:
    """Extensions and old browsers leave its names undefined, which MicroPython takes for true."""
    for path in sorted((TOP / "pylib" / "browser").glob("*.py")):
        assert set(navigator_read(ast.parse(path.read_text()))) <= set(ALWAYS_THERE), path.name


def test_no_script_measures_time_by_a_clock_that_can_be_set() -> None:
    """Phones set theirs when they first have a network: a start would be given up at once, or never."""
    scripts = [*(TOP / "pylib").rglob("*.js"), *(TOP / "assets").rglob("*.js")]
    assert scripts
    assert [path.name for path in scripts if "Date.now" in path.read_text()] == []


def test_the_rules_would_notice() -> None:
    wrong = (
        "try:\n    js.fetch(1)\nexcept JsException:\n    js.AudioContext.new()\n    js.localStorage.clear()"
    )
    [guard] = guards(ast.parse(wrong))
    assert unawaited(guard) == ["js.fetch(1)"]
    assert touched_plainly(ast.parse(wrong)) == ["js.AudioContext.new", "js.localStorage"]
    plain = "if has(js.navigator, 'locks'):\n    js.navigator.locks.query()"
    assert navigator_read(ast.parse(plain)) == ["js.navigator.locks", "has(js.navigator, 'locks')"]
