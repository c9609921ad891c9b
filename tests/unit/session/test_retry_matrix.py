"""Portable: every number of retries against every kind of failure, through SessionHttpService."""

from typing import Any

from pylib.errors import HttpError
from pylib.protocol.plain import decode_session
from pylib.retry import RetryBudget, RetryPolicy
from pylib.session.http_service import SessionHttpService
from tests.support.fake_clock import FakeClock
from tests.support.fake_http import SESSION, FakeHttp, answer, lost, problem, too_slow, uuids
from tests.support.portable import async_raises

RETRIES = (0, 1, 2, 3, 10)
REFUSALS = (400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 418, 422, 429, 501, 505)
RETRYABLE = (500, 502, 503, 504)
NETWORK, TIMEOUT = 0, 408
FAILURES = REFUSALS + RETRYABLE + (NETWORK, TIMEOUT)
DELAYS_S = (1, 2, 4, 4, 4, 4, 4, 4, 4, 4)


def failure(status: int) -> Any:
    if status == NETWORK:
        return lost()
    return too_slow() if status == TIMEOUT else problem(status, "CODE_" + str(status))


def service(http: FakeHttp, clock: FakeClock, max_retries: int) -> SessionHttpService:
    return SessionHttpService(
        http,
        clock,
        "https://api.example",
        decode_session=decode_session,
        random=lambda: 0.5,
        new_id=uuids(),
        policy=RetryPolicy(max_retries=max_retries, jitter="none"),
        budget=RetryBudget(clock, capacity=1000),
    )


def cases() -> "list[tuple[int, int]]":
    return [(count, status) for count in RETRIES for status in FAILURES]


def test_there_are_105_cases() -> None:
    assert len(cases()) == 105


async def test_a_failure_that_stays_is_tried_exactly_as_often_as_specified() -> None:
    for max_retries, status in cases():
        http, clock = FakeHttp(failure(status)), FakeClock()
        call = service(http, clock, max_retries).create_session({"sourceLanguage": "en"})
        error = await async_raises(HttpError, clock.run(call))
        retries = 0 if status in REFUSALS else max_retries
        case = str((max_retries, status))
        assert error.status_code == status, case
        assert len(http.requests) == retries + 1, case
        assert clock.monotonic_s() == sum(DELAYS_S[:retries]), case


async def test_a_failure_that_passes_is_survived_up_to_the_last_retry() -> None:
    for max_retries, status in cases():
        if status in REFUSALS or max_retries == 0:
            continue
        failures = [failure(status) for _ in range(max_retries)]
        http, clock = FakeHttp(*failures, answer(201, SESSION)), FakeClock()
        call = service(http, clock, max_retries).create_session({"sourceLanguage": "en"})
        session = await clock.run(call)
        assert session.session_id == "golden-eagle-427"
        assert len(http.requests) == max_retries + 1
