"""Write what pins the runtime, browser.txt and pins.json, from package-lock.json and browser.in."""

import json
import re
import tempfile
import zipfile
from email.parser import Parser
from pathlib import Path
from typing import Any

from tools.cache import file_digest
from tools.errors import ToolError
from tools.progress import folder_bytes
from tools.runtime.fetch import BROWSER_TXT, npm_download, pip_download_as
from tools.runtime.pins import PinnedFile, Pins, load_pins, save_pins

_PYODIDE = "pyodide"
_PYODIDE_FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
_MICROPYTHON = "@micropython/micropython-webassembly-pyscript"
_MICROPYTHON_FILES = ("micropython.mjs", "micropython.wasm")
_OPUS = "opus-decoder/dist"
_OPUS_FILES = ("opus-decoder.min.js",)
_PYSCRIPT = "@pyscript/core/dist"
# What PyScript's editor and terminal load when a page has one; ours have neither. The plugins themselves
# stay: PyScript imports all that a page's configuration does not switch off, and stops when one is missing.
_PYSCRIPT_UNUSED = ("codemirror", "xterm")


def write_pins() -> None:
    """Download the newest versions that the requirements allow, and pin exactly these files.

    Raises:
        ToolError: a download fails, or a package needs one that is not there.
    """
    with tempfile.TemporaryDirectory() as name:
        npm_work, pip_work = Path(name) / "npm", Path(name) / "pip"
        npm_work.mkdir()
        pip_work.mkdir()
        before = load_pins().download_bytes
        modules = npm_download(npm_work, before["npm"])
        wheel_folder = pip_download_as(pip_work, before["pip"], "-r", str(BROWSER_TXT.with_suffix(".in")))
        wheels = sorted(wheel_folder.glob("*.whl"))
        download_bytes = {"npm": folder_bytes(npm_work), "pip": folder_bytes(pip_work)}
        info = json.loads((modules / _PYODIDE / "pyodide-lock.json").read_text())["info"]
        lock = pyodide_lock(info, wheels)
        save_pins(Pins((*_npm_files(modules), *_wheel_files(wheels)), lock, download_bytes))
        BROWSER_TXT.write_text(browser_requirements(lock))


def pyodide_lock(info: dict[str, str], wheels: list[Path]) -> dict[str, Any]:
    """Return a pyodide-lock.json with exactly these wheels; `info` comes from the Pyodide release.

    Raises:
        ToolError: a wheel depends on a package that is not among them.
    """
    packages = {entry["name"]: entry for entry in map(_lock_entry, wheels)}
    for entry in packages.values():
        lacking = [name for name in entry["depends"] if name not in packages]
        if lacking:
            raise ToolError(
                f"{entry['name']} needs {', '.join(lacking)}, which is not among the browser's packages."
            )
    return {"info": info, "packages": packages}


def browser_requirements(lock: dict[str, Any]) -> str:
    """Return browser.txt: each package with its version and the hash of the one wheel that is loaded."""
    lines = ["# The wheels of browser.in that the speaker page loads, written by `make lock`."]
    lines += [
        f"{entry['name']}=={entry['version']} --hash=sha256:{entry['sha256']}"
        for entry in lock["packages"].values()
    ]
    return "\n".join(lines) + "\n"


def reachable_modules(dist: Path, start: str) -> set[str]:
    """Return the names of the JavaScript files that `start` can come to import, the unused parts left out."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        found.add(name)
        imports = re.findall(
            r"""(?:from|import)\s*\(?\s*["\']\./([\w-]+\.js)["\']""", (dist / name).read_text()
        )
        waiting += [each for each in imports if each not in found and not each.startswith(_PYSCRIPT_UNUSED)]
    return found


def published_name(name: str) -> str:
    """A module's name on the site: many hosts serve .mjs with a type that browsers refuse for modules."""
    return re.sub(r"\.mjs$", ".js", name)


def _lock_entry(wheel: Path) -> dict[str, Any]:
    """Describe one wheel as Pyodide's lock file does."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        fields = Parser().parsestr(archive.read(metadata).decode())
    needs = [line for line in fields.get_all("Requires-Dist", []) if ";" not in line]
    tops = {name.split("/")[0].removesuffix(".py") for name in names}
    return {
        "name": _canonical(fields["Name"]),
        "version": fields["Version"],
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": file_digest(wheel),
        "package_type": "package",
        "imports": sorted(top for top in tops if top.isidentifier()),
        "depends": sorted(_canonical(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in needs),
        "unvendored_tests": False,
    }


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _npm_files(modules: Path) -> list[PinnedFile]:
    scripts = reachable_modules(modules / _PYSCRIPT, "core.js")
    folders = {
        "pyscript": (_PYSCRIPT, sorted({"core.css", *scripts})),
        "pyodide": (_PYODIDE, _PYODIDE_FILES),
        "micropython": (_MICROPYTHON, _MICROPYTHON_FILES),
        "opus": (_OPUS, _OPUS_FILES),
    }
    return [
        PinnedFile(
            f"{folder}/{published_name(name)}", f"npm:{source}/{name}", file_digest(modules / source / name)
        )
        for folder, (source, names) in folders.items()
        for name in names
    ]


def _wheel_files(wheels: list[Path]) -> list[PinnedFile]:
    return [PinnedFile(f"pyodide/{wheel.name}", f"pip:{wheel.name}", file_digest(wheel)) for wheel in wheels]
