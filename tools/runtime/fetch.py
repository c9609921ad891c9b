"""Fetch the runtime's files with npm and pip, check each against its pin, keep them in the content cache."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from tools.cache import ContentCache, cache_folder, file_digest
from tools.errors import ToolError
from tools.node import npm_command
from tools.progress import Progress, folder_bytes
from tools.run_logged import run_logged, show_end
from tools.runtime.pins import PinnedFile
from tools.venv import ROOT

# The platform tag and Python version of the Pyodide release in package.json.
PYODIDE_PLATFORM = "pyemscripten_2026_0_wasm32"
PYODIDE_PYTHON = "314"

BROWSER_TXT = ROOT / "requirements" / "browser.txt"


def fetch(missing: list[PinnedFile], cache: ContentCache, download_bytes: dict[str, int]) -> None:
    """Download what is missing and add it to the cache.

    Raises:
        ToolError: the network does not give the files, or gives other files than the pinned ones.
    """
    cache_folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_folder()) as name:
        for client, download in (("npm", npm_download), ("pip", pip_download)):
            wanted = [pin for pin in missing if pin.source.startswith(f"{client}:")]
            if wanted:
                work = Path(name) / client
                work.mkdir()
                folder = download(work, download_bytes[client])
                for pin in wanted:
                    _add_to_cache(pin, folder / pin.source.removeprefix(f"{client}:"), cache)


def npm_download(work: Path, expected_bytes: int) -> Path:
    """Install package-lock.json into the work folder, running no package's scripts; returns node_modules."""
    for file in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / file, work)
    call = [
        *npm_command(),
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--cache",
        str(work / "npm-cache"),
    ]
    # By default npm retries for minutes before it reports a dead network.
    call += ["--fetch-retries=2", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=5000"]
    _run("npm", call, work, Progress("Fetching the browser runtime from npm", expected_bytes))
    return work / "node_modules"


def pip_download(work: Path, expected_bytes: int) -> Path:
    """Download the speaker page's Python packages as Pyodide wheels; returns their folder."""
    return pip_download_as(work, expected_bytes, "--no-deps", "--require-hashes", "-r", str(BROWSER_TXT))


def pip_download_as(work: Path, expected_bytes: int, *what: str) -> Path:
    """Download what pip's arguments name, for Pyodide and not this machine; returns the folder of wheels."""
    wheels = work / "wheels"
    call = [sys.executable, "-m", "pip", "download", "--only-binary=:all:", "--dest", str(wheels)]
    call += ["--platform", PYODIDE_PLATFORM, "--python-version", PYODIDE_PYTHON]
    call += ["--disable-pip-version-check", "--no-input", "--no-cache-dir", "--retries", "2", *what]
    _run("pip", call, work, Progress("Fetching Python packages for the browser", expected_bytes))
    return wheels


def _run(client: str, call: list[str], work: Path, progress: Progress) -> None:
    """Run a package client and watch the work folder grow."""
    log = f"{client}-runtime"
    downloaded = run_logged(
        call,
        log,
        folder=work,
        environment=os.environ | {"TMPDIR": str(work)},
        while_running=lambda: progress.update(folder_bytes(work)),
    )
    if not downloaded:
        show_end(log)
        raise ToolError(
            "The browser runtime could not be downloaded; check the network connection and try again."
        )
    progress.finish()


def _add_to_cache(pin: PinnedFile, file: Path, cache: ContentCache) -> None:
    if not file.is_file() or file_digest(file) != pin.sha256:
        raise ToolError(
            f"{pin.source} is not the pinned file; run `make lock` if its version was changed on purpose."
        )
    cache.add(file, pin.sha256)
