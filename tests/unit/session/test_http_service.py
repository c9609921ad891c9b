"""Portable: SessionHttpService against scripted answers."""

import json

from pylib.errors import HttpError
from pylib.ports import HttpRequest
from pylib.retry import RetryBudget
from pylib.session.error_texts import BY_CODE, BY_STATUS
from tests.support.fake_clock import FakeClock
from tests.support.fake_http import (
    SESSION,
    FakeHttp,
    FakeSessionServer,
    answer,
    lost,
    problem,
    too_slow,
)
from tests.support.fake_store import FakeTextStore
from tests.support.portable import async_raises
from tests.support.service_harness import CONFIG, GOLDEN, service


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
    for status, part in ((418, "refused"), (599, "on this site")):
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


# Unreadable answers.


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


async def test_each_call_tells_at_its_end_how_often_it_was_tried_again() -> None:
    told: list[int] = []
    clock = FakeClock()
    broken = problem(503, "SERVICE_UNAVAILABLE")
    http = FakeHttp(answer(200, SESSION), lost(), answer(200, SESSION), broken, broken, broken, broken)
    calls = service(http, clock, on_call=told.append)
    await calls.get_session(GOLDEN)
    await clock.run(calls.get_session(GOLDEN))
    await async_raises(HttpError, clock.run(calls.create_session(CONFIG)))
    assert told == [0, 1, 3]


async def test_a_poll_whose_retry_is_the_next_poll_is_not_told() -> None:
    told: list[int] = []
    await service(FakeHttp(answer(200, SESSION)), on_call=told.append).get_session(GOLDEN, retrying=False)
    assert told == []


async def test_unknown_fields_in_an_answer_are_ignored() -> None:
    http = FakeHttp(answer(200, dict(SESSION, mood="good", expiresAt=5)))
    assert (await service(http).get_session(GOLDEN)).session_id == GOLDEN


# Ids.


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


async def test_a_304_without_a_condition_is_unreadable() -> None:
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


# Many calls.


async def test_1000_creations_with_30_percent_of_answers_lost_make_exactly_1000_sessions() -> None:
    draws = [12345]

    def chance() -> float:
        draws[0] = (draws[0] * 16807) % 2147483647  # Park and Miller's minimal standard generator
        return draws[0] / 2147483647

    def fault(request: HttpRequest) -> str:
        return ("before" if chance() < 0.5 else "after") if chance() < 0.3 else ""

    server, clock = FakeSessionServer(fault), FakeClock()
    store = FakeTextStore()
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
    # About 300 first tries fail; one creation in 123 fails four times, and its caller repeats it.
    assert calls.retries > 300
    assert given_up
