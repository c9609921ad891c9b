"""The second listening socket: who may look, and what is there."""

import base64
import re
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from backend.operators.socket import MAX_CONNECTIONS
from backend.serving import CannotServe, start
from backend.settings import AdminSettings, Settings
from tests.integration.backend.api import create, get, problem
from tests.integration.backend.raw_http import raw_connection
from tests.support.counts import count_of
from tests.support.server import running_server

TOKEN = "a-token-of-twenty-two-x"


async def test_operators_see_counts_that_the_public_does_not(tmp_path: Path) -> None:
    async with running_server(tmp_path, admin=AdminSettings()) as server, server.http("") as http:
        await create(http)
        async with aiohttp.ClientSession(server.admin_url) as operator:
            scraped = await operator.get("/metrics")
            assert scraped.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
            assert 'lectern_sessions_created_total{mode="http"} 1.0' in await scraped.text()
            data = await (await operator.get("/status/data?range=24h")).json()
            assert data["modes"]["http"]["created"] == 1
            assert data["rollout"] == {
                "http": False,
                "percent": 100,
                "users": {"http": 1, "websocket": 0},
                "guard": data["rollout"]["guard"],
                "since": data["rollout"]["since"],
            }
            assert [step["http"]["ok"] for step in data["overTime"]] == [0] * 96
            assert (await operator.get("/health")).status == (await operator.get("/ready")).status == 200
            assert await problem(await operator.get("/status/data?range=1y")) == (
                400,
                "VALIDATION_INVALID_PARAMETER",
            )
            assert await problem(await operator.get("/sessions")) == (404, "NOT_FOUND")
            moved = await operator.get("/status", allow_redirects=False)
            assert (moved.status, moved.headers["Location"]) == (307, "status/")


async def test_a_page_of_another_name_does_not_look_through_a_visitors_browser(tmp_path: Path) -> None:
    """DNS rebinding: its name points to 127.0.0.1, and the browser takes it for its own site."""
    async with running_server(tmp_path, admin=AdminSettings()) as server:
        port = server.admin_url.rpartition(":")[2]
        async with aiohttp.ClientSession(server.admin_url) as browser:
            for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "", "[::1"):
                answer = await browser.get("/status/data", headers={"Host": host})
                assert await problem(answer) == (403, "AUTH_UNAUTHORIZED")
            assert count_of(server.metrics, "lectern_attacks_total", kind="no-operator") == 5
            for host in ("localhost:9999", f"127.0.0.1:{port}", "[::1]:1", "LOCALHOST."):
                assert (await browser.get("/status/data", headers={"Host": host})).status == 200


