"""SessionCreationOrchestrator in both modes; the phase report's own list comes first."""

import asyncio
import logging
import re
from typing import Any

import pytest

from pylib.errors import ConnectionRefused, RealtimeError, RequestFailed
from pylib.protocol.plain import decode_session
from pylib.protocol.sessions import SESSION_ID_PATTERN
from pylib.retry import RetryPolicy
from pylib.rollout import CreationMode, Mode
from pylib.session.http_service import SessionHttpService
from pylib.session.legacy_service import LegacySessionService
from pylib.session.orchestrator import CreationResult, SessionCreationOrchestrator
from pylib.session.sentences import BY_CODE
from tests.support.fake_clock import FakeClock
from tests.support.fake_http import FakeHttp, FakeSessionServer, HangingHttp, answer, lost, problem, uuids
from tests.support.fake_live import HANG, FakeLive
from tests.support.fake_store import FakeStore

CONFIG = {"sourceLanguage": "en", "qualityTier": "standard"}
MODES: list[Mode] = ["http", "websocket"]


class Stage:
    """An orchestrator, the server's sessions, and every live client it made."""

    def __init__(self, mode: Mode, *, http: Any = None, **live: Any) -> None:
        self.clock = FakeClock()
        self.server = FakeSessionServer()
        self.http = http or FakeHttp(self.server)
        self.store = FakeStore()
        self.clients: list[FakeLive] = []
        self.live = live
        self.services = {"http": 0, "websocket": 0}
        self._new_id = uuids()
        self.orchestrator = SessionCreationOrchestrator(
            CreationMode(mode, "because the test says so"),
            self.clock,
            new_http_service=self._http_service,
            new_legacy_service=self._legacy_service,
            new_client=self._client,
        )

    def _http_service(self) -> SessionHttpService:
        self.services["http"] += 1
        return SessionHttpService(
            self.http,
            self.clock,
            "https://api.example",
            decode_session=decode_session,
            random=lambda: 0.5,
            new_id=self._new_id,
            store=self.store,
            policy=RetryPolicy(jitter="none"),
        )

    def _legacy_service(self) -> LegacySessionService:
        self.services["websocket"] += 1
        self.legacy = LegacySessionService(self._client, self.clock)
        return self.legacy

    def _client(self) -> FakeLive:
        self.clients.append(FakeLive(self.clock, **self.live))
        return self.clients[-1]

    async def create(self) -> CreationResult:
        """Press start and let as much time pass as it takes, tidying up included."""
        result: CreationResult = await self.clock.run(self.orchestrator.create(CONFIG))
        await self.tidied()
        return result

    async def create_and_abort(self) -> CreationResult:
        """Press start, get as far as it goes without time passing, and abort."""
        task = asyncio.create_task(self.orchestrator.create(CONFIG))
        await self.clock.settle()
        self.orchestrator.abort()
        await self.clock.settle()
        assert task.done()
        return task.result()

    async def tidied(self) -> None:
        await self.clock.run(self.orchestrator.background.finished())
        if self.services["websocket"]:
            await self.clock.run(self.legacy.background.finished())

    def methods(self) -> list[str]:
        return [request.method for request in self.http.requests]


# The report's list, in its own words.


async def test_http_mode_session_creation() -> None:
    stage = Stage("http")
    result = await stage.create()
    assert (result.success, result.error, result.error_code, result.mode) == (True, "", "", "http")
    assert result.session_id in stage.server.sessions
    assert result.client is stage.clients[0]
    assert stage.clients[0].requests == []


async def test_websocket_mode_session_creation() -> None:
    stage = Stage("websocket")
    result = await stage.create()
    assert (result.success, result.session_id, result.mode) == (True, "golden-eagle-427", "websocket")
    assert result.client is stage.clients[0]
    assert stage.clients[0].requests == [("createSession", CONFIG, "sessionCreated")]
    assert stage.clients[0].session_id == "golden-eagle-427"
    assert stage.http.requests == []


