"""What a browser gets: pages with the right headers, and nothing that is not on the list."""

import asyncio
import gzip
import io
import json
import os
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from backend.http import entity_tags
from backend.http import static_files as static
from sitebuild import page_archive
from tests.integration.backend.api import problem
from tests.support.server import RunningServer, running_server
from tests.unit.backend.http.test_static_files import HOSTILE, SECRET, SERVED

SECRET_TEXT = "SECRET"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[RunningServer]:
    root = tmp_path / "site"
    for name in SERVED:
        _write(root / name, f"content of {name}\n" * 50)
    for name in SECRET:
        _write(root / name, SECRET_TEXT)
    async with running_server(tmp_path, site_root=root, connect_origins=("https://pool.example",)) as server:
        yield server


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


async def get(http: aiohttp.ClientSession, path: str, **headers: str) -> aiohttp.ClientResponse:
    url = URL(f"{http._base_url}".rstrip("/") + path, encoded=True)
    return await http.get(url, headers=headers, allow_redirects=False)


async def test_pages_come_with_type_and_policy(site: RunningServer) -> None:
    types = {"html": "text/html", "js": "text/javascript", "wasm": "application/wasm", "css": "text/css"}
    async with site.http() as http:
        for file, path in SERVED.items():
            answer = await get(http, path)
            assert answer.status == 200
            assert await answer.text() == f"content of {file}\n" * 50
            assert answer.content_type == types.get(path.rsplit(".", 1)[1], answer.content_type)
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'self'" in policy
            assert "unsafe-inline" not in policy
            own = site.url.removeprefix("http://")
            assert f"connect-src 'self' ws://{own} wss://{own} https://pool.example;" in policy
            assert "form-action 'self'" in policy
            assert "frame-ancestors 'none'" in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Permissions-Policy"].startswith("microphone=(self)")
            assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("host", ["x; script-src *", "a b", "x' *", "*", "x:port", "[::1", "ä.example"])
async def test_a_host_that_is_none_adds_nothing_to_the_policy(site: RunningServer, host: str) -> None:
    reader, writer = await asyncio.open_connection(*site.url.removeprefix("http://").split(":"))
    writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    head = (await reader.read()).partition(b"\r\n\r\n")[0].decode(errors="replace")
    writer.close()
    assert head.startswith("HTTP/1.1 400") or "connect-src 'self' https://pool.example;" in head


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


async def test_text_is_compressed_for_those_who_can_read_it(site: RunningServer) -> None:
    async with aiohttp.ClientSession(site.url, auto_decompress=False) as http:
        plain = await get(http, "/speaker/main.py", **{"Accept-Encoding": "br;q=1, gzip;q=0"})
        zipped = await get(http, "/speaker/main.py", **{"Accept-Encoding": "br, gzip"})
        assert "Content-Encoding" not in plain.headers
        assert zipped.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(await zipped.read()) == await plain.read()
        assert zipped.headers["ETag"] != plain.headers["ETag"]
        assert zipped.headers["Vary"] == "Accept-Encoding"
        known = await get(
            http, "/speaker/main.py", **{"Accept-Encoding": "gzip", "If-None-Match": zipped.headers["ETag"]}
        )
        assert known.status == 304


async def test_the_runtime_has_compressed_copies(site: RunningServer) -> None:
    folder = site.settings.site_root / ".runtime" / "pyodide"
    (folder / "pyodide.asm.wasm.br").write_bytes(b"brotli")
    (folder / "pyodide.asm.wasm.gz").write_bytes(b"gzip")
    async with aiohttp.ClientSession(site.url, auto_decompress=False) as http:
        for accepted, encoding in (("gzip, br", "br"), ("gzip", "gzip")):
            answer = await get(http, "/runtime/pyodide/pyodide.asm.wasm", **{"Accept-Encoding": accepted})
            assert answer.headers["Content-Encoding"] == encoding
            assert answer.headers["Content-Type"] == "application/wasm"
            assert await answer.read() == {"br": b"brotli", "gzip": b"gzip"}[encoding]


async def test_the_snapshot_is_unpacked_on_the_way(site: RunningServer) -> None:
    memory = b"memory" * 1000
    (site.settings.site_root / ".runtime" / "pyodide" / "memory.snapshot").write_bytes(gzip.compress(memory))
    async with site.http() as http:
        answer = await get(http, "/runtime/pyodide/memory.snapshot")
        assert answer.headers["Content-Encoding"] == "gzip"
        assert await answer.read() == memory
        known = await get(
            http, "/runtime/pyodide/memory.snapshot", **{"If-None-Match": answer.headers["ETag"]}
        )
        assert known.status == 304


async def test_folders_and_queries(site: RunningServer) -> None:
    async with site.http() as http:
        for path in ("/", "/speaker/", "/speaker/?creation=http"):
            assert (await get(http, path)).content_type == "text/html"


