"""SessionCreationOrchestrator in both modes."""

import logging
import re
from typing import Any

import pytest

from pylib.config.rollout import Mode
from pylib.errors import ConnectionRefused, RealtimeError, RequestFailed
from pylib.protocol.sessions import SESSION_ID_PATTERN
from pylib.session.error_texts import BY_CODE
from pylib.session.orchestrator import JOIN_TIMEOUT_S
from tests.support.creation_harness import CONFIG, MODES, CreationHarness
from tests.support.fake_http import FakeHttp, HangingHttp, answer, lost, problem
from tests.support.fake_live import HANG


async def test_http_mode_session_creation() -> None:
    stage = CreationHarness("http")
    result = await stage.create()
    assert (result.success, result.error, result.error_code, result.mode) == (True, "", "", "http")
    assert result.session_id in stage.server.sessions
    assert result.client is stage.clients[0]
    assert stage.clients[0].requests == []


async def test_websocket_mode_session_creation() -> None:
    stage = CreationHarness("websocket")
    result = await stage.create()
    assert (result.success, result.session_id, result.mode) == (True, "golden-eagle-427", "websocket")
    assert result.client is stage.clients[0]
    assert stage.clients[0].requests == [("createSession", CONFIG, "sessionCreated")]
    assert stage.clients[0].session_id == "golden-eagle-427"
    assert stage.http.requests == []


@pytest.mark.parametrize("mode", MODES)
async def test_feature_flag_routing(mode: Mode) -> None:
    stage = CreationHarness(mode)
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
    stage = CreationHarness("http", http=FakeHttp(failure))
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
        (RequestFailed("ERR_X: stack"), "REALTIME_ERROR", "That was refused."),
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
    stage = CreationHarness("websocket", answer=failure)
    result = await stage.create()
    assert (result.success, result.session_id, result.client) == (False, "", None)
    assert (result.error_code, result.mode) == (code, "websocket")
    assert result.error.startswith(sentence)
    assert stage.clients[0].closed


# The manual checklist, where it needs no browser.


@pytest.mark.parametrize("mode", MODES)
async def test_the_moment_at_which_there_is_a_session_is_told_once(mode: Mode) -> None:
    stage = CreationHarness(mode)
    await stage.create()
    assert stage.created_s == [0.0]
    stage = CreationHarness(mode, connect_outcome=HANG)
    result = await stage.create()
    assert not result.success
    assert stage.created_s == ([0.0] if mode == "http" else [])


@pytest.mark.parametrize("mode", MODES)
async def test_the_session_id_is_human_readable(mode: Mode) -> None:
    assert re.match(SESSION_ID_PATTERN, (await CreationHarness(mode).create()).session_id)


async def test_the_websocket_connects_with_the_session_id() -> None:
    stage = CreationHarness("http")
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
    await CreationHarness(mode).create()
    assert words in caplog.text
    assert "because the test says so" in caplog.text


@pytest.mark.parametrize("mode", MODES)
async def test_one_id_leads_from_the_console_to_the_server(
    mode: Mode, caplog: pytest.LogCaptureFixture
) -> None:
    """Each creation has its own."""
    caplog.set_level(logging.INFO)
    stage = CreationHarness(mode)
    await stage.create()
    await stage.create()
    if mode == "http":
        sent = stage.http.header("X-Correlation-ID")
    else:
        sent = [client.request_ids[0] for client in stage.clients]
    assert len(set(sent)) == 2
    for correlation_id in sent:
        assert f"is live, correlation {correlation_id}" in caplog.text


async def test_what_a_limit_asks_to_wait_reaches_the_page() -> None:
    stage = CreationHarness("http")
    stage.http = FakeHttp(problem(429, "RATE_LIMIT_EXCEEDED", retry_after="1700"))
    result = await stage.create()
    assert (result.error_code, result.retry_after_s) == ("RATE_LIMIT_EXCEEDED", 1700)


async def test_retry_logic_works_for_5xx_errors_while_creating() -> None:
    stage = CreationHarness("http")
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
    stage = CreationHarness(mode, connect_outcome=failure)
    result = await stage.create()
    assert not result.success
    assert stage.server.sessions == {}
    assert stage.methods() == (["POST", "DELETE"] if mode == "http" else [])
    assert stage.clients[0].closed


async def test_never_the_other_mode_after_a_failure() -> None:
    http = CreationHarness("http", http=FakeHttp(lost()))
    await http.create()
    assert http.services == {"http": 1, "websocket": 0}
    websocket = CreationHarness("websocket", connect_outcome=RealtimeError("x"))
    await websocket.create()
    assert (websocket.services, websocket.http.requests) == ({"http": 0, "websocket": 1}, [])


@pytest.mark.parametrize(
    "failure", [HANG, ConnectionRefused("no", close_code=1008, code="SESSION_INACTIVE"), RealtimeError("x")]
)
async def test_where_it_falls_back_a_session_nobody_can_join_is_ended_and_made_the_older_way(
    failure: Any, caplog: pytest.LogCaptureFixture
) -> None:
    stage = CreationHarness("http", falls_back=True, join_outcome=failure)
    result = await stage.create()
    assert (result.success, result.mode, result.client) == (True, "websocket", stage.clients[1])
    assert result.duration_ms <= JOIN_TIMEOUT_S * 1000
    assert stage.methods() == ["POST", "DELETE"]
    assert (stage.server.sessions, stage.clients[0].closed) == ({}, 1)
    assert "the older way now" in caplog.text


async def test_where_it_falls_back_an_unknown_outcome_still_makes_no_second_session() -> None:
    stage = CreationHarness("http", http=FakeHttp(lost()), falls_back=True)
    assert not (await stage.create()).success
    assert stage.services == {"http": 1, "websocket": 0}


async def test_when_even_ending_fails_the_first_error_is_the_one_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    refused = ConnectionRefused("no", close_code=1008, code="SESSION_NOT_FOUND")
    stage = CreationHarness("http", connect_outcome=refused)
    stage.http = FakeHttp(stage.server, problem(403, "AUTH_UNAUTHORIZED"))
    result = await stage.create()
    assert result.error_code == "SESSION_NOT_FOUND"
    assert "tidying up" in caplog.text


async def test_the_step_of_creating_has_a_limit_and_the_next_press_finds_the_same_session() -> None:
    hanging = HangingHttp(answer(201))
    stage = CreationHarness("http", http=hanging)
    result = await stage.create()
    assert (result.error_code, result.duration_ms) == ("REQUEST_TIMEOUT", 60_000)
    assert hanging.aborted == 1
    stage.http = FakeHttp(stage.server)
    assert (await stage.create()).success
    assert stage.http.header("Idempotency-Key") == [hanging.requests[0].headers["Idempotency-Key"]]