@pytest.mark.parametrize("mode", MODES)
async def test_feature_flag_routing(mode: Mode) -> None:
    stage = Stage(mode)
    await stage.create()
    other: Mode = "websocket" if mode == "http" else "http"
    assert stage.services == {mode: 1, other: 0}


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (problem(400, "VALIDATION_INVALID_LANGUAGE"), "VALIDATION_INVALID_LANGUAGE"),
        (problem(401, "AUTH_TOKEN_INVALID"), "AUTH_TOKEN_INVALID"),
        (problem(403, "AUTH_UNAUTHORIZED"), "AUTH_UNAUTHORIZED"),
        (problem(404, "SESSION_NOT_FOUND"), "SESSION_NOT_FOUND"),
        (problem(429, "RATE_LIMIT_EXCEEDED"), "RATE_LIMIT_EXCEEDED"),
        (answer(500), "HTTP_500"),
        (lost(), "NETWORK_ERROR"),
    ],
)
async def test_error_handling_in_http_mode(failure: Any, code: str) -> None:
    stage = Stage("http", http=FakeHttp(failure))
    result = await stage.create()
    assert (result.success, result.session_id, result.client) == (False, "", None)
    assert (result.error_code, result.mode) == (code, "http")
    assert result.error.endswith(".")
    assert stage.clients == []


@pytest.mark.parametrize(
    ("failure", "code", "sentence"),
    [
        (
            RequestFailed("x", code="RATE_LIMIT_EXCEEDED"),
            "RATE_LIMIT_EXCEEDED",
            BY_CODE["RATE_LIMIT_EXCEEDED"],
        ),
        (RequestFailed("ERR_X: stack"), "REALTIME_ERROR", "The server refused this."),
        (
            RealtimeError("The connection was lost.", code="NOT_CONNECTED"),
            "NOT_CONNECTED",
            "The connection was",
        ),
        (HANG, "REQUEST_TIMEOUT", BY_CODE["REQUEST_TIMEOUT"]),
        ({"type": "sessionCreated"}, "ANSWER_UNREADABLE", BY_CODE["ANSWER_UNREADABLE"]),
        ({"sessionId": "not an id"}, "ANSWER_UNREADABLE", BY_CODE["ANSWER_UNREADABLE"]),
    ],
)
async def test_error_handling_in_websocket_mode(failure: Any, code: str, sentence: str) -> None:
    stage = Stage("websocket", answer=failure)
    result = await stage.create()
    assert (result.success, result.session_id, result.client) == (False, "", None)
    assert (result.error_code, result.mode) == (code, "websocket")
    assert result.error.startswith(sentence)
    assert stage.clients[0].closed


# The manual checklist, where it needs no browser.


@pytest.mark.parametrize("mode", MODES)
async def test_the_session_id_is_human_readable(mode: Mode) -> None:
    assert re.match(SESSION_ID_PATTERN, (await Stage(mode).create()).session_id)


async def test_the_websocket_connects_with_the_session_id() -> None:
    stage = Stage("http")
    result = await stage.create()
    assert stage.clients[0].connects == [result.session_id]


@pytest.mark.parametrize(
    ("mode", "words"),
    [("http", "HTTP-based session creation"), ("websocket", "WebSocket-based session creation")],
)
async def test_logging_shows_which_mode_is_active_and_why(
    mode: Mode, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await Stage(mode).create()
    assert words in caplog.text
    assert "because the test says so" in caplog.text


async def test_retry_logic_works_for_5xx_errors_while_creating() -> None:
    stage = Stage("http")
    stage.http = FakeHttp(answer(503), answer(500), stage.server)
    result = await stage.create()
    assert (result.success, stage.server.creations) == (True, 1)
    assert result.duration_ms == 3000


# Nothing is left behind.


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "failure", [HANG, ConnectionRefused("no", close_code=1008, code="AUTH_TOKEN_INVALID"), RealtimeError("x")]
)
async def test_a_session_that_cannot_be_joined_is_ended(mode: Mode, failure: Any) -> None:
    stage = Stage(mode, connect_outcome=failure)
    result = await stage.create()
    assert not result.success
    assert stage.server.sessions == {}
    assert stage.methods() == (["POST", "DELETE"] if mode == "http" else [])
    assert stage.clients[0].closed


