"""Downloads kept by their SHA-256 under the user's cache folder, so that a second clone is quick."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

_CHUNK = 1 << 20


def cache_folder() -> Path:
    """Return the folder for everything that can be downloaded again; LECTERN_CACHE names another one."""
    chosen = os.environ.get("LECTERN_CACHE")
    if chosen:
        return Path(chosen).expanduser().resolve()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "lectern"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lectern"


@contextmanager
def one_at_a_time(what: str) -> Iterator[None]:
    """Hold the lock called `what`: two runs of make (server and tests, say) must not write one folder."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


class ContentCache:
    """Files named by the SHA-256 of their content; a file that does not match its name counts as absent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, digest: str) -> Path:
        """Return where the file of this digest lies, or would lie."""
        return self._folder / digest[:2] / digest

    def has(self, digest: str) -> bool:
        """Tell whether a sound copy is there; a damaged one is removed, so that it is fetched again."""
        path = self.path(digest)
        if not path.is_file():
            return False
        if file_digest(path) == digest:
            return True
        path.unlink()
        return False

    def add(self, source: Path, digest: str) -> None:
        """Keep a copy of a file whose digest the caller has checked; readers never see half of it."""
        target = self.path(digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as copy,
            source.open("rb") as original,
        ):
            shutil.copyfileobj(original, copy)
        Path(copy.name).replace(target)
