"""Portable: SessionHttpService against scripted answers; the phase report's own list comes first."""

import asyncio
import json
from typing import Any

from pylib.errors import HttpError, NetworkError, SignInRequired
from pylib.ports import HttpRequest
from pylib.protocol.plain import decode_session
from pylib.retry import RetryBudget, RetryPolicy
from pylib.session.http_service import SessionHttpService
from pylib.session.sentences import BY_CODE, BY_STATUS
from tests.support.fake_clock import FakeClock
from tests.support.fake_http import (
    SESSION,
    FakeHttp,
    FakeSessionServer,
    HangingHttp,
    answer,
    lost,
    problem,
    too_slow,
    uuids,
)
from tests.support.fake_store import FakeStore
from tests.support.portable import async_raises

CONFIG = {"sourceLanguage": "en", "qualityTier": "standard"}
GOLDEN = "golden-eagle-427"


class FakeTokens:
    """Gives "old"; after a refresh "new". Errors given are raised instead."""

    def __init__(self, error: "Exception | None" = None, refresh_error: "Exception | None" = None) -> None:
        self.token = "old"
        self.refreshes = 0
        self.error = error
        self.refresh_error = refresh_error

    async def id_token(self) -> str:
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        return self.token

    async def refresh_after_401(self, old: str) -> str:
        self.refreshes += 1
        if self.refresh_error is not None:
            raise self.refresh_error
        self.token = "new"
        return self.token


def service(http: Any, clock: "FakeClock | None" = None, **options: Any) -> SessionHttpService:
    options.setdefault("tokens", FakeTokens())
    options.setdefault("policy", RetryPolicy(jitter="none"))
    return SessionHttpService(
        http,
        clock or FakeClock(),
        "https://api.example/v1/",
        decode_session=decode_session,
        random=lambda: 0.5,
        new_id=uuids(),
        **options,
    )


# The report's list, in its own words.


async def test_create_session_with_valid_config() -> None:
    http = FakeHttp(answer(201, SESSION))
    session = await service(http).create_session(CONFIG)
    request = http.requests[0]
    assert (request.method, request.url) == ("POST", "https://api.example/v1/sessions")
    assert json.loads(request.body) == CONFIG
    assert request.headers["Authorization"] == "Bearer old"
    assert request.headers["Content-Type"] == "application/json"
    assert request.timeout_s == 10.0
    assert (session.session_id, session.status, session.source_language) == (GOLDEN, "active", "en")


async def test_create_session_with_invalid_config() -> None:
    http = FakeHttp(problem(400, "VALIDATION_INVALID_LANGUAGE"))
    error = await async_raises(HttpError, service(http).create_session({"sourceLanguage": "xx"}))
    assert (error.status_code, error.code) == (400, "VALIDATION_INVALID_LANGUAGE")
    assert error.message == BY_CODE["VALIDATION_INVALID_LANGUAGE"]
    assert len(http.requests) == 1


async def test_get_session_with_existing_session_needs_no_token() -> None:
    http = FakeHttp(answer(200, SESSION))
    session = await service(http).get_session(GOLDEN)
    assert session.session_id == GOLDEN
    assert http.requests[0].url == "https://api.example/v1/sessions/golden-eagle-427"
    assert http.header("Authorization") == [""]


async def test_get_session_with_non_existent_session() -> None:
    http = FakeHttp(problem(404, "SESSION_NOT_FOUND"))
    error = await async_raises(HttpError, service(http).get_session("silver-fox-111"))
    assert (error.status_code, error.code) == (404, "SESSION_NOT_FOUND")
    assert len(http.requests) == 1


async def test_update_session_with_ownership() -> None:
    http = FakeHttp(answer(200, dict(SESSION, status="paused")))
    session = await service(http).update_session(GOLDEN, {"status": "paused"}, if_match='"7"')
    request = http.requests[0]
    assert (request.method, json.loads(request.body)) == ("PATCH", {"status": "paused"})
    assert request.headers["If-Match"] == '"7"'
    assert session.status == "paused"


