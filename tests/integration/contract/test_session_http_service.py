"""The phase report's list of SessionHttpService tests, in its words, against the true server."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from yarl import URL

from pylib.errors import HttpError, LecternError
from pylib.retry import RetryPolicy
from pylib.session.error_texts import BY_STATUS
from pylib.session.models import config_body
from pylib.session.status_poller import StatusPoller
from tests.integration.contract.stack import CONFIG, Stack, loaded, until
from tests.support.aiohttp_ports import SystemClock
from tests.support.fault_proxy import PASS, Fault, FaultProxy, fault_proxy
from tests.support.server import RunningServer

NOBODYS = "golden-eagle-427"
STATUSES = (400, 401, 403, 404, 409, 412, 413, 422, 429, 500, 501, 502, 503, 504, 505)
RETRIED = (500, 502, 503, 504)


@pytest.fixture
async def foreign(stack: Stack) -> str:
    """The id of somebody else's session."""
    async with stack.server.http("somebody else") as http, http.post("/sessions", json=CONFIG) as answer:
        return str((await answer.json())["sessionId"])


@pytest.fixture
async def proxied(server: RunningServer) -> AsyncIterator[tuple[Stack, FaultProxy]]:
    """A page whose HTTP API lies behind a proxy that may answer in the server's place."""
    url = URL(server.url)
    assert url.host is not None
    assert url.port is not None
    async with fault_proxy(url.host, url.port) as proxy, loaded(server, api_url=proxy.url) as stack:
        yield stack, proxy


def saying(status: int, **headers: str) -> Fault:
    """A gateway's own answer, which is no problem document."""
    lines = [f"HTTP/1.1 {status} x", "Content-Length: 9", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return Fault(instead="\r\n".join([*lines, "", "Forbidden"]).encode())


async def test_create_session_with_valid_config(stack: Stack) -> None:
    session = await stack.sessions.create_session(config_body("de", "premium"))
    assert (session.source_language, session.quality_tier, session.status) == ("de", "premium", "active")
    assert session.expires_at > session.created_at
    assert (await stack.own_sessions()).keys() == {session.session_id}


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"sourceLanguage": "xx", "qualityTier": "standard"}, "VALIDATION_INVALID_LANGUAGE"),
        ({"sourceLanguage": "en", "qualityTier": "gold"}, "VALIDATION_INVALID_QUALITY_TIER"),
        ({"sourceLanguage": "en"}, "VALIDATION_MISSING_PARAMETER"),
    ],
)
async def test_create_session_with_invalid_config(stack: Stack, config: dict[str, str], code: str) -> None:
    with pytest.raises(HttpError) as refused:
        await stack.sessions.create_session(config)
    assert (refused.value.status_code, refused.value.code) == (400, code)
    assert stack.sessions.retries == 0
    assert await stack.own_sessions() == {}


async def test_get_session_with_existing_session(stack: Stack) -> None:
    made = await stack.sessions.create_session(CONFIG)
    assert await stack.sessions.get_session(made.session_id) == made
    assert "Authorization" not in stack.transport.exchanges[-1].request.headers


async def test_get_session_with_non_existent_session(stack: Stack) -> None:
    with pytest.raises(HttpError) as refused:
        await stack.sessions.get_session(NOBODYS)
    assert (refused.value.status_code, refused.value.code) == (404, "SESSION_NOT_FOUND")


async def test_update_session_with_ownership(stack: Stack) -> None:
    made = await stack.sessions.create_session(CONFIG)
    changed = await stack.sessions.update_session(made.session_id, {"status": "paused"})
    assert (changed.status, changed.session_id) == ("paused", made.session_id)
    assert await stack.sessions.get_session(made.session_id) == changed


async def test_update_session_without_ownership(stack: Stack, foreign: str) -> None:
    with pytest.raises(HttpError) as refused:
        await stack.sessions.update_session(foreign, {"status": "paused"})
    assert (refused.value.status_code, refused.value.code) == (403, "AUTH_UNAUTHORIZED")
    assert (await stack.sessions.get_session(foreign)).status == "active"


async def test_update_session_that_somebody_else_changed_meanwhile(stack: Stack) -> None:
    made = await stack.sessions.create_session(CONFIG)
    etag = stack.transport.exchanges[-1].response.headers["etag"]
    await stack.sessions.update_session(made.session_id, {"status": "paused"}, if_match=etag)
    with pytest.raises(HttpError) as overtaken:
        await stack.sessions.update_session(made.session_id, {"status": "active"}, if_match=etag)
    assert overtaken.value.status_code == 412


async def test_delete_session_with_ownership(stack: Stack) -> None:
    made = await stack.sessions.create_session(CONFIG)
    for _ in range(2):
        await stack.sessions.delete_session(made.session_id)
    assert (await stack.sessions.get_session(made.session_id)).status == "ended"


async def test_delete_session_without_ownership(stack: Stack, foreign: str) -> None:
    with pytest.raises(HttpError) as refused:
        await stack.sessions.delete_session(foreign)
    assert refused.value.status_code == 403
    assert (await stack.sessions.get_session(foreign)).status == "active"


async def test_token_refresh_before_requests(stack: Stack) -> None:
    await stack.sessions.create_session(CONFIG)
    assert stack.transport.flows() == ["USER_PASSWORD_AUTH"]
    await stack.age(3600 - 299)
    await stack.sessions.create_session(CONFIG)
    assert stack.transport.flows() == ["USER_PASSWORD_AUTH", "REFRESH_TOKEN_AUTH"]
    assert stack.transport.calls()[-1] == ("POST", 201)


