"""Lay the runtime out in a folder, with compressed siblings and a manifest; tell whether one is sound."""

import gzip
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import brotli

from tools.cache import ContentCache, file_digest
from tools.folders import replacing
from tools.runtime.pins import Pins

MANIFEST = "manifest.json"
LOCK_PATH = "pyodide/pyodide-lock.json"

# Wheels and the zipped standard library are compressed already.
_COMPRESSIBLE = {".js", ".wasm", ".css", ".json"}
# Brotli's best costs 3 s a MB: well spent on what every listener's phone loads, not on Pyodide's 10 MB.
_BROTLI_BEST_BELOW = 1 << 20


def build(target: Path, pins: Pins, cache: ContentCache) -> None:
    """Write the whole runtime beside `target`, then put it in its place in one step."""
    with replacing(target) as fresh:
        _lay_out(fresh, pins, cache)


def is_sound(target: Path, pins: Pins) -> bool:
    """Tell whether the folder holds what the pins say, byte for byte; 25 MB take about 50 ms."""
    try:
        manifest: dict[str, str] = json.loads((target / MANIFEST).read_text())["files"]
        pinned = {pin.path: pin.sha256 for pin in pins.files}
        if (
            not pinned.items() <= manifest.items()
            or manifest[LOCK_PATH] != sha256(_lock_bytes(pins)).hexdigest()
        ):
            return False
        with ThreadPoolExecutor() as pool:
            digests = pool.map(lambda path: file_digest(target / path), manifest)
            return list(digests) == list(manifest.values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _lay_out(folder: Path, pins: Pins, cache: ContentCache) -> None:
    for pin in pins.files:
        _write_parents(folder / pin.path)
        shutil.copyfile(cache.path(pin.sha256), folder / pin.path)
    _write_parents(folder / LOCK_PATH)
    (folder / LOCK_PATH).write_bytes(_lock_bytes(pins))
    with ThreadPoolExecutor() as pool:
        list(pool.map(_compress, [file for file in folder.rglob("*") if file.suffix in _COMPRESSIBLE]))
    laid_out = sorted(file for file in folder.rglob("*") if file.is_file())
    files = {file.relative_to(folder).as_posix(): file_digest(file) for file in laid_out}
    (folder / MANIFEST).write_text(json.dumps({"files": files}, indent=1) + "\n")


def _write_parents(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)


def _compress(file: Path) -> None:
    """Write FILE.gz and FILE.br; neither holds a time, so equal files give equal bytes."""
    data = file.read_bytes()
    quality = 11 if len(data) < _BROTLI_BEST_BELOW else 9
    file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(data, 9, mtime=0))
    file.with_name(f"{file.name}.br").write_bytes(brotli.compress(data, quality=quality))


def _lock_bytes(pins: Pins) -> bytes:
    return json.dumps(pins.pyodide_lock, sort_keys=True).encode()