async def test_update_session_without_ownership() -> None:
    http = FakeHttp(problem(403, "AUTH_UNAUTHORIZED"))
    error = await async_raises(HttpError, service(http).update_session(GOLDEN, {"status": "paused"}))
    assert (error.status_code, error.message) == (403, BY_CODE["AUTH_UNAUTHORIZED"])


async def test_delete_session_with_ownership() -> None:
    http = FakeHttp(answer(204))
    await service(http).delete_session(GOLDEN)
    request = http.requests[0]
    assert (request.method, request.body, request.headers["Authorization"]) == ("DELETE", "", "Bearer old")


async def test_error_handling_for_all_status_codes() -> None:
    for status in BY_STATUS:
        if status == 0:
            continue
        http, clock = FakeHttp(answer(status, "<html>proxy</html>")), FakeClock()
        error = await async_raises(HttpError, clock.run(service(http, clock).get_session(GOLDEN)))
        assert error.status_code == status
        assert error.message == BY_STATUS[status]
        assert error.code == "HTTP_" + str(status)


async def test_retry_logic_for_5xx_errors() -> None:
    http, clock = FakeHttp(answer(500), answer(502), answer(503), answer(201, SESSION)), FakeClock()
    calls = service(http, clock)
    assert (await clock.run(calls.create_session(CONFIG))).session_id == GOLDEN
    assert (len(http.requests), calls.retries, clock.monotonic_s()) == (4, 3, 7.0)


# Sentences.


def test_every_default_sentence_says_what_to_do() -> None:
    for status in (0, 400, 401, 403, 404, 408, 409, 429, 500, 503):
        text = BY_STATUS[status]
        assert text[0].isupper(), text
        assert text.endswith("."), text
        assert text.count(".") == 2, text
    for code in BY_CODE:
        assert "_" not in BY_CODE[code], code


async def test_unknown_statuses_have_a_sentence_too() -> None:
    for status, part in ((418, "refused"), (599, "on the server")):
        clock = FakeClock()
        calls = service(FakeHttp(answer(status)), clock)
        error = await async_raises(HttpError, clock.run(calls.get_session(GOLDEN)))
        assert part in error.message


async def test_network_and_timeout_end_as_http_errors() -> None:
    for failure, status, code in ((lost(), 0, "NETWORK_ERROR"), (too_slow(), 408, "REQUEST_TIMEOUT")):
        clock = FakeClock()
        calls = service(FakeHttp(failure), clock)
        error = await async_raises(HttpError, clock.run(calls.get_session(GOLDEN)))
        assert (error.status_code, error.code, error.message) == (status, code, BY_CODE[code])


async def test_the_servers_own_text_is_kept_for_developers_only() -> None:
    body = {"message": "Forbidden by stage policy", "details": {"field": "x"}, "requestId": "srv-1"}
    error = await async_raises(HttpError, service(FakeHttp(answer(403, body))).get_session(GOLDEN))
    assert error.details == {"field": "x", "serverMessage": "Forbidden by stage policy"}
    assert error.request_id == "srv-1"
    assert "stage" not in error.message


async def test_a_problem_whose_fields_have_wrong_types_is_still_an_error() -> None:
    for body in ('{"code": 7, "details": "x", "message": []}', "[]", "5", "null", '"x"'):
        calls = service(FakeHttp(answer(404, body)))
        error = await async_raises(HttpError, calls.get_session(GOLDEN))
        assert (error.status_code, error.code) == (404, "HTTP_404")


# Answers that are none.


async def test_an_answer_that_is_no_session_is_one_error_with_a_sentence() -> None:
    whole = json.dumps(SESSION)
    bodies = ["<html>hello</html>", "", whole[:40], "[]", "null", "{}", '{"sessionId": 1}']
    bodies.append('{"x": "' + "y" * 1_000_000 + '"}')
    for body in bodies:
        for status in (200, 201):
            http = FakeHttp(answer(status, body, content_type="text/html", x_request_id="srv-2"))
            error = await async_raises(HttpError, service(http).create_session(CONFIG))
            assert (error.code, error.status_code) == ("ANSWER_UNREADABLE", status)
            assert error.message == BY_CODE["ANSWER_UNREADABLE"]
            assert error.details == {"contentType": "text/html", "length": len(body)}
            assert error.request_id == "srv-2"
            assert len(http.requests) == 1


