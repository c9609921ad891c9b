"""docs/sessions.md and docs/live.md promise tests by name; every one of them exists."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
PAGES = [TESTS.parent / "docs" / name for name in ("sessions.md", "live.md")]

_NAME = re.compile(r"\btest_\w+(…?)")
_FILE = re.compile(r"`((?:unit|integration|contract|e2e|soak)/[\w/]+\.py)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_named_in_the_docs_exists(page: Path) -> None:
    files = list(TESTS.rglob("test_*.py"))
    known = {name for file in files for name in re.findall(r"def (test_\w+)", file.read_text())}
    known |= {file.stem for file in files}
    named = {match[0] for match in _NAME.finditer(page.read_text())}
    assert len(named) > 30
    assert {name for name in named if not _stands_for_some(name, known)} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_named_in_the_docs_exists(page: Path) -> None:
    named = {name.replace("contract/", "integration/contract/") for name in _FILE.findall(page.read_text())}
    assert len(named) > 10
    assert {name for name in named if not (TESTS / name).is_file()} == set()


def _stands_for_some(name: str, known: set[str]) -> bool:
    """A name that ends in … stands for all that begin so."""
    if name.endswith("…"):
        return any(one.startswith(name.removesuffix("…")) for one in known)
    return name in known
