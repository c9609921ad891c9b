"""One Node for all the programs that the tests of this process run in it (runs.mjs)."""

import atexit
import json
import subprocess
from functools import cache
from pathlib import Path

from tools.node import ensure_node

RUNS = Path(__file__).parent / "runs.mjs"
END_S = 20


def run_in_node(program: Path, *arguments: str) -> str:
    """What the program printed.

    Raises:
        AssertionError: it threw, or Node itself ended.
    """
    node = _node()
    assert node.stdin is not None
    assert node.stdout is not None
    node.stdin.write(json.dumps([str(program), *arguments]) + "\n")
    node.stdin.flush()
    line = node.stdout.readline()
    assert line, "Node ended"
    answer = json.loads(line)
    assert answer["error"] is None, answer["error"]
    return str(answer["printed"])


@cache
def _node() -> subprocess.Popen[str]:
    """Started at the first run, ended with this process."""
    node = subprocess.Popen(
        [ensure_node(), str(RUNS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    )
    atexit.register(node.communicate, timeout=END_S)
    return node
