"""The backend asks one clock what time it is: the one that create_app hands to every part."""

import ast
from pathlib import Path

import pytest

from backend.clock import SystemClock
from tests.support.import_graph import TOP

CLOCK = TOP / "backend" / "clock.py"
PAGE = TOP / "backend" / "status_page"
"""It runs in a browser."""
MOMENTS = {"now", "utcnow", "today"}


def clock_reads(source: str) -> list[str]:
    """The imports and calls of a module that ask the computer for the time."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names) if any(name.name == "time" for name in names):
                found.append("import time")
            case ast.ImportFrom(module="time"):
                found.append("from time import")
            case ast.Call(func=ast.Attribute(value=owner, attr=name)) if is_clock(ast.unparse(owner), name):
                found.append(f"{ast.unparse(owner)}.{name}()")
    return found


def is_clock(owner: str, name: str) -> bool:
    """Whether `owner.name()` reads a calendar, or an event loop's clock or timers."""
    if name in MOMENTS:
        return owner.rpartition(".")[2] in ("datetime", "date")
    return "loop" in owner and name in ("time", "call_later", "call_at")


@pytest.mark.parametrize(
    "path",
    [path for path in sorted((TOP / "backend").rglob("*.py")) if path != CLOCK and PAGE not in path.parents],
    ids=lambda path: path.relative_to(TOP).as_posix(),
)
def test_no_other_file_asks_the_computer_for_the_time(path: Path) -> None:
    assert clock_reads(path.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "import time\nnow = time.monotonic()",
        "from time import time_ns",
        "now = datetime.now(UTC)",
        "now = datetime.datetime.utcnow()",
        "now = loop.time()",
        "asyncio.get_running_loop().call_later(1, print)",
    ],
)
def test_the_rule_would_notice(source: str) -> None:
    assert clock_reads(source)


def test_the_clock_itself_would_be_noticed() -> None:
    assert clock_reads(CLOCK.read_text()) == ["import time", "asyncio.get_running_loop().call_later()"]


def test_the_steady_clock_goes_on_when_the_wall_clock_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SystemClock()
    before = clock.steady_ms()
    assert abs(before - clock.now_ms()) < 1000
    monkeypatch.setattr("backend.clock.time.time_ns", lambda: 0)
    assert clock.now_ms() == 0
    assert before <= clock.steady_ms() < before + 60_000
