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
from tools.progress import Progress, folder_bytes
from tools.run_logged import run_logged, show_end

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
    """Install what requirements/NAME.txt pins; does nothing when it is installed already.

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
    """Install from the wheels in the cache, after downloading those that are missing or damaged."""
    wheels = cache_folder() / "wheels"
    pinned = ["--require-hashes", "--no-deps", "-r", str(requirements)]
    from_cache = ["install", "--no-index", "--find-links", str(wheels), *pinned]
    wheels.mkdir(parents=True, exist_ok=True)
    if run_logged(_pip(from_cache), "pip-install"):
        return
    _download(pinned, wheels)
    # Where a package has no wheel for this machine, pip builds one and asks the network for the means.
    installed = run_logged(_pip(from_cache), "pip-install") or run_logged(
        _pip(["install", *pinned]), "pip-install"
    )
    if not installed:
        show_end("pip-install")
        raise ToolError("Python packages could not be installed; pip's last lines are above.")


def _download(pinned: list[str], wheels: Path) -> None:
    """Add what pip's arguments pin to the wheels of the cache."""
    progress = Progress("Downloading Python packages", None)
    with tempfile.TemporaryDirectory(dir=cache_folder()) as name:
        # pip collects below TMPDIR, whose growth is the progress, and copies to --dest at the end.
        arriving, fresh = Path(name) / "arriving", Path(name) / "wheels"
        arriving.mkdir()
        downloaded = run_logged(
            _pip(["download", "--retries", "2", "--dest", str(fresh), *pinned]),
            "pip-download",
            environment={**os.environ, "TMPDIR": str(arriving)},
            while_running=lambda: progress.update(folder_bytes(arriving)),
        )
        if not downloaded:
            show_end("pip-download")
            raise ToolError(
                "Python packages could not be downloaded; check the network connection and try again."
            )
        progress.update(folder_bytes(fresh))
        progress.finish()
        for wheel in fresh.iterdir():
            wheel.replace(wheels / wheel.name)


def _pip(arguments: list[str]) -> list[str]:
    """Return the call of one pip command in the environment."""
    python = str(VENV / "bin" / "python")
    return [python, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]


def _is_installed(name: str) -> bool:
    stamp = _stamp(name)
    return _is_whole() and stamp.exists() and stamp.read_text() == _digest(name)


def _digest(name: str) -> str:
    return sha256((ROOT / "requirements" / f"{name}.txt").read_bytes()).hexdigest()


def _stamp(name: str) -> Path:
    return VENV / f"{name}.stamp"


def _is_whole() -> bool:
    """Tell whether .venv was made completely, and its python is still the one it was made with."""
    stamp = _stamp("venv")
    python = VENV / "bin" / "python"
    return python.exists() and stamp.exists() and stamp.read_text() == str(python.resolve())


def _create() -> None:
    """Make .venv. An incomplete one (an interrupted run, a removed Python) is deleted first."""
    if VENV.exists():
        shutil.rmtree(VENV)
    if not _has_ensurepip():
        _install_ensurepip()
    print("Creating .venv", flush=True)
    if not run_logged([sys.executable, "-m", "venv", str(VENV)], "venv"):
        show_end("venv")
        shutil.rmtree(VENV, ignore_errors=True)
        raise ToolError(f"{sys.executable} -m venv failed, so there is nowhere to install packages.")
    _stamp("venv").write_text(str((VENV / "bin" / "python").resolve()))


def _has_ensurepip() -> bool:
    """Tell whether ensurepip is here, which Debian has in a package apart from Python's.

    A new process looks for it, because apt-get may have installed it a moment ago.
    """
    call = [sys.executable, "-c", "import ensurepip"]
    return subprocess.run(call, stderr=subprocess.DEVNULL, check=False).returncode == 0


def apt_install(package: str) -> bool:
    """Install a Debian package, as root; tells whether it succeeded, and shows apt-get's words if not."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # The package lists may be older than the mirror; when they cannot be renewed, the old ones may still do.
    run_logged(["apt-get", "update"], "apt-update", environment=environment)
    install = ["apt-get", "install", "-y", "--no-install-recommends", package]
    installed = run_logged(install, "apt-install", environment=environment)
    if not installed:
        show_end("apt-install")
    return installed


def _install_ensurepip() -> None:
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if shutil.which("apt-get") and os.geteuid() == 0:
        print(f"Installing Debian's {package} package", flush=True)
        apt_install(package)
    if not _has_ensurepip():
        raise ToolError(
            f"Python's venv module is not complete here; install it first: sudo apt install {package}"
        )


if __name__ == "__main__":
    run_main(main)