async def test_unknown_fields_in_an_answer_are_ignored() -> None:
    http = FakeHttp(answer(200, dict(SESSION, mood="good", expiresAt=5)))
    assert (await service(http).get_session(GOLDEN)).session_id == GOLDEN


# Ids.


async def test_each_attempt_has_its_own_request_id_and_the_action_one_correlation_id() -> None:
    http, clock = FakeHttp(answer(500), lost(), answer(201, SESSION)), FakeClock()
    await clock.run(service(http, clock).create_session(CONFIG))
    assert len(set(http.header("X-Request-ID"))) == 3
    assert len(set(http.header("X-Correlation-ID"))) == 1
    assert len(set(http.header("Idempotency-Key"))) == 1
    traces = [trace.split("-") for trace in http.header("traceparent")]
    assert [(version, flags) for version, _, _, flags in traces] == [("00", "01")] * 3
    assert [(len(trace), len(span)) for _, trace, span, _ in traces] == [(32, 16)] * 3
    assert len({trace for _, trace, _, _ in traces}) == 1


async def test_a_callers_correlation_id_is_used_and_told_in_errors() -> None:
    http = FakeHttp(problem(404, "SESSION_NOT_FOUND"))
    call = service(http).get_session(GOLDEN, correlation_id="click-7")
    error = await async_raises(HttpError, call)
    assert http.header("X-Correlation-ID") == ["click-7"]
    assert (error.correlation_id, error.request_id) == ("click-7", http.header("X-Request-ID")[0])


async def test_two_actions_have_two_correlation_ids_and_two_keys() -> None:
    http = FakeHttp(answer(201, SESSION))
    calls = service(http)
    await calls.create_session(CONFIG)
    await calls.create_session(CONFIG)
    assert len(set(http.header("X-Correlation-ID"))) == 2
    assert len(set(http.header("Idempotency-Key"))) == 2


async def test_ids_are_percent_encoded() -> None:
    for session_id, path in (
        ("a/../b", "a%2F..%2Fb"),
        ("a?x=1#y", "a%3Fx%3D1%23y"),
        ("a b%\r\n", "a%20b%25%0D%0A"),
        ("ä€", "%C3%A4%E2%82%AC"),
        ("A-Z_a~z.9", "A-Z_a~z.9"),
        ("a\x00b", "a%00b"),
    ):
        http = FakeHttp(answer(200, SESSION))
        await service(http).get_session(session_id)
        assert http.requests[0].url == "https://api.example/v1/sessions/" + path


async def test_ids_that_would_name_another_resource_are_refused_unsent() -> None:
    for session_id in ("", ".", ".."):
        http = FakeHttp(answer(200, SESSION))
        error = await async_raises(HttpError, service(http).delete_session(session_id))
        assert (error.status_code, error.code) == (400, "SESSION_INVALID_ID_FORMAT")
        assert http.requests == []


# Retry-After, budget, deadline.


async def test_retry_after_in_seconds_or_as_a_date_is_honoured_on_503() -> None:
    date = "Tue, 14 Nov 2023 22:13:20 GMT"  # the fake clock's start, 1,700,000,000 s
    for headers, waited_s in (
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": "3600"}, 10.0),
        ({"retry_after": "Tue, 14 Nov 2023 22:13:25 GMT"}, 5.0),
        ({"retry_after": "Tue, 14 Nov 2023 22:13:25 GMT", "date": "Tue, 14 Nov 2023 22:13:22 GMT"}, 3.0),
        ({"retry_after": date}, 0.1),
        ({"retry_after": "soon"}, 1.0),
        ({"retry_after": "-5"}, 1.0),
        ({"retry_after": "Tue, 14 Foo 2023 22:13:25 GMT"}, 1.0),
    ):
        http, clock = FakeHttp(answer(503, "", **headers), answer(200, SESSION)), FakeClock()
        await clock.run(service(http, clock).get_session(GOLDEN))
        assert abs(clock.monotonic_s() - waited_s) < 0.001, headers


