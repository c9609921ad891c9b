"""docs/sessions.md promises tests by name; every one of them exists."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[2]
PAGE = TESTS.parent / "docs" / "sessions.md"

_NAME = re.compile(r"\btest_\w+(?!\w*\.py)")
_FILE = re.compile(r"`((?:unit|integration|contract|e2e)/[\w/]+\.py)")


def test_every_test_named_in_the_docs_exists() -> None:
    text = PAGE.read_text()
    defined = set(
        re.findall(r"def (test_\w+)", "\n".join(file.read_text() for file in TESTS.rglob("test_*.py")))
    )
    files = {file.stem for file in TESTS.rglob("test_*.py")}
    named = set(_NAME.findall(text))
    assert len(named) > 30
    # A name that ends in … stands for all that begin with it.
    unknown = {name for name in named if not any(known.startswith(name) for known in defined | files.keys())}
    assert unknown == set()


def test_every_file_named_in_the_docs_exists() -> None:
    named = {name.replace("contract/", "integration/contract/") for name in _FILE.findall(PAGE.read_text())}
    assert len(named) > 10
    assert {name for name in named if not (TESTS / name).is_file()} == set()
