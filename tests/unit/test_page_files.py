"""A PyScript page loads just the files its config lists: a forgotten one fails only in the browser."""

import tomllib
from pathlib import Path

import pytest

from tests.support.import_graph import TOP, closure

TYPING_STAND_IN = "pylib/browser/micropython/typing.py"

PAGES = [
    ("pyscript.toml", "speaker/main.py", set()),
    ("listener/pyscript.toml", "listener/main.py", {TYPING_STAND_IN}),
    ("listener/pyodide.toml", "listener/main.py", set()),
]


@pytest.mark.parametrize(("config", "entry", "extra"), PAGES)
def test_a_page_lists_every_file_it_imports_and_no_other(config: str, entry: str, extra: set[str]) -> None:
    needed = {path.relative_to(TOP).as_posix() for path in closure(TOP / entry)} - {entry}
    assert listed(config).keys() == needed | extra


@pytest.mark.parametrize(("config", "entry", "extra"), PAGES)
def test_each_file_lands_where_python_looks_for_it(config: str, entry: str, extra: set[str]) -> None:
    for source, destination in listed(config).items():
        assert destination == ("typing.py" if source == TYPING_STAND_IN else source)


def listed(config: str) -> dict[str, str]:
    """Source, from the top of the repository, to destination in the interpreter's file system."""
    path = TOP / config
    files = tomllib.loads(path.read_text())["files"]
    return {resolved(path.parent, source): destination for source, destination in files.items()}


def resolved(folder: Path, source: str) -> str:
    return (folder / source).resolve().relative_to(TOP).as_posix()


def test_the_listener_page_on_pyodide_is_the_same_page() -> None:
    """Two files for one page: what a person sees must not drift apart."""

    def body(name: str) -> list[str]:
        lines = (TOP / "listener" / name).read_text().splitlines()
        return [line for line in lines if "preload" not in line and "main.py" not in line]

    assert body("pyodide.html") == body("index.html")
