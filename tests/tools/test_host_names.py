"""Any static host serves a site right: no name and no type on it needs a host that was set up for it."""

import re
from collections import Counter
from pathlib import Path

import pytest

from backend.http.static_files import CONTENT_TYPES
from tests.support.stock_host import STOCK_TYPES
from tools.runtime.pins import load_pins
from tools.runtime.snapshot import MADE_FROM, SNAPSHOT
from tools.site import build
from tools.venv import ROOT

ANY_TYPE = {
    ".tgz": "PyScript reads its bytes",
    ".snapshot": "our own start script reads its bytes, unpacked on the way or not",
    ".whl": "Pyodide reads its bytes",
    ".made-from": "no page asks for it",
    ".py": "PyScript reads the text of a page's main.py; no page asks for another",
    ".toml": "PyScript reads its text",
    ".webmanifest": "browsers read a manifest whatever its type is",
}
"""Endings that nginx's stock types lack, and why any type will do."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
"""No space, `+` or `%`, which hosts decode each in its way; no `.` or `_` in front, which some leave out."""

NEVER_ASKED_FOR = "__init__.py"
"""Pages have it in their archive."""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The paths of all files of a site."""
    folder = tmp_path_factory.mktemp("site")
    for path in (*(pin.path for pin in load_pins().files), SNAPSHOT, MADE_FROM):
        file = folder / "runtime" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    build(folder / "dist", ROOT, folder / "runtime", "{}")
    dist = folder / "dist"
    return [file.relative_to(dist).as_posix() for file in dist.rglob("*") if file.is_file()]


def test_nginx_with_its_stock_types_serves_every_file_as_browsers_want_it(published: list[str]) -> None:
    """It serves .mjs as application/octet-stream, and no browser runs that: both pages were dead."""
    endings = {Path(path).suffix for path in published}
    assert {".js", ".wasm", ".html", ".css"} <= endings
    assert endings - STOCK_TYPES.keys() - ANY_TYPE.keys() == set()


def test_every_host_finds_every_name(published: list[str]) -> None:
    parts = {part for path in published for part in path.split("/")} - {NEVER_ASKED_FOR}
    assert [part for part in parts if not NAME.fullmatch(part)] == []


def test_no_two_names_differ_in_case_alone(published: list[str]) -> None:
    assert [name for name, count in Counter(map(str.lower, published)).items() if count > 1] == []


def test_this_server_and_stock_hosts_agree_on_types() -> None:
    ours = {ending: CONTENT_TYPES[ending].partition(";")[0] for ending in STOCK_TYPES}
    assert ours | {".js": "application/javascript"} == STOCK_TYPES
