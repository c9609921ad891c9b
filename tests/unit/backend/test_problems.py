import json

import pytest
from aiohttp import web
from pydantic import ValidationError

from backend.problems import Problem, from_http_exception, from_validation, in_words, problem_response
from pylib.protocol.client_messages import CLIENT_MESSAGE
from pylib.protocol.sessions import SessionConfig, SessionUpdateRequest


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "VALIDATION_INVALID_MESSAGE_FORMAT"),
        ("{", "VALIDATION_INVALID_MESSAGE_FORMAT"),
        ("[]", "VALIDATION_INVALID_MESSAGE_FORMAT"),
        ("null", "VALIDATION_INVALID_MESSAGE_FORMAT"),
        ('{"sourceLanguage": "en"}', "VALIDATION_MISSING_PARAMETER"),
        ('{"sourceLanguage": "qq", "qualityTier": "standard"}', "VALIDATION_INVALID_LANGUAGE"),
        ('{"sourceLanguage": 1, "qualityTier": "standard"}', "VALIDATION_INVALID_LANGUAGE"),
        ('{"sourceLanguage": "en", "qualityTier": "best"}', "VALIDATION_INVALID_QUALITY_TIER"),
    ],
)
def test_a_bad_config_gets_its_code(body: str, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        SessionConfig.model_validate_json(body)
    problem = from_validation(caught.value)
    assert (problem.status, problem.code) == (400, code)


@pytest.mark.parametrize("body", ["{}", '{"status": null}', '{"x": 1}', '{"status": "gone"}'])
def test_a_bad_update_is_a_wrong_parameter(body: str) -> None:
    with pytest.raises(ValidationError) as caught:
        SessionUpdateRequest.model_validate_json(body)
    assert from_validation(caught.value).code == "VALIDATION_INVALID_PARAMETER"


@pytest.mark.parametrize("body", ["{}", '{"action": "dance"}', '{"action": 1}'])
def test_an_unknown_action_is_a_wrong_message(body: str) -> None:
    with pytest.raises(ValidationError) as caught:
        CLIENT_MESSAGE.validate_json(body)
    assert from_validation(caught.value).code == "VALIDATION_INVALID_MESSAGE_FORMAT"


def test_details_never_repeat_what_was_sent() -> None:
    with pytest.raises(ValidationError) as caught:
        SessionConfig.model_validate_json('{"sourceLanguage": "CANARY", "qualityTier": "CANARY"}')
    assert "CANARY" not in json.dumps(from_validation(caught.value).details)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (web.HTTPNotFound(), 404, "NOT_FOUND"),
        (web.HTTPMethodNotAllowed("PUT", ["POST", "GET"]), 405, "METHOD_NOT_ALLOWED"),
        (web.HTTPRequestEntityTooLarge(1, 2), 413, "VALIDATION_MESSAGE_TOO_LARGE"),
        (web.HTTPBadRequest(), 400, "VALIDATION_INVALID_PARAMETER"),
        (web.HTTPBadGateway(), 500, "INTERNAL_SERVER_ERROR"),
    ],
)
def test_what_aiohttp_refuses_reads_like_our_own(error: web.HTTPException, status: int, code: str) -> None:
    problem = from_http_exception(error)
    assert (problem.status, problem.code) == (status, code)
    if status == 405:
        assert problem.headers["Allow"] == "GET, POST"


def test_the_body_says_everything_twice_where_the_contract_wants_it() -> None:
    answer = problem_response(
        Problem(429, "RATE_LIMIT_EXCEEDED", "Please wait.", retry_after_s=7), "r1", 1_700_000_000_000
    )
    assert isinstance(answer.body, bytes)
    body = json.loads(answer.body)
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Retry-After"] == "7"
    assert body == {
        "timestamp": 1_700_000_000_000,
        "type": "error",
        "title": "Too Many Requests",
        "status": 429,
        "detail": "Please wait.",
        "message": "Please wait.",
        "code": "RATE_LIMIT_EXCEEDED",
        "details": {},
        "requestId": "r1",
    }


@pytest.mark.parametrize(
    ("wait_s", "words"),
    [
        (0.01, "1 second"),
        (1.2, "2 seconds"),
        (90, "90 seconds"),
        (90.5, "2 minutes"),
        (3600, "60 minutes"),
        (5401, "2 hours"),
        (86_400, "24 hours"),
    ],
)
def test_a_time_to_wait_in_words_is_never_too_short(wait_s: float, words: str) -> None:
    assert in_words(wait_s) == words