@pytest.mark.parametrize(
    ("asked", "reached"),
    [
        ("/speaker", "/speaker/"),
        ("/listener?s=golden-eagle-427", "/listener/?s=golden-eagle-427"),
        ("/listener?s=a%26b&lang=%D8%B9", "/listener/?s=a%26b&lang=%D8%B9"),
    ],
)
@pytest.mark.parametrize("below", ["", "/lectern", "/a/b"])
async def test_a_missing_slash_keeps_the_query_and_the_path_of_a_proxy(
    site: RunningServer, asked: str, reached: str, below: str
) -> None:
    """`below` is the path at which a proxy serves this site; only the browser knows it."""
    async with site.http() as http:
        for method in ("GET", "HEAD"):
            url = URL(f"{site.url}{asked}", encoded=True)
            answer = await http.request(method, url, allow_redirects=False)
            location = URL(answer.headers["Location"], encoded=True)
            assert answer.status == 307, "a permanent one would stay in browsers for good"
            assert f"{URL(f'https://site.example{below}{asked}', encoded=True).join(location)}" == (
                f"https://site.example{below}{reached}"
            )


def _encoded(path: str) -> list[str]:
    """A hostile path as it may stand in a request line: as it is, and with everything encoded."""
    every = "".join(f"%{byte:02x}" for byte in path.encode())
    quoted = "".join(
        char if 32 < ord(char) < 127 else "".join(f"%{byte:02X}" for byte in char.encode()) for char in path
    )
    return [
        quoted,
        quoted.replace("..", "%2e%2e"),
        quoted.replace("/", "%2f").replace("%2f", "/", 1),
        "/" + every[3:],
    ]


async def test_nothing_else_is_served(site: RunningServer) -> None:
    (site.settings.site_root / "speaker" / "link.py").symlink_to(site.settings.data_dir / "account.json")
    redirects = {"/speaker"}
    async with site.http() as http:
        for hostile in (*HOSTILE, "/speaker/link.py", "/config.json/../account.json", "/config-/x.json"):
            for path in _encoded(hostile):
                answer = await get(http, path)
                body = await answer.text()
                assert SECRET_TEXT not in body, path
                assert "password" not in body, path
                if answer.status == 200:
                    # Some spellings of "/index.html" are just that.
                    assert body.startswith("content of"), path
                elif hostile not in redirects:
                    assert await problem(answer) in ((404, "NOT_FOUND"), (405, "METHOD_NOT_ALLOWED")), path


TRUE_SECRETS = [
    "/.git/config", "/backend/app.py", "/tests/support/server.py", "/tools/venv.py", "/dev_server.py",
    "/.data/account.json", "/.venv/bin/python", "/pyproject.toml", "/Makefile", "/lectern.sqlite3",
    "/account.json", "/dev-pool.pem", "/speaker/../dev_server.py", "/speaker/%2e%2e/dev_server.py",
    "/pylib/..%2fdev_server.py", "/speaker/..%5cdev_server.py", "/pylib/__pycache__/errors.cpython-311.pyc",
]  # fmt: skip


async def test_the_true_repository_keeps_its_secrets(server: RunningServer) -> None:
    async with server.http() as http:
        for path in TRUE_SECRETS:
            assert await problem(await get(http, path)) == (404, "NOT_FOUND"), path


async def test_a_config_edit_counts_at_once(site: RunningServer) -> None:
    async with site.http() as http:
        answer = await get(http, "/config.json")
        assert answer.headers["Cache-Control"] == "no-store"
        config = await answer.json()
        assert config["use_http_session_creation"] is False
        assert (config["websocket_url"], config["http_api_url"]) == ("/ws", "/")
        assert len(config["encryption_key"]) == 43
        config["use_http_session_creation"] = True
        (site.settings.data_dir / "config.json").write_text(json.dumps(config))
        assert (await (await get(http, "/config.json")).json())["use_http_session_creation"] is True
        (site.settings.data_dir / "config-test.json").write_text("{}")
        assert await (await get(http, "/config-test.json")).text() == "{}"
        for missing in ("/config-none.json", "/config_test.json", "/configx.json", "/config-..json"):
            assert await problem(await get(http, missing)) == (404, "NOT_FOUND")


async def test_pages_can_only_be_read(site: RunningServer) -> None:
    async with site.http() as http:
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            answer = await http.request(method, "/speaker/main.py")
            assert await problem(answer) == (405, "METHOD_NOT_ALLOWED")
        head = await http.head("/speaker/main.py")
        assert head.status == 200


async def test_a_pages_python_comes_as_one_archive_that_is_asked_for_again_only_when_it_changed(
    server: RunningServer,
) -> None:
    async with server.http() as http:
        answer = await get(http, "/listener/app.tgz")
        assert (answer.status, answer.content_type) == (200, "application/gzip")
        assert "Content-Encoding" not in answer.headers
        with tarfile.open(fileobj=io.BytesIO(await answer.read())) as archive:
            assert {"listener/app.py", "pylib/realtime/client.py"} <= set(archive.getnames())
        known = await get(http, "/listener/app.tgz", **{"If-None-Match": answer.headers["ETag"]})
        assert (known.status, await known.read()) == (304, b"")


async def test_a_site_without_pages_has_no_archive_of_them(site: RunningServer) -> None:
    async with site.http() as http:
        assert (await get(http, "/listener/app.tgz")).status == 404


async def test_a_room_that_opens_the_page_at_once_has_its_archive_packed_once(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed: list[Path] = []

    def pack(root: Path, page: page_archive.Bundle) -> bytes:
        packed.append(root)
        return page_archive.pack(root, page)

    monkeypatch.setattr(static, "pack", pack)
    async with server.http() as http:
        answers = await asyncio.gather(*(get(http, "/listener/app.tgz") for _ in range(20)))
        assert {answer.status for answer in answers} == {200}
    assert len(packed) == 1
