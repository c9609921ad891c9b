"""docs/rollout.md is followed: its commands run against a real server process and print what stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from backend.rollout.judge import needed
from backend.rollout.verdict import about
from tests.integration.backend.test_dev_server import free_port
from tests.support.import_graph import TOP
from tests.unit.backend.rollout.test_confidence import LOSS_FOUND_BEFORE

DOCUMENT = (TOP / "docs" / "rollout.md").read_text("utf-8")
END = "@@ end of step"


class Step(NamedTuple):
    """Commands, and what they print; `...` stands for anything within a line."""

    commands: str
    expected: str

    def fits(self, printed: str) -> bool:
        parts = map(re.escape, self.expected.split("..."))
        return re.fullmatch(".+".join(parts), printed) is not None


def steps() -> list[Step]:
    """The document's blocks of commands, each with the text that stands after it."""
    blocks = re.findall(r"```(sh|text)\n(.*?)```", DOCUMENT, re.DOTALL)
    return [
        Step(block, after[1] if after[0] == "text" else "")
        for (kind, block), after in zip(blocks, [*blocks[1:], ("", "")], strict=True)
        if kind == "sh"
    ]


def test_every_text_has_its_commands() -> None:
    kinds = re.findall(r"^```(\w+)$", DOCUMENT, re.MULTILINE)
    assert set(kinds) == {"sh", "text"}
    assert "text text" not in " ".join(kinds)
    assert len(steps()) == kinds.count("sh") >= 10


@pytest.mark.timeout(300)
def test_the_document_can_be_followed(tmp_path: Path) -> None:
    """All steps in one shell, as a reader would run them."""
    script = "trap 'kill $SERVER 2>/dev/null || true' EXIT\n" + "".join(
        f"{step.commands}\necho '{END}'\n" for step in steps()
    )
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PORT": str(free_port()),
        "ADMIN_PORT": str(free_port()),
        "DATA": str(tmp_path / "data"),
    }
    done = subprocess.run(
        ["bash", "-e", "-c", script], cwd=TOP, env=environment, capture_output=True, text=True, check=False
    )
    printed = re.split(rf"{END}\n", done.stdout)
    for step, text in zip(steps(), printed, strict=False):
        assert step.fits(text), f"{step.commands}\nprinted:\n{text}\ninstead of:\n{step.expected}"
    assert (done.returncode, done.stderr, printed[len(steps()) :]) == (0, "", [""])


def test_the_numbers_of_the_table_are_those_of_the_judge() -> None:
    rows = re.findall(r"^\| (\d\d) of 100 \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$", DOCUMENT, re.MULTILINE)
    assert len(rows) == 3
    for percent, *numbers in rows:
        rate = int(percent) / 100
        loss = [(0.1, 0.05), (0.5, 0.05), (0.5, 0.02)]
        assert numbers == [about(needed(share, rate, points)) for share, points in loss]
    assert f"before {LOSS_FOUND_BEFORE:,} creations" in DOCUMENT
    assert needed(0.1, 0.98, 0.98) < 35


def test_the_rule_would_notice() -> None:
    step = Step("told x", "about ... more\nlast\n")
    assert step.fits("about 5 more\nlast\n")
    assert not step.fits("about 5 more\nlast")
    assert not step.fits("about 5\nmore\nlast\n")
    assert not step.fits("about more\nlast\n")
