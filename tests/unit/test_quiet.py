"""Tests marked `quiet` have the machine to themselves, however many workers there are."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.import_graph import TOP

TESTS = """
import os
import time
from pathlib import Path

from tests.support.import_graph import TOP

import pytest


def tell(what):
    with (Path(__file__).parent / "told").open("a") as file:
        file.write(what + "\\n")


@pytest.fixture(scope="module")
def shared():
    tell("begin")
    yield
    tell("end")


@pytest.mark.parametrize("number", range(6))
def test_others(shared, number):
    tell("begin")
    time.sleep(0.05)
    tell("end")


@pytest.mark.quiet
@pytest.mark.parametrize("number", range(6))
def test_quiet(number):
    tell("begin quiet")
    time.sleep(0.05)
    tell("end quiet")
"""


def told(folder: Path) -> list[str]:
    """What tests of both kinds in three files tell about themselves."""
    for name in "abc":
        (folder / f"test_{name}.py").write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    quiet\n    long\n")
    workers = ["-n", "3", "--dist", "loadgroup", "--no-loadscope-reorder"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "xdist", *workers, str(folder)]
    # The copied rules import from the repository.
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(TOP)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert "36 passed" in done.stdout, done.stdout + done.stderr
    return (folder / "told").read_text().splitlines()


def company(lines: list[str]) -> int:
    """How many others were under way, at most, while a quiet test was."""
    most = running = quiet = 0
    for line in lines:
        step = 1 if line.startswith("begin") else -1
        running += step
        quiet += step if line.endswith("quiet") else 0
        most = max(most, running - 1 if quiet else 0)
    return most


def test_nothing_runs_beside_a_quiet_test(tmp_path: Path) -> None:
    rules = Path(__file__).parents[1] / "conftest.py"
    (tmp_path / "conftest.py").write_text(rules.read_text())
    lines = told(tmp_path)
    assert lines.count("begin quiet") == 18
    assert company(lines) == 0


def test_without_the_rule_something_would(tmp_path: Path) -> None:
    assert company(told(tmp_path)) > 0
