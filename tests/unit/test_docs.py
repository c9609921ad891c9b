"""What the documents point at is there: files, folders, tests, other documents, a section for the version."""

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from tests.support.import_graph import TOP

DOCUMENTS = [
    *(TOP / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((TOP / "docs").rglob("*.md")),
]

CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")

MADE_BY_MAKE = {".venv/", ".runtime/", ".data/", "dist/", "test-results/", "node_modules/"}
"""Folders that a fresh clone does not have, with what lies in them."""

TESTS = ("unit", "integration", "e2e", "engines", "contract")
"""First parts of the short names that pages give to tests; `contract/` is tests/integration/contract/."""

TEST_NAME = re.compile(r"\btest_\w+…?")
"""A test or a file of tests; one that ends in … stands for all that begin so."""

TEST_IN_FILE = re.compile(r"`(\w+/[\w/]+\.py)::(test_\w+)")

BARE = re.compile(r"[\w-]+\.(py|js|md|html|css|toml|mjs|c)")
"""A file named without its folder, as in a paragraph about that folder."""

FOLDERS = tuple(
    sorted(path.name for path in TOP.iterdir() if path.is_dir() and not path.name.startswith("."))
)


def defined_tests(path: Path) -> set[str]:
    return set(re.findall(r"def (test_\w+)", path.read_text("utf-8")))


@cache
def known_tests() -> set[str]:
    files = list((TOP / "tests").rglob("test_*.py"))
    return {path.stem for path in files}.union(*map(defined_tests, files))


def is_a_test(name: str) -> bool:
    if name.endswith("…"):
        return any(one.startswith(name.removesuffix("…")) for one in known_tests())
    return name in known_tests()


def names_a_path(text: str) -> bool:
    """Whether this piece of code looks like a file or folder below the top of the repository."""
    first, slash, _ = text.partition("/")
    return bool(slash) and first in (*FOLDERS, *TESTS) and re.fullmatch(r"[\w./*-]+", text) is not None


def places_of(text: str) -> list[Path]:
    """What is there under this name, which may have a * in it."""
    first = text.partition("/")[0]
    places = [TOP]
    if first in TESTS and first not in FOLDERS:
        places = [TOP / "tests", TOP / "tests" / "integration"]
    found = [path for place in places for path in place.glob(text.rstrip("/"))]
    return [path for path in found if path.is_dir() or not text.endswith("/")]


def exists(text: str) -> bool:
    return bool(places_of(text))


@cache
def file_names() -> set[str]:
    inside = {path.name for folder in FOLDERS for path in (TOP / folder).rglob("*")}
    return inside | {path.name for path in TOP.iterdir()}


def paths_named_in(document: str) -> list[str]:
    """Of `tests/x.py::test_y` the file; what `make` makes is left out."""
    named = [code.partition("::")[0] for code in CODE.findall(document)]
    made = tuple(MADE_BY_MAKE)
    return [path for path in named if names_a_path(path) and not path.startswith(made)]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(TOP).as_posix())
def test_every_path_in_a_document_is_there(path: Path) -> None:
    missing = [named for named in paths_named_in(path.read_text("utf-8")) if not exists(named)]
    assert missing == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(TOP).as_posix())
def test_every_file_named_without_its_folder_is_somewhere(path: Path) -> None:
    bare = {code for code in CODE.findall(path.read_text("utf-8")) if BARE.fullmatch(code)}
    assert bare - file_names() == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(TOP).as_posix())
def test_every_test_named_in_a_document_is_there(path: Path) -> None:
    document = path.read_text("utf-8")
    assert {name for name in TEST_NAME.findall(document) if not is_a_test(name)} == set()
    for file, name in TEST_IN_FILE.findall(document):
        assert any(name in defined_tests(place) for place in places_of(file)), f"{file}::{name}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(TOP).as_posix())
def test_every_link_to_a_document_leads_somewhere(path: Path) -> None:
    targets = [target for target in LINK.findall(path.read_text("utf-8")) if "://" not in target]
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_the_rules_would_notice() -> None:
    assert paths_named_in("see `backend/live/room.py`, `a/b`, `unit/x.py::test_y` and `dist/x`") == [
        "backend/live/room.py",
        "unit/x.py",
    ]
    assert exists("backend/live/room.py")
    assert exists("e2e/test_speech.py")
    assert exists("tests/unit/")
    assert not exists("backend/no_such_room/")
    assert not exists("unit/test_no_such_thing.py")
    assert TEST_NAME.findall("`unit/test_a.py::test_b…`, `::test_c[http]`") == ["test_a", "test_b…", "test_c"]
    assert is_a_test("test_the_rules_would_n…")
    assert not is_a_test("test_the_rules_would_n")
    assert LINK.findall("[a](b.md#part) [c](https://d.example)") == ["b.md", "https://d.example"]


def test_the_version_of_the_project_is_the_newest_release() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    headings = re.findall(r"^## (.+)$", (TOP / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "Unreleased"
    released = [heading for heading in headings if heading != "Unreleased"]
    assert re.fullmatch(re.escape(project["version"]) + r" - \d{4}-\d{2}-\d{2}", released[0])
