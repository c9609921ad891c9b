"""`make lock`: choose versions for requirements/*.in and package.json, write them down with hashes."""

import json
import sys
from pathlib import Path
from typing import Any

from tools.errors import ToolError, run_main
from tools.node import npm_command
from tools.run_logged import run_logged, show_end
from tools.runtime.pin import write_pins
from tools.venv import ROOT

_ADDRESSES = ("resolved", "funding")
_SETS = ("serve", "dev", "bench", "node", "lock")


def main() -> None:
    """Write every lock file of the repository."""
    for name in _SETS:
        lock_python(name)
    lock_npm()
    write_pins()


def lock_python(name: str) -> None:
    """Write requirements/NAME.txt from NAME.in, for every platform and for Python 3.11 and newer."""
    call = [str(Path(sys.executable).with_name("uv")), "pip", "compile", "--quiet", "--universal"]
    call += ["--python-version", "3.11", "--generate-hashes", "--no-emit-index-url"]
    call += ["--custom-compile-command", "make lock", f"{name}.in", "--output-file", f"{name}.txt"]
    _run(call, ROOT / "requirements")


def lock_npm() -> None:
    """Write package-lock.json without a registry's addresses: which one is used is the machine's business."""
    _run(
        [*npm_command(), "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"],
        ROOT,
    )
    file = ROOT / "package-lock.json"
    file.write_text(json.dumps(without_addresses(json.loads(file.read_text())), indent=2) + "\n")


def without_addresses(lock: dict[str, Any]) -> dict[str, Any]:
    """Return a package-lock.json whose packages are named by version and hash alone."""
    packages = {
        path: {key: value for key, value in entry.items() if key not in _ADDRESSES}
        for path, entry in lock["packages"].items()
    }
    return lock | {"packages": packages}


def _run(call: list[str], folder: Path) -> None:
    if not run_logged(call, "lock", folder=folder):
        show_end("lock")
        raise ToolError(f"{Path(call[0]).name} could not write its lock file; its last lines are above.")


if __name__ == "__main__":
    run_main(main)
