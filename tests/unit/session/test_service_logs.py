"""What SessionHttpService writes to the log, and what it never does."""

import logging

import pytest

from pylib.errors import HttpError
from pylib.retry import RetryPolicy
from pylib.session.http_service import SessionHttpService
from pylib.session.models import config_body, decode_session
from tests.support.fake_clock import FakeClock
from tests.support.fake_http import SESSION, FakeHttp, answer, problem, too_slow, uuids


class CanaryTokens:
    """Tokens that must be seen nowhere but in the Authorization header."""

    async def id_token(self) -> str:
        return "canary-1"

    async def refresh_after_401(self, old: str) -> str:
        return "canary-2"


def service(http: FakeHttp, clock: FakeClock) -> SessionHttpService:
    return SessionHttpService(
        http,
        clock,
        "https://api.example",
        decode_session=decode_session,
        random=lambda: 0.5,
        new_id=uuids(),
        tokens=CanaryTokens(),
        policy=RetryPolicy(jitter="none"),
    )


async def test_every_retry_is_logged_with_attempt_delay_and_correlation_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    clock = FakeClock()
    calls = service(FakeHttp(answer(503), too_slow(), answer(201, SESSION)), clock)
    await clock.run(calls.create_session(config_body("en", "standard"), correlation_id="click-7"))
    assert [record.getMessage() for record in caplog.records] == [
        "POST retry 1 in 1000 ms after HTTP_503, correlation click-7",
        "POST retry 2 in 2000 ms after REQUEST_TIMEOUT, correlation click-7",
    ]


async def test_a_failure_is_logged_with_its_ids(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    http = FakeHttp(problem(404, "SESSION_NOT_FOUND", x_request_id="srv-1"))
    with pytest.raises(HttpError):
        await service(http, FakeClock()).get_session("a-b-111", correlation_id="click-7")
    assert caplog.messages == ["GET failed: 404 SESSION_NOT_FOUND, request srv-1, correlation click-7"]


async def test_no_token_is_ever_logged_nor_told_in_an_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    clock = FakeClock()
    for failure in (problem(401, "AUTH_TOKEN_INVALID"), answer(500), too_slow(), answer(200, "<html>")):
        with pytest.raises(HttpError) as caught:
            await clock.run(service(FakeHttp(failure), clock).update_session("a-b-111", {"status": "paused"}))
        assert "canary" not in repr(vars(caught.value)) + str(caught.value)
    assert "canary" not in caplog.text