async def test_a_rate_limit_is_waited_out_only_where_asked_for() -> None:
    limited = problem(429, "RATE_LIMIT_EXCEEDED", retry_after="4")
    http, clock = FakeHttp(limited, answer(200, SESSION)), FakeClock()
    error = await async_raises(HttpError, service(http, clock).get_session(GOLDEN))
    assert (error.status_code, error.retry_after_s) == (429, 4.0)
    http, clock = FakeHttp(limited, answer(200, SESSION)), FakeClock()
    patient = RetryPolicy(jitter="none", retry_rate_limited=True)
    await clock.run(service(http, clock, policy=patient).get_session(GOLDEN))
    assert clock.monotonic_s() == 4.0


async def test_a_page_does_not_hammer_a_sick_server() -> None:
    http, clock = FakeHttp(answer(500)), FakeClock()
    calls = service(http, clock)
    for _ in range(100):
        await async_raises(HttpError, clock.run(calls.get_session(GOLDEN)))
    # 100 calls of 4 tries would be 400; the budget allows 30 retries and 12 more a minute.
    assert 130 <= len(http.requests) <= 180


async def test_a_caller_that_polls_may_go_without_retries() -> None:
    http = FakeHttp(answer(500))
    await async_raises(HttpError, service(http).get_session(GOLDEN, retrying=False))
    assert len(http.requests) == 1


async def test_cancelling_the_call_aborts_the_request() -> None:
    http = HangingHttp(answer(200, SESSION))
    task = asyncio.create_task(service(http).get_session(GOLDEN))
    await FakeClock().settle()
    assert len(http.requests) == 1
    task.cancel()
    await async_raises(asyncio.CancelledError, task)
    assert http.aborted == 1


# Tokens.


async def test_a_401_is_refreshed_and_tried_once_more_which_is_no_retry() -> None:
    http, clock = FakeHttp(problem(401, "AUTH_TOKEN_EXPIRED"), answer(201, SESSION)), FakeClock()
    calls = service(http, clock, policy=RetryPolicy(max_retries=0))
    assert (await calls.create_session(CONFIG)).session_id == GOLDEN
    assert http.header("Authorization") == ["Bearer old", "Bearer new"]
    assert len(set(http.header("X-Request-ID"))) == 2
    assert len(set(http.header("Idempotency-Key"))) == 1
    assert (calls.retries, clock.monotonic_s()) == (0, 0.0)


async def test_a_second_401_means_sign_in() -> None:
    http, tokens = FakeHttp(problem(401, "AUTH_TOKEN_INVALID")), FakeTokens()
    error = await async_raises(HttpError, service(http, tokens=tokens).create_session(CONFIG))
    assert (error.status_code, len(http.requests), tokens.refreshes) == (401, 2, 1)
    assert "sign in" in error.message


async def test_a_reader_is_never_refreshed() -> None:
    http, tokens = FakeHttp(problem(401, "AUTH_MISSING_TOKEN")), FakeTokens()
    await async_raises(HttpError, service(http, tokens=tokens).get_session(GOLDEN))
    assert (len(http.requests), tokens.refreshes) == (1, 0)


async def test_nobody_signed_in_is_a_401_without_a_request() -> None:
    http = FakeHttp(answer(201, SESSION))
    tokens = FakeTokens(error=SignInRequired("You are not signed in. Please sign in."))
    error = await async_raises(HttpError, service(http, tokens=tokens).create_session(CONFIG))
    assert (error.status_code, error.code) == (401, "AUTH_SIGN_IN_REQUIRED")
    assert http.requests == []


async def test_a_refresh_that_is_refused_is_a_401() -> None:
    http = FakeHttp(problem(401, "AUTH_TOKEN_EXPIRED"))
    tokens = FakeTokens(refresh_error=SignInRequired("Please sign in again."))
    error = await async_raises(HttpError, service(http, tokens=tokens).create_session(CONFIG))
    assert (error.status_code, error.code, len(http.requests)) == (401, "AUTH_SIGN_IN_REQUIRED", 1)


async def test_a_token_that_cannot_be_fetched_for_the_network_is_retried() -> None:
    http, clock = FakeHttp(answer(201, SESSION)), FakeClock()
    tokens = FakeTokens(error=NetworkError("offline"))
    await clock.run(service(http, clock, tokens=tokens).create_session(CONFIG))
    assert (len(http.requests), clock.monotonic_s()) == (1, 1.0)