async def test_token_refresh_on_401(stack: Stack) -> None:
    """The device believes its token is good; the server, whose clock counts, does not."""
    record = json.loads(stack.kept.texts["tokens"])
    record["id_token"] = stack.server.forge(sub=stack.server.demo.subject, exp=1)
    stack.kept.texts["tokens"] = json.dumps(record)
    await stack.sessions.create_session(CONFIG)
    assert stack.transport.calls() == [("POST", 401), ("POST", 201)]
    assert stack.transport.flows() == ["USER_PASSWORD_AUTH", "REFRESH_TOKEN_AUTH"]
    assert stack.sessions.retries == 0


async def test_100_concurrent_calls_on_an_expired_token_make_one_refresh(stack: Stack) -> None:
    made = await stack.sessions.create_session(CONFIG)
    await stack.age(3601)
    calls = [stack.sessions.update_session(made.session_id, {"status": "paused"}) for _ in range(100)]
    changed = await asyncio.gather(*calls)
    assert {session.status for session in changed} == {"paused"}
    assert stack.transport.flows().count("REFRESH_TOKEN_AUTH") == 1


@pytest.mark.parametrize("status", STATUSES)
async def test_error_handling_for_all_status_codes(proxied: tuple[Stack, FaultProxy], status: int) -> None:
    stack, proxy = proxied
    proxy.plan = lambda number: saying(status)
    with pytest.raises(HttpError) as failed:
        await stack.sessions.create_session(CONFIG)
    assert failed.value.status_code == status
    assert failed.value.message == str(failed.value)
    assert "Forbidden" not in failed.value.message
    if status in BY_STATUS:
        assert failed.value.message == BY_STATUS[status]
    assert failed.value.correlation_id != ""
    attempts = 4 if status in RETRIED else 1
    # A 401 has one more attempt with a fresh token, which is no retry.
    assert proxy.connections == (2 if status == 401 else attempts)
    assert stack.sessions.retries == attempts - 1


@pytest.mark.parametrize(
    "body",
    [b"<html>Welcome to the hotel's Wi-Fi</html>", b"", b'{"sessionId": "golden-ea', b"[" * 10_000_000],
    ids=["html", "empty", "truncated", "10 MB"],
)
async def test_an_answer_that_is_no_session_is_one_error_with_a_sentence(
    proxied: tuple[Stack, FaultProxy], body: bytes
) -> None:
    stack, proxy = proxied
    head = f"HTTP/1.1 201 Created\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    proxy.plan = lambda number: Fault(instead=head.encode() + body) if number == 0 else PASS
    with pytest.raises(HttpError) as failed:
        await stack.sessions.create_session(CONFIG)
    assert (failed.value.status_code, failed.value.code) == (201, "ANSWER_UNREADABLE")
    assert failed.value.message.endswith("Please try again later.")
    session = await stack.sessions.create_session(CONFIG)
    assert (await stack.own_sessions()).keys() == {session.session_id}


@pytest.mark.parametrize("status", RETRIED)
async def test_retry_logic_for_5xx_errors(
    proxied: tuple[Stack, FaultProxy], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    stack, proxy = proxied
    proxy.plan = lambda number: saying(status) if number < 3 else PASS
    with caplog.at_level(logging.WARNING, "lectern.session"):
        session = await stack.sessions.create_session(CONFIG, correlation_id="one-action")
    retries = [line for line in caplog.messages if line.startswith("POST retry")]
    assert len(retries) == 3
    assert all(line.endswith("correlation one-action") for line in retries)
    requests = [one.request for one in stack.transport.exchanges if one.request.method == "POST"]
    posts = [request for request in requests if request.url.endswith("/sessions")]
    assert len(posts) == 4
    for header, values in {"X-Request-ID": 4, "X-Correlation-ID": 1, "Idempotency-Key": 1}.items():
        assert len({request.headers[header] for request in posts}) == values
    assert (await stack.own_sessions()).keys() == {session.session_id}


async def test_retry_after_is_honoured(proxied: tuple[Stack, FaultProxy]) -> None:
    stack, proxy = proxied
    slept: list[float] = []

    class Impatient(SystemClock):
        async def sleep(self, delay_s: float) -> None:
            slept.append(delay_s)

    stack.clock = Impatient()
    proxy.plan = lambda number: saying(503, Retry_After="7") if number == 0 else PASS
    await stack.service(policy=RetryPolicy()).create_session(CONFIG)
    assert slept == [7.0]


class Quick(SystemClock):
    """Half a minute of polling in a third of a second."""

    def call_later(self, delay_s: float, callback: Any) -> asyncio.TimerHandle:
        return super().call_later(delay_s / 100, callback)


async def test_status_polling_is_cheap_and_sees_every_change(stack: Stack) -> None:
    made = await stack.sessions.create_session(CONFIG)
    seen: asyncio.Queue[str] = asyncio.Queue()
    gone: list[LecternError] = []
    poller = StatusPoller(lambda one: stack.sessions.get_session(one, retrying=False), Quick(), lambda: 0.5)
    poller.start(made.session_id, lambda session: seen.put_nowait(session.status), gone.append)
    async with asyncio.timeout(20):
        assert await seen.get() == "active"
        await until(lambda: ("GET", 304) in stack.transport.calls())
        await stack.sessions.update_session(made.session_id, {"status": "paused"})
        assert await seen.get() == "paused"
        await stack.sessions.delete_session(made.session_id)
        assert await seen.get() == "ended"
    asked = len(stack.transport.calls())
    await asyncio.sleep(0.1)
    assert gone == []
    assert len(stack.transport.calls()) == asked, "an ended session is asked for no more"
