"""Create the virtual environment in .venv and install pinned requirements into it.

`python3 -m tools.venv serve` is run by the system's own Python, so this file and what it imports must stay
readable to Pythons older than the 3.11 that Lectern needs: they have to get as far as saying so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from tools.cache import cache_folder, one_at_a_time
from tools.errors import ToolError, run_main

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST = (3, 11)

# A set of requirements, and the smaller sets that installing it installs as well.
INCLUDES = {"serve": (), "dev": ("serve",), "bench": (), "node": (), "lock": ()}


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
    if _is_installed(name):
        return
    with one_at_a_time("venv"):
        if not _is_whole():
            _create()
        if _is_installed(name):
            return
        print(f"Installing requirements/{name}.txt into .venv", flush=True)
        _install_pinned(ROOT / "requirements" / f"{name}.txt")
        for installed in (name, *INCLUDES[name]):
            _stamp(installed).write_text(_digest(installed))


def _install_pinned(requirements: Path) -> None:
    """Install from the wheels of earlier downloads; pip checks the hashes, and a damaged wheel comes anew."""
    wheels = cache_folder() / "wheels"
    pinned = ["--require-hashes", "--no-deps", "-r", str(requirements)]
    from_cache = ["install", "--quiet", "--no-index", "--find-links", str(wheels), *pinned]
    wheels.mkdir(parents=True, exist_ok=True)
    if _pip(from_cache, hide_errors=True):
        return
    with tempfile.TemporaryDirectory(dir=cache_folder()) as fresh:
        if not _pip(["download", "--retries", "2", "--dest", fresh, *pinned]):
            raise ToolError(
                "Python packages could not be downloaded; check the network connection and try again."
            )
        for wheel in Path(fresh).iterdir():
            wheel.replace(wheels / wheel.name)
    # Where a package has no wheel for this machine, pip builds one and asks the network for the means.
    if not _pip(from_cache, hide_errors=True) and not _pip(["install", *pinned]):
        raise ToolError("Python packages could not be installed; pip's own words are above.")


def _pip(arguments: list[str], hide_errors: bool = False) -> bool:
    """Run one pip command of the environment; tells whether it went well."""
    call = [
        str(VENV / "bin" / "python"),
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--no-input",
        *arguments,
    ]
    if not sys.stdout.isatty():
        call.append("--quiet")
    errors = subprocess.DEVNULL if hide_errors else None
    return subprocess.run(call, cwd=ROOT, stderr=errors, check=False).returncode == 0


def _is_installed(name: str) -> bool:
    stamp = _stamp(name)
    return _is_whole() and stamp.exists() and stamp.read_text() == _digest(name)


def _digest(name: str) -> str:
    return sha256((ROOT / "requirements" / f"{name}.txt").read_bytes()).hexdigest()


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