async def test_a_token_opens_it_under_any_name(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    admin = AdminSettings(token_file=tmp_path / "token")
    async with (
        running_server(tmp_path, admin=admin) as server,
        aiohttp.ClientSession(server.admin_url) as operator,
    ):
        basic = base64.b64encode(f"anybody:{TOKEN}".encode()).decode()
        for good in (f"Bearer {TOKEN}", f"bearer  {TOKEN}", f"Basic {basic}"):
            asked = {"Authorization": good, "Host": "talks.example"}
            assert (await operator.get("/metrics", headers=asked)).status == 200
        short = base64.b64encode(TOKEN.encode()).decode()
        for bad in ("", "Bearer", f"Bearer {TOKEN}x", TOKEN, f"Basic {short}", "Basic é", "Digest x"):
            refused = await operator.get("/metrics", headers={"Authorization": bad})
            assert await problem(refused) == (401, "AUTH_MISSING_TOKEN")
            assert refused.headers["WWW-Authenticate"].startswith("Basic realm=")
        assert count_of(server.metrics, "lectern_attacks_total", kind="no-operator") == 7
        # A browser asks without one first.
        assert await problem(await operator.get("/status")) == (401, "AUTH_MISSING_TOKEN")
        assert count_of(server.metrics, "lectern_attacks_total", kind="no-operator") == 7


async def test_what_is_no_http_is_refused_and_neither_it_nor_its_sender_is_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running_server(tmp_path, admin=AdminSettings()) as server:
        for sent in (
            b"GET /CANARY\xff HTTP/9\r\n\r\n",
            b"GET * HTTP/1.1\r\nHost: CANARY\r\n\r\n",
            b"\0CANARY\r\n\r\n",
        ):
            async with raw_connection(server, server.admin_url) as raw:
                raw.send(sent)
                answer = await raw.answer()
                assert answer.problem["code"] == "VALIDATION_INVALID_PARAMETER"
                assert b"CANARY" not in answer.body
        assert count_of(server.metrics, "lectern_attacks_total", kind="malformed-http") == 3
    assert not [word for word in ("CANARY", "127.0.0.1", "Traceback") if word in caplog.text]


async def test_heads_that_never_end_are_not_waited_for(tmp_path: Path) -> None:
    """A connection takes no token, so strangers can open many."""
    async with (
        running_server(tmp_path, admin=AdminSettings(), head_s=0.05) as server,
        raw_connection(server, server.admin_url) as raw,
    ):
        raw.send("GET /metrics HTTP/1.1\r\nHost:")
        assert (await raw.answer()).status == 408


async def test_idle_connections_without_end_keep_no_operator_out(tmp_path: Path) -> None:
    async with running_server(tmp_path, admin=AdminSettings()) as server, AsyncExitStack() as idle:
        first = await idle.enter_async_context(raw_connection(server, server.admin_url))
        for _ in range(MAX_CONNECTIONS):
            await idle.enter_async_context(raw_connection(server, server.admin_url))
        assert await first.is_closed()
        async with aiohttp.ClientSession(server.admin_url) as operator:
            assert (await operator.get("/health")).status == 200


async def test_a_token_that_is_no_text_is_a_wrong_one(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    admin = AdminSettings(token_file=tmp_path / "token")
    async with (
        running_server(tmp_path, admin=admin) as server,
        raw_connection(server, server.admin_url) as raw,
    ):
        for sent in (b"Bearer \xff", b"Basic \xff", b"Bearer \xc3\xa9\xed\xa0\x80"):
            raw.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: " + sent + b"\r\n\r\n")
            assert (await raw.answer()).problem["code"] == "AUTH_MISSING_TOKEN"


@pytest.mark.parametrize(
    ("token", "host", "sentence"),
    [
        (None, "0.0.0.0", "Others reach 0.0.0.0, so"),
        ("short", "127.0.0.1", "holds no usable token"),
        ("two words of a token, long", "127.0.0.1", "holds no usable token"),
        ("\u00fc" * 30, "127.0.0.1", "it is no plain text"),
        ("missing", "127.0.0.1", "No such file"),
        (TOKEN, "203.0.113.7", "is no address of this machine"),
    ],
)
async def test_what_cannot_be_served_is_told_in_a_sentence(
    tmp_path: Path, token: str | None, host: str, sentence: str
) -> None:
    file = None if token is None else tmp_path / "token"
    if file is not None and token != "missing":
        file.write_text(token or "", encoding="utf-8")
    settings = Settings(data_dir=tmp_path / "data", admin=AdminSettings(host=host, token_file=file))
    with pytest.raises(CannotServe, match=sentence):
        await start(settings, "127.0.0.1", 0)


async def test_a_port_that_is_taken_is_told_or_another_one_will_do(tmp_path: Path) -> None:
    async with running_server(tmp_path / "one", admin=AdminSettings()) as server:
        port = int(server.admin_url.rpartition(":")[2])
        with pytest.raises(CannotServe, match=f"Port {port} on 127.0.0.1, for /status, cannot be used"):
            async with running_server(tmp_path / "two", admin=AdminSettings(port=port)):
                pass
        spare = AdminSettings(port=port, or_any_port=True)
        async with running_server(tmp_path / "three", admin=spare) as other:
            assert other.admin_url != server.admin_url


async def test_the_counts_of_a_stopped_server_are_there_after_a_restart(tmp_path: Path) -> None:
    async with running_server(tmp_path, admin=AdminSettings()) as server, server.http("") as http:
        await create(http)
    async with (
        running_server(tmp_path, admin=AdminSettings()) as server,
        aiohttp.ClientSession(server.admin_url) as operator,
    ):
        data = await (await operator.get("/status/data")).json()
    assert data["modes"]["http"]["created"] == 1
    assert data["modes"]["http"]["serverSeconds"]["count"] == 1


async def test_the_page_and_all_that_it_names_is_there_for_operators_alone(tmp_path: Path) -> None:
    async with running_server(tmp_path, admin=AdminSettings()) as server:
        async with aiohttp.ClientSession(server.admin_url) as operator:
            page = await operator.get("/status")
            assert (page.url.path, page.content_type) == ("/status/", "text/html")
            assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
            html = await page.text()
            named = {page.url.join(URL(name)) for name in re.findall(r'(?:href|src)="([^"#]+)"', html)}
            assert len(named) > 5
            for url in {*named, page.url / "main.py"}:
                answer = await operator.get(url)
                assert answer.status == 200, url
                assert await answer.read()
            for path in ("/status/../app.py", "/status/__init__.pyc", "/backend/app.py", "/config.json", "/"):
                assert (await get(operator, path)).status == 404, path
        async with server.http() as visitor:
            for url in named:
                if url.path.startswith("/status/"):
                    assert await problem(await visitor.get(url.path)) == (404, "NOT_FOUND")
            for path in ("/backend/status_page/index.html", "/backend/status_page/main.py"):
                assert await problem(await visitor.get(path)) == (404, "NOT_FOUND")
