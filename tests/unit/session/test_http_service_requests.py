"""Portable: what SessionHttpService sends: ids, addresses, waits, cancelling."""

import asyncio

from pylib.errors import HttpError
from pylib.retry import RetryPolicy
from pylib.session.error_texts import BY_STATUS, SERVER_TROUBLE
from tests.support.fake_clock import FakeClock
from tests.support.fake_http import (
    SESSION,
    FakeHttp,
    HangingHttp,
    answer,
    lost,
    problem,
)
from tests.support.fake_store import FakeTextStore
from tests.support.portable import async_raises
from tests.support.service_harness import CONFIG, GOLDEN, service


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


# The original system's backend.


async def test_an_older_server_is_sent_the_two_headers_that_its_cors_allows_and_no_other() -> None:
    http = FakeHttp(answer(200, SESSION, etag='"v1"'))
    calls = service(http, older=True)
    await calls.create_session(CONFIG)
    await calls.get_session(GOLDEN)
    await calls.get_session(GOLDEN)
    await calls.update_session(GOLDEN, {"status": "paused"}, if_match='"v1"')
    await calls.delete_session(GOLDEN)
    sent = [(request.method, sorted(request.headers)) for request in http.requests]
    both, token = ["Authorization", "Content-Type"], ["Authorization"]
    assert sent == [("POST", both), ("GET", []), ("GET", []), ("PATCH", both), ("DELETE", token)]


async def test_without_an_idempotency_key_a_creation_of_unknown_outcome_is_not_sent_again() -> None:
    for failure in (lost(), answer(500), answer(503, "", retry_after="1"), answer(504)):
        http, store = FakeHttp(failure, answer(201, SESSION)), FakeTextStore()
        calls = service(http, older=True, store=store)
        await async_raises(HttpError, calls.create_session(CONFIG))
        assert (len(http.requests), store.records) == (1, {})
        reading = FakeHttp(failure, answer(200, SESSION))
        clock = FakeClock()
        await clock.run(service(reading, clock, older=True).get_session(GOLDEN))
        assert len(reading.requests) == 2


async def test_errors_of_the_older_server_and_of_its_gateway_are_sentences() -> None:
    for status, body, code in (
        (404, {"error": "Session not found", "timestamp": 1}, "HTTP_404"),
        (403, {"message": "Forbidden"}, "HTTP_403"),
        (501, {"message": "Internal Server Error"}, "HTTP_501"),
    ):
        error = await async_raises(HttpError, service(FakeHttp(answer(status, body))).delete_session(GOLDEN))
        assert (error.code, error.message) == (code, BY_STATUS.get(status, SERVER_TROUBLE))
        assert error.details["serverMessage"] in body.values()


async def test_an_older_servers_error_may_stand_in_an_object_of_its_own() -> None:
    body = {"error": {"code": "SESSION_INACTIVE", "message": "Session ended"}}
    error = await async_raises(HttpError, service(FakeHttp(answer(409, body))).delete_session(GOLDEN))
    assert (error.code, error.details["serverMessage"]) == ("SESSION_INACTIVE", "Session ended")


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
