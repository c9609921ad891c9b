"""ETags of the pages and the runtime: equal for equal bytes only, so that no browser keeps an old file."""

import gzip
import os
from pathlib import Path

import pytest

from backend.http import entity_tags
from tests.integration.backend.api import get
from tests.support.server import RunningServer


async def test_a_page_is_revalidated_and_not_sent_twice(site: RunningServer) -> None:
    async with site.http() as http:
        for path in ("/speaker/main.py", "/runtime/pyodide/pyodide.asm.wasm"):
            first = await get(http, path)
            assert first.headers["Cache-Control"] == "no-cache"
            again = await get(http, path, **{"If-None-Match": first.headers["ETag"]})
            assert (again.status, await again.read()) == (304, b"")
        file = site.settings.site_root / "speaker" / "main.py"
        file.write_text("changed")
        os.utime(file, ns=(1, 1))
        changed = await get(http, "/speaker/main.py", **{"If-None-Match": first.headers["ETag"]})
        assert await changed.text() == "changed"


KINDS = ("/speaker/main.py", "/index.html", "/runtime/pyodide/pyodide.asm.wasm")
"""A page's file, a page, and a file of the runtime, which is sent another way."""


@pytest.mark.parametrize("path", KINDS)
@pytest.mark.parametrize("encoding", ["identity", "gzip", "br"])
async def test_two_releases_with_equal_times_and_sizes_have_two_validators(
    site: RunningServer, path: str, encoding: str
) -> None:
    """A deployment that sets every file's time to one value: what changed is sent, the rest costs a 304."""
    file = site.settings.site_root / path[1:].replace("runtime/", ".runtime/")
    releases = [f"release {number}\n" * 200 for number in (1, 2, 1)]
    tags: list[str] = []
    sent: list[tuple[int, str]] = []
    async with site.http() as http:
        for content in releases:
            replace(file, content)
            known = {"If-None-Match": tags[-1]} if tags else {}
            answer = await get(http, path, **{"Accept-Encoding": encoding, **known})
            tags.append(answer.headers["ETag"])
            sent.append((answer.status, await answer.text()))
            assert "Last-Modified" not in answer.headers
        same = await get(http, path, **{"Accept-Encoding": encoding, "If-None-Match": f"W/{tags[-1]}"})
    assert sent == [(200, content) for content in releases]
    assert tags[0] != tags[1]
    assert tags[0] == tags[2], "bytes that come back have their old validator"
    assert same.status == 304


def replace(file: Path, content: str) -> None:
    """As a deployment does: a new file takes the old one's place, and all have one time."""
    for path, data in (
        (file, content.encode()),
        (file.with_name(f"{file.name}.gz"), gzip.compress(content.encode())),
    ):
        fresh = path.with_name("fresh")
        fresh.write_bytes(data)
        os.utime(fresh, ns=(1, 1))
        fresh.rename(path)


async def test_each_file_is_hashed_once(site: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[Path] = []

    def count(file: Path) -> str:
        hashed.append(file)
        return "0" * 32

    monkeypatch.setattr(entity_tags, "_hash", count)
    async with site.http() as http:
        for _ in range(5):
            await get(http, "/runtime/pyodide/pyodide.asm.wasm")
    assert len(hashed) == 1


async def test_a_stranger_without_a_validator_is_never_told_that_nothing_changed(site: RunningServer) -> None:
    """Times say nothing about content, so a condition that names a time is not one."""
    later = "Fri, 01 Jan 2100 00:00:00 GMT"
    async with site.http() as http:
        for path in KINDS:
            file = site.settings.site_root / path[1:].replace("runtime/", ".runtime/")
            of_old = f'"{file.stat().st_mtime_ns:x}-{file.stat().st_size:x}"'
            for condition in ({"If-Modified-Since": later}, {"If-None-Match": of_old}):
                assert (await get(http, path, **condition)).status == 200
            head = await http.head(path, headers={"Accept-Encoding": "identity"})
            whole = await get(http, path, **{"Accept-Encoding": "identity"})
            assert (head.status, head.headers["ETag"]) == (200, whole.headers["ETag"])
            assert head.headers["Content-Length"] == whole.headers["Content-Length"]
