"""Entity tags (RFC 9110, 8.8.3): how requests name them, and those made from content."""

import asyncio
from hashlib import file_digest, sha256
from pathlib import Path

from aiohttp import web

from backend.proxies import list_header
from sitebuild.file_state import FileState, file_state

DIGITS = 32
"""Hexadecimal digits of a tag: 128 bits of the SHA-256."""


def digest_of(data: bytes) -> str:
    """The tag of these bytes, without quotes."""
    return sha256(data).hexdigest()[:DIGITS]


def tags_in(request: web.Request, name: str) -> list[str]:
    """The tags of an If-Match or If-None-Match header, with their quotes; none of ours has a comma in it.

    aiohttp's own `if_none_match` reads one line of several, and takes 10 ms for a long one.
    """
    return list_header(request, name)


def is_known(request: web.Request, etag: str) -> bool:
    """Whether the client knows exactly this, so that 304 is the answer.

    Weak tags count too (RFC 9110, 13.1.2): a proxy that compresses on the way makes ours weak.
    """
    known = tags_in(request, "If-None-Match")
    return any(tag in known for tag in ("*", f'"{etag}"', f'W/"{etag}"'))


class EntityTags:
    """The tags of large files, each hashed once, in a thread, until the file changes."""

    def __init__(self) -> None:
        self._tags: dict[Path, tuple[FileState, str]] = {}

    async def of(self, file: Path) -> str:
        """The file's tag, without quotes. Raises OSError when it is gone."""
        state, known = file_state(file), self._tags.get(file)
        if known is None or known[0] != state:
            known = self._tags[file] = (state, await asyncio.to_thread(_hash, file))
        return known[1]


def _hash(file: Path) -> str:
    with file.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()[:DIGITS]
