"""All Python of a page in one archive: one request instead of seventy, and half the bytes.

Its content follows from the imports of the page's main.py: a list kept by hand could lack a file.
"""

import ast
import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sitebuild.file_state import FileState, file_state
from sitebuild.slim_source import slim
from sitebuild.untyped_source import untyped

ROOMS = ("pylib", "speaker", "listener", "backend/status_page")
"""Folders whose Python runs in a browser."""


def to_tgz(files: dict[str, bytes]) -> bytes:
    """Make a .tgz: the smallest archive, and the only kind that PyScript unpacks on MicroPython.

    Folders come before their files, because PyScript makes one level of folders at a time.
    """
    folders = {parent.as_posix() for name in files for parent in Path(name).parents if parent != Path()}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(folders):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(folder)
        for name, data in sorted(files.items()):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), 9, mtime=0)


def to_zip(files: dict[str, bytes]) -> bytes:
    """Make a .zip: a third larger than a .tgz, and Pyodide unpacks it in a third of the time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


class Bundle(NamedTuple):
    """What is packed: all that `entry` imports, without `entry`, and the `extra` files under other names.

    `prepare` gives the source that travels.
    """

    entry: str
    archive: Callable[[dict[str, bytes]], bytes]
    extra: tuple[tuple[str, str], ...] = ()
    prepare: Callable[[str], str] = slim


def slim_and_untyped(source: str) -> str:
    """For MicroPython alone: pydantic and dataclasses, which run on Pyodide, read annotations."""
    return untyped(slim(source))


STAND_INS = (("pylib/browser/micropython/typing.py", "typing.py"),)
"""MicroPython has no typing."""

BUNDLES = {
    "speaker/app.zip": Bundle("speaker/main.py", to_zip),
    "listener/app.tgz": Bundle("listener/main.py", to_tgz, STAND_INS, slim_and_untyped),
    "listener/pyodide.zip": Bundle("listener/main.py", to_zip),
}
"""Archives by their place on the site; the pages' PyScript configs name them."""

OPERATOR_BUNDLES = {
    "status/app.tgz": Bundle("backend/status_page/main.py", to_tgz, STAND_INS, slim_and_untyped)
}
"""Archives for operators: no part of a published site."""


def pack(root: Path, bundle: Bundle) -> bytes:
    """The archive of a page's modules below the repository's `root`; equal files give equal bytes."""
    files = {name: root / name for name in modules_of(root, bundle.entry)}
    files |= {name: root / source for source, name in bundle.extra}
    return bundle.archive(
        {name: bundle.prepare(path.read_text("utf-8")).encode() for name, path in files.items()}
    )


def modules_of(root: Path, entry: str) -> set[str]:
    """Every file of ours that running `entry` loads, packages' __init__.py included, without itself."""
    found: set[str] = set()
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_imported(root, name))
            waiting.extend(_inits(root, name))
    return found - {entry}


def sources_state(root: Path) -> tuple[FileState, ...]:
    """What changes with any file that could be packed, without reading them."""
    files = sorted(file for room in ROOMS for file in (root / room).rglob("*.py"))
    return tuple(file_state(file) for file in files)


def _imported(root: Path, name: str) -> list[str]:
    """The files of the modules that a file names; `from a import b` may mean the module a.b."""
    modules: list[str] = []
    try:
        tree = ast.parse((root / name).read_text(encoding="utf-8"))
    except SyntaxError:
        return []  # packed unchanged: the browser's Python will report the error
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [file for module in modules if (file := _file_of(root, module))]


def _file_of(root: Path, module: str) -> str:
    """The file of one of our modules, empty for any other."""
    path = module.replace(".", "/")
    if not any(path == room or path.startswith(f"{room}/") for room in ROOMS):
        return ""
    return next((file for file in (f"{path}.py", f"{path}/__init__.py") if (root / file).is_file()), "")


def _inits(root: Path, name: str) -> list[str]:
    inits = [(folder / "__init__.py").as_posix() for folder in Path(name).parents if folder != Path()]
    return [init for init in inits if (root / init).is_file()]
