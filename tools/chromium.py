"""Find the Chromium that the browser tests drive, and install one on a machine that has none.

`python -m tools.chromium` prints its path. Tests call `find`, which installs nothing.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.errors import ToolError, run_main
from tools.run_logged import log_file, run_logged
from tools.venv import VENV, apt_install

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_APPS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
ADVICE = "No Chromium or Chrome was found; install one so that `chromium` or `google-chrome` is on PATH."

_ASK_PLAYWRIGHT = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""

# Where an installed browser's path is written down for `find`.
NOTE = VENV / "chromium-path"


def main() -> None:
    """Print the path of a Chromium that works."""
    print(ensure())


def find() -> str:
    """Return the path of Chromium or Chrome: what `ensure` has chosen, else what the machine has.

    Raises:
        ToolError: there is none.
    """
    found = _noted() or _on_machine()
    if found is None:
        raise ToolError(ADVICE)
    return found


def ensure() -> str:
    """Return the path of a Chromium that starts, installing one when there is none.

    Tried in turn: what the machine has, what an earlier run installed, Playwright's own download, and
    Debian's package when we may install packages.

    Raises:
        ToolError: none of these gives a browser that starts.
    """
    for source in (_on_machine, _noted, _from_playwright, _from_debian):
        path = source()
        if path is not None and starts(path):
            NOTE.parent.mkdir(exist_ok=True)
            NOTE.write_text(path)
            return path
    raise ToolError(ADVICE)


def starts(path: str) -> bool:
    """Tell whether this browser runs here: a download may lack system libraries, a wrapper its browser."""
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def _on_machine() -> str | None:
    found = (shutil.which(name) for name in NAMES)
    apps = (path for path in MAC_APPS if sys.platform == "darwin" and Path(path).exists())
    return next((path for path in (*found, *apps) if path), None)


def _noted() -> str | None:
    if not NOTE.exists():
        return None
    path = NOTE.read_text()
    return path if Path(path).exists() else None


def _from_playwright() -> str | None:
    print("Installing Chromium for the browser tests with Playwright", flush=True)
    call = [sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"]
    # What a failure prints is pages of JavaScript, and there is another way: the log's name is enough.
    if not run_logged(call, "playwright"):
        print(f"Playwright could not download Chromium here; see {log_file('playwright')}", flush=True)
        return None
    answer = subprocess.run(
        [sys.executable, "-c", _ASK_PLAYWRIGHT], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or None


def _from_debian() -> str | None:
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return None
    print("Installing Debian's chromium package for the browser tests", flush=True)
    apt_install("chromium")
    return _on_machine()


if __name__ == "__main__":
    run_main(main)