async def test_never_the_other_mode_after_a_failure() -> None:
    http = Stage("http", http=FakeHttp(lost()))
    await http.create()
    assert http.services == {"http": 1, "websocket": 0}
    websocket = Stage("websocket", connect_outcome=RealtimeError("x"))
    await websocket.create()
    assert (websocket.services, websocket.http.requests) == ({"http": 0, "websocket": 1}, [])


async def test_when_even_ending_fails_the_first_error_is_the_one_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Stage("http", connect_outcome=ConnectionRefused("no", close_code=1008, code="SESSION_NOT_FOUND"))
    stage.http = FakeHttp(stage.server, problem(403, "AUTH_UNAUTHORIZED"))
    result = await stage.create()
    assert result.error_code == "SESSION_NOT_FOUND"
    assert "tidying up" in caplog.text


async def test_the_step_of_creating_has_a_limit_and_the_next_press_finds_the_same_session() -> None:
    hanging = HangingHttp(answer(201))
    stage = Stage("http", http=hanging)
    result = await stage.create()
    assert (result.error_code, result.duration_ms) == ("REQUEST_TIMEOUT", 60_000)
    assert hanging.aborted == 1
    stage.http = FakeHttp(stage.server)
    assert (await stage.create()).success
    assert stage.http.header("Idempotency-Key") == [hanging.requests[0].headers["Idempotency-Key"]]


# Abort at every step.


async def until_made(stage: Stage) -> None:
    """Up to the moment when all is done but `create` has not been told yet."""
    for _ in range(100):
        if stage.orchestrator._running is not None and stage.orchestrator._running.done():
            return
        await asyncio.sleep(0)
    raise AssertionError("nothing was made")


def assert_aborted(result: CreationResult) -> None:
    assert (result.success, result.session_id, result.client) == (False, "", None)
    assert (result.error_code, result.error) == ("ABORTED", "Starting was cancelled.")


async def test_abort_while_creating_over_http_ends_what_the_server_still_makes() -> None:
    server = FakeSessionServer()
    hanging = HangingHttp(server)
    stage = Stage("http", http=hanging)
    assert_aborted(await stage.create_and_abort())
    assert stage.store.records == {}
    hanging.release()
    await stage.tidied()
    assert [request.method for request in hanging.requests] == ["POST", "DELETE"]
    assert (server.creations, server.sessions, hanging.aborted) == (1, {}, 0)


async def test_after_an_abort_the_next_press_is_a_new_session() -> None:
    hanging = HangingHttp(answer(201))
    stage = Stage("http", http=hanging)
    await stage.create_and_abort()
    stage.http = FakeHttp(stage.server)
    assert (await stage.orchestrator.create(CONFIG)).success
    assert stage.http.header("Idempotency-Key") != [hanging.requests[0].headers["Idempotency-Key"]]
    hanging.release()
    await stage.tidied()


async def test_abort_while_connecting_over_http_deletes_the_session() -> None:
    stage = Stage("http", connect_outcome=HANG)
    assert_aborted(await stage.create_and_abort())
    await stage.tidied()
    assert (stage.methods(), stage.server.sessions) == (["POST", "DELETE"], {})
    assert stage.clients[0].closed


async def test_abort_while_connecting_in_legacy_mode() -> None:
    stage = Stage("websocket", connect_outcome=HANG)
    assert_aborted(await stage.create_and_abort())
    await stage.tidied()
    assert stage.clients[0].closed
    assert stage.clients[0].requests == []


