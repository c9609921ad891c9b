"""Create the virtual environment in .venv and install pinned requirements into it.

`python3 -m tools.venv serve` is run by the system's own Python, so this file and what it imports must stay
readable to Pythons older than the 3.11 that Lectern needs: they have to get as far as saying so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from tools.cache import cache_folder
from tools.errors import ToolError, run_main

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST = (3, 11)

# A set of requirements, and the smaller sets that installing it installs as well.
INCLUDES = {"serve": (), "dev": ("serve",), "node": (), "lock": ()}


def main() -> None:
    """Install the set of requirements named on the command line."""
    check_python(sys.version_info[:3])
    for name in sys.argv[1:]:
        install(name)


def check_python(version: tuple[int, ...]) -> None:
    """Raise `ToolError` when this Python is too old to run Lectern."""
    if tuple(version[:2]) < OLDEST:
        found = ".".join(str(part) for part in version)
        raise ToolError(
            f"Python 3.11 or newer is needed and {sys.executable} is {found}; "
            "install a newer one and name it, for example: make serve PYTHON=python3.12"
        )


def install(name: str) -> None:
    """Bring the environment to what requirements/NAME.txt pins; free when it is there already.

    Raises:
        ToolError: the environment cannot be created, or the packages cannot be had.
    """
    if not _is_whole():
        _create()
    requirements = ROOT / "requirements" / f"{name}.txt"
    digest = sha256(requirements.read_bytes()).hexdigest()
    stamp = _stamp(name)
    if stamp.exists() and stamp.read_text() == digest:
        return
    print(f"Installing requirements/{name}.txt into .venv", flush=True)
    pip("install", "--require-hashes", "-r", str(requirements))
    stamp.write_text(digest)
    for included in INCLUDES[name]:
        text = (ROOT / "requirements" / f"{included}.txt").read_bytes()
        _stamp(included).write_text(sha256(text).hexdigest())


def pip(command: str, *arguments: str) -> None:
    """Run one pip command of the environment.

    Raises:
        ToolError: pip failed; its own words are above the sentence.
    """
    quiet = ["--quiet"] if not sys.stdout.isatty() else []
    call = [str(VENV / "bin" / "python"), "-m", "pip", command, *quiet, "--disable-pip-version-check"]
    call += ["--no-input", "--retries", "2", "--cache-dir", str(cache_folder() / "pip"), *arguments]
    if subprocess.run(call, cwd=ROOT, check=False).returncode:
        raise ToolError("Python packages could not be installed; check the network connection and try again.")


def _stamp(name: str) -> Path:
    return VENV / f"{name}.stamp"


def _is_whole() -> bool:
    """Tell whether .venv was made to the end, and by the Python that it still leads to."""
    stamp = _stamp("venv")
    python = VENV / "bin" / "python"
    return python.exists() and stamp.exists() and stamp.read_text() == str(python.resolve())


def _create() -> None:
    """Make .venv anew; half an environment (an interrupted run, a removed Python) is thrown away first."""
    if VENV.exists():
        shutil.rmtree(VENV)
    if not _has_ensurepip():
        _install_ensurepip()
    print("Creating .venv", flush=True)
    if subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False).returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        raise ToolError(f"{sys.executable} -m venv failed, so there is nowhere to install packages.")
    _stamp("venv").write_text(str((VENV / "bin" / "python").resolve()))


def _has_ensurepip() -> bool:
    """Debian ships Python without it; it is looked for in a new process, as it may have come just now."""
    call = [sys.executable, "-c", "import ensurepip"]
    return subprocess.run(call, stderr=subprocess.DEVNULL, check=False).returncode == 0


def _install_ensurepip() -> None:
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], check=False)
    if not _has_ensurepip():
        raise ToolError(
            f"Python's venv module is not complete here; install it first: sudo apt install {package}"
        )


if __name__ == "__main__":
    run_main(main)
