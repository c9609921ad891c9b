"""Run an installer out of sight: what it prints goes to a log file, which is shown only when it fails.

pip, npm and apt-get print notices and warnings that mean nothing to a person who wants to try Lectern. Each
kind of call has a log of its own in the cache folder, and its next run overwrites it.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tools.cache import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_POLL_SECONDS = 0.2
_LINES_SHOWN = 20


def log_file(name: str) -> Path:
    """Return where the output of the last run called `name` is."""
    return cache_folder() / "logs" / f"{name}.log"


def run_logged(
    call: list[str],
    name: str,
    *,
    folder: Path | None = None,
    environment: dict[str, str] | None = None,
    while_running: Callable[[], None] = lambda: None,
) -> bool:
    """Run a program with all its output in the log called `name`; tells whether it succeeded.

    `while_running` is called a few times a second, for a progress bar. The program reads no keyboard: a
    question that it asks would be seen by no one.
    """
    log = log_file(name)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as output:
        print("$", *call, file=output, flush=True)
        with subprocess.Popen(
            call, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        ) as process:
            while True:
                try:
                    return process.wait(_POLL_SECONDS) == 0
                except subprocess.TimeoutExpired:
                    while_running()


def show_end(name: str) -> None:
    """Print the last lines of a failed run to stderr, and which file has all of them."""
    log = log_file(name)
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    print(*lines[-_LINES_SHOWN:], f"The whole output is in {log}", sep="\n", file=sys.stderr, flush=True)