async def test_abort_while_creating_in_legacy_mode_ends_what_the_server_still_makes() -> None:
    stage = Stage("websocket", answer=HANG)
    assert_aborted(await stage.create_and_abort())
    client = stage.clients[0]
    client.hear({"type": "sessionCreated", "sessionId": "golden-eagle-427"})
    await stage.tidied()
    assert [(action, fields.get("sessionId")) for action, fields in client.sent] == [
        ("endSession", None),
        ("endSession", "golden-eagle-427"),
    ]
    assert client.closed


@pytest.mark.parametrize("mode", MODES)
async def test_an_abort_at_the_last_moment_still_counts(mode: Mode) -> None:
    stage = Stage(mode)
    task = asyncio.create_task(stage.orchestrator.create(CONFIG))
    await until_made(stage)
    stage.orchestrator.abort()
    assert_aborted(await task)
    await stage.tidied()
    (client,) = stage.clients
    assert [action for action, _ in client.sent] == ["endSession"]
    assert client.closed


@pytest.mark.parametrize("mode", MODES)
async def test_abort_before_anything_or_after_everything_does_nothing(mode: Mode) -> None:
    stage = Stage(mode)
    stage.orchestrator.abort()
    result = await stage.create()
    stage.orchestrator.abort()
    assert result.success
    assert stage.clients[0].sent == []


@pytest.mark.parametrize("mode", MODES)
async def test_abort_at_any_moment_leaves_nothing_behind(mode: Mode) -> None:
    outcomes = set()
    for turns in range(40):
        stage = Stage(mode)
        task = asyncio.create_task(stage.orchestrator.create(CONFIG))
        for _ in range(turns):
            await asyncio.sleep(0)
        stage.orchestrator.abort()
        result = await stage.clock.run(task)
        await stage.tidied()
        outcomes.add(result.success)
        if result.success:
            assert not any(client.closed or client.sent for client in stage.clients)
            continue
        told_to_end = {fields.get("sessionId") for client in stage.clients for _, fields in client.sent}
        assert set(stage.server.sessions) <= told_to_end
        for client in stage.clients:
            assert client.closed
            assert client.sent or not client.requests
    assert outcomes == {True, False}


async def test_an_abort_at_any_moment_spares_the_session_of_the_next_press() -> None:
    for turns in range(1, 40):
        server = FakeSessionServer()
        hanging = HangingHttp(server)
        stage = Stage("http", http=hanging)
        first = asyncio.create_task(stage.orchestrator.create(CONFIG))
        for _ in range(turns):
            await asyncio.sleep(0)
        stage.orchestrator.abort()
        assert_aborted(await first)
        second = asyncio.create_task(stage.orchestrator.create(CONFIG))
        await stage.clock.settle()
        hanging.release()
        result = await second
        await stage.tidied()
        assert list(server.sessions) == [result.session_id]


@pytest.mark.parametrize("mode", MODES)
async def test_cancelling_the_caller_cancels_the_creation(mode: Mode) -> None:
    stage = Stage(mode, connect_outcome=HANG)
    task = asyncio.create_task(stage.orchestrator.create(CONFIG))
    await stage.clock.settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await stage.tidied()
    assert stage.server.sessions == {}
    assert stage.clients[0].closed


# One at a time.


@pytest.mark.parametrize("mode", MODES)
async def test_a_second_press_while_one_is_under_way_is_refused(mode: Mode) -> None:
    stage = Stage(mode, connect_outcome=HANG)
    first = asyncio.create_task(stage.orchestrator.create(CONFIG))
    await stage.clock.settle()
    second = await stage.orchestrator.create(CONFIG)
    assert (second.success, second.error_code) == (False, "CREATION_IN_PROGRESS")
    stage.orchestrator.abort()
    assert_aborted(await stage.clock.run(first))
    await stage.tidied()


@pytest.mark.parametrize("mode", MODES)
async def test_after_a_failure_the_next_press_may_succeed(mode: Mode) -> None:
    stage = Stage(mode, connect_outcome=RealtimeError("x"))
    assert not (await stage.create()).success
    stage.live = {}
    result = await stage.create()
    assert result.success
    if mode == "http":
        assert list(stage.server.sessions) == [result.session_id]