async def test_without_a_token_source_no_token_is_sent() -> None:
    http = FakeHttp(problem(401, "AUTH_MISSING_TOKEN"))
    await async_raises(HttpError, service(http, tokens=None).delete_session(GOLDEN))
    assert http.header("Authorization") == [""]


# Deleting, reading again, listing.


async def test_deleting_what_is_gone_after_a_lost_answer_is_success() -> None:
    server = FakeSessionServer()
    server.sessions[GOLDEN] = dict(SESSION)
    faults = ["after"]
    clock = FakeClock()
    lossy = FakeSessionServer(lambda request: faults.pop() if faults else "")
    lossy.sessions = server.sessions
    await clock.run(service(FakeHttp(lossy), clock).delete_session(GOLDEN))
    assert server.sessions == {}


async def test_deleting_what_never_was_is_an_error() -> None:
    error = await async_raises(HttpError, service(FakeHttp(FakeSessionServer())).delete_session(GOLDEN))
    assert error.status_code == 404


async def test_reading_again_is_cheap_and_a_change_is_seen() -> None:
    server = FakeSessionServer()
    server.sessions[GOLDEN] = dict(SESSION)
    server.sessions["silver-fox-111"] = dict(SESSION, sessionId="silver-fox-111")
    http = FakeHttp(server)
    calls = service(http)
    first = await calls.get_session(GOLDEN)
    assert await calls.get_session(GOLDEN) is first
    await calls.update_session(GOLDEN, {"status": "paused"})
    assert (await calls.get_session(GOLDEN)).status == "paused"
    assert (await calls.get_session("silver-fox-111")).session_id == "silver-fox-111"
    sent = http.header("If-None-Match")
    assert [bool(etag) for etag in sent] == [False, True, False, True, False]


async def test_a_304_nobody_asked_for_is_unreadable() -> None:
    error = await async_raises(HttpError, service(FakeHttp(answer(304))).get_session(GOLDEN))
    assert error.code == "ANSWER_UNREADABLE"


async def test_own_sessions_are_listed_page_by_page() -> None:
    pages = [{"items": [SESSION], "nextCursor": "a/b"}, {"items": [], "nextCursor": None}]
    http = FakeHttp(answer(200, pages[0]), answer(200, pages[1]))
    calls = service(http)
    first = await calls.list_sessions()
    last = await calls.list_sessions(first.next_cursor)
    assert [session.session_id for session in first.sessions] == [GOLDEN]
    assert (last.sessions, last.next_cursor) == ([], "")
    assert http.requests[1].url == "https://api.example/v1/sessions?cursor=a%2Fb"


async def test_a_list_that_is_none_is_unreadable() -> None:
    for body in ("", "[]", '{"items": 5}', '{"items": [{"sessionId": 1}]}'):
        error = await async_raises(HttpError, service(FakeHttp(answer(200, body))).list_sessions())
        assert error.code == "ANSWER_UNREADABLE"


# Many.


async def test_1000_creations_with_30_percent_of_answers_lost_make_exactly_1000_sessions() -> None:
    draws = [12345]

    def chance() -> float:
        draws[0] = (draws[0] * 16807) % 2147483647  # Park and Miller's minimal standard generator
        return draws[0] / 2147483647

    def fault(request: HttpRequest) -> str:
        return ("before" if chance() < 0.5 else "after") if chance() < 0.3 else ""

    server, clock = FakeSessionServer(fault), FakeClock()
    store = FakeStore()
    calls = service(FakeHttp(server), clock, store=store, budget=RetryBudget(clock, capacity=10_000))
    ids = set()
    given_up: list[float] = []

    async def press_until_it_works() -> str:
        while True:
            try:
                session = await calls.create_session(CONFIG)
                return str(session.session_id)
            except HttpError:
                given_up.append(clock.monotonic_s())

    for _ in range(1000):
        ids.add(await clock.run(press_until_it_works()))
    assert (server.creations, len(server.sessions), len(ids)) == (1000, 1000, 1000)
    # About 300 first tries fail, and one creation in 123 fails four times and is asked for again.
    assert calls.retries > 300
    assert given_up
