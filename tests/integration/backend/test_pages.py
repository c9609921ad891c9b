"""What a browser gets: pages with the right headers, and nothing that is not on the list."""

import asyncio
import gzip
import io
import json
import tarfile
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from backend.http import static_files as static
from sitebuild import page_archive
from tests.integration.backend.api import SECRET_TEXT, get, problem
from tests.support.server import RunningServer
from tests.unit.backend.http.test_static_files import HOSTILE, SERVED


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
