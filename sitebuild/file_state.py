"""Tells whether a file has changed since it was read last, without reading it again."""

from pathlib import Path
from typing import NamedTuple


class FileState(NamedTuple):
    """A file as it was at one moment; to be compared with the state of that path at another.

    Time and size alone do not tell two releases apart: deployments set every file's time to one value, or
    keep an old one. `changed_ns` is the time of the last change of content or name, which no program can set.
    """

    path: str
    inode: int
    changed_ns: int
    modified_ns: int
    size: int


def file_state(file: Path) -> FileState:
    """The state of a file now. Raises OSError when it is gone."""
    stat = file.stat()
    return FileState(str(file), stat.st_ino, stat.st_ctime_ns, stat.st_mtime_ns, stat.st_size)
