"""What operators and browsers rely on: ids, CORS, metrics, readiness, logs without tokens."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from backend.logs import set_up_logs
from backend.ports import StoreUnavailable
from tests.integration.backend.api import CONFIG, create, problem
from tests.integration.backend.raw_http import post, raw_connection
from tests.integration.backend.test_identity import call, refresh, sign_in
from tests.integration.backend.wire_client import WireClient, frame, listener_of, new_session, speaker_of
from tests.support.server import RunningServer, running_server


async def test_ids_are_echoed_or_made(server: RunningServer) -> None:
    async with server.http() as http:
        given = {"X-Request-ID": "req-1.a_B", "X-Correlation-ID": "cor-1"}
        answer = await http.get("/health", headers=given)
        assert {name: answer.headers[name] for name in given} == given
        for odd in ("", "a" * 65, "with space", "é", "<script>"):
            answer = await http.get("/nowhere", headers={"X-Request-ID": odd, "X-Correlation-ID": odd})
            assert answer.headers["X-Request-ID"] != odd
            assert answer.headers["X-Correlation-ID"] == answer.headers["X-Request-ID"]
            assert await problem(answer) == (404, "NOT_FOUND")


async def test_pages_elsewhere_may_call_when_they_are_named(tmp_path: Path) -> None:
    allowed = ("https://pages.example",)
    async with running_server(tmp_path, allowed_origins=allowed) as server, server.http("") as http:
        for origin in ("https://pages.example", "http://localhost:9000"):
            answer = await http.post("/sessions", json=CONFIG, headers={"Origin": origin})
            assert answer.headers["Access-Control-Allow-Origin"] == origin
            assert "Origin" in answer.headers["Vary"]
            for name in ("ETag", "Location", "X-Request-ID", "Retry-After", "Idempotent-Replayed"):
                assert name in answer.headers["Access-Control-Expose-Headers"]
        refused = await http.get("/nowhere", headers={"Origin": "https://pages.example"})
        assert refused.headers["Access-Control-Allow-Origin"] == "https://pages.example"
        foreign = await http.get("/health", headers={"Origin": "https://evil.test"})
        assert "Access-Control-Allow-Origin" not in foreign.headers
        assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_browsers_may_ask_first(server: RunningServer) -> None:
    asked = {
        "Origin": "http://localhost:9000",
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization,idempotency-key,traceparent",
    }
    async with server.http() as http:
        for path in ("/sessions", "/sessions/golden-eagle-427", "/cognito/"):
            answer = await http.options(path, headers=asked)
            assert answer.status == 204
            assert answer.headers["Access-Control-Allow-Origin"] == asked["Origin"]
            assert "PATCH" in answer.headers["Access-Control-Allow-Methods"]
            allowed = answer.headers["Access-Control-Allow-Headers"].lower()
            for name in ("authorization", "idempotency-key", "if-match", "traceparent", "x-amz-target"):
                assert name in allowed
        assert await problem(await http.options("/sessions")) == (405, "METHOD_NOT_ALLOWED")


async def test_metrics_count_what_happens(server: RunningServer) -> None:
    """The public socket shows none of them."""
    session_id = await new_session(server)
    async with await speaker_of(server, session_id) as speaker, await listener_of(server, session_id) as ears:
        await speaker.send_bytes(frame(0))
        await ears.expect_bytes()
        async with server.http() as http:
            await http.get("/sessions/golden-eagle-427")
            for path in ("/metrics", "/status", "/status/", "/status/data"):
                assert await problem(await http.get(path)) == (404, "NOT_FOUND")
        lines = server.metrics.render().decode().splitlines()
    for line in (
        'lectern_connected{role="speaker"} 1.0',
        'lectern_connected{role="listener"} 1.0',
        "lectern_audio_frames_sent_total 1.0",
        'lectern_sessions_created_total{mode="http"} 1.0',
        'lectern_errors_total{code="SESSION_NOT_FOUND",transport="http"} 1.0',
        'lectern_http_requests_total{method="GET",route="/sessions/{session_id}",status="404"} 1.0',
        'lectern_session_creation_seconds_count{mode="http"} 1.0',
        'lectern_ws_connections_total{outcome="accepted",session_id="with"} 2.0',
    ):
        assert line in lines


async def test_ready_means_the_database_answers(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with server.http() as http:
        assert await (await http.get("/health")).json() == {"status": "ok"}
        assert await (await http.get("/ready")).json() == {"status": "ready"}

        async def broken(_: object) -> None:
            raise StoreUnavailable("disk I/O error")

        monkeypatch.setattr("backend.sessions.store.SqliteSessionStore.check", broken)
        answer = await http.get("/ready")
        assert await problem(answer) == (503, "INTERNAL_SERVER_ERROR")
        assert "disk" not in await answer.text()
        assert (await http.get("/health")).status == 200


async def test_trouble_inside_is_one_plain_sentence(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise StoreUnavailable("/secret/path is full")

    monkeypatch.setattr("backend.sessions.store.SqliteSessionStore.get", broken)
    async with server.http() as http:
        answer = await http.get("/sessions/golden-eagle-427")
        assert await problem(answer) == (503, "SERVICE_UNAVAILABLE")
        assert "secret" not in await answer.text()


async def test_a_body_that_never_comes_is_given_up(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.http.middleware.BODY_TIMEOUT_S", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rsplit(":", 1)[1]))
    head = f"POST /sessions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token()}\r\n"
    writer.write(f"{head}Content-Length: 50\r\n\r\n".encode())
    assert b" 408 " in await reader.readline()
    writer.close()


async def test_a_broken_body_is_given_up(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.http.middleware.BODY_TIMEOUT_S", 0.05)
    async with raw_connection(server) as raw:
        raw.send(post("/sessions", "Transfer-Encoding: chunked", token=server.token()) + "no size\r\n")
        assert (await raw.answer()).status in (400, 408)


async def test_the_description_names_every_answer(server: RunningServer) -> None:
    async with server.http() as http:
        document = await (await http.get("/openapi.json")).json()
    assert document["openapi"] == "3.1.0"
    served = {
        (resource.canonical.replace("session_id", "sessionId"), route.method.lower())
        for resource in server.app.router.resources()
        for route in resource
        # HEAD is GET without the body.
        if resource.canonical.startswith("/sessions") and route.method != "HEAD"
    }
    described = {
        (path, method)
        for path, item in document["paths"].items()
        for method in item
        if path.startswith("/sessions") and method != "parameters"
    }
    assert served == described


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    set_up_logs("DEBUG", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


async def test_logs_tie_a_request_together(server: RunningServer, logged: io.StringIO) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    async with server.http("") as http:
        ids = {
            "X-Request-ID": "r1",
            "X-Correlation-ID": "c1",
            "traceparent": f"00-{trace}-00f067aa0ba902b7-01",
        }
        await create(http, **ids)
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    ours = [line for line in lines if line.get("requestId") == "r1"]
    assert {line["message"] for line in ours} == {"a speaker's action", "request"}
    assert all((line["correlationId"], line["traceId"]) == ("c1", trace) for line in ours)
    request = next(line for line in ours if line["message"] == "request")
    assert (request["method"], request["path"], request["status"]) == ("POST", "/sessions", 201)


async def test_no_token_is_ever_logged_or_kept(server: RunningServer, logged: io.StringIO) -> None:
    """Good tokens and canaries, in every place a token can be put, rightly or wrongly."""
    good = server.token()
    secrets = [good, "CANARY-a1", server.account["password"], "CANARY-a2"]
    async with server.http() as http:
        session_id = (await create(http, Authorization=f"Bearer {good}"))["sessionId"]
        for secret in secrets:
            await http.get("/sessions", headers={"Authorization": f"Bearer {secret}"})
            await http.get(f"/sessions/{session_id}?token={secret}")
            await http.get(f"/nowhere?token={secret}&x=1")
            await http.get(f"/speaker/?token={secret}")
            for client in (
                await WireClient.connect(server, session_id, token=secret),
                await WireClient.connect(server, session_id, token=secret, protocols=()),
                await WireClient.connect(server, session_id, token_query=secret),
            ):
                await client.receive()
                await client.close()
        await http.get(f"/sessions/{good}")
        tokens = await sign_in(http)
        secrets += [tokens["IdToken"], tokens["AccessToken"], tokens["RefreshToken"]]
        await refresh(http, tokens["RefreshToken"])
        await refresh(http, "CANARY-a1")
        await call(http, "InitiateAuth", AuthFlow="CANARY-a2", ClientId="CANARY-a2")
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await WireClient.connect(server, token_query=good, headers={"Origin": "https://evil.test"})
    text = logged.getvalue()
    assert "/nowhere" in text
    for secret in secrets:
        assert secret not in text
        assert all(part not in text for part in secret.split(".") if len(part) > 40)
    kept = b"".join(
        file.read_bytes() for file in server.settings.data_dir.iterdir() if "account" not in file.name
    )
    assert not any(secret.encode() in kept for secret in secrets)
