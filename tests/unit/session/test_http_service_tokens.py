"""Portable: SessionHttpService and the token: refused, refreshed, missing."""

from pylib.errors import HttpError, NetworkError, SignInRequired
from pylib.retry import RetryPolicy
from tests.support.fake_clock import FakeClock
from tests.support.fake_http import (
    SESSION,
    FakeHttp,
    answer,
    problem,
)
from tests.support.portable import async_raises
from tests.support.service_harness import CONFIG, GOLDEN, FakeTokens, service


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


async def test_without_an_account_there_is_a_401_and_no_request() -> None:
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
