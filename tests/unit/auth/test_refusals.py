"""What each refusal of a user pool is told as; exceptions and messages as Amazon Cognito words them."""

import json

import pytest

from pylib.auth.cognito import CognitoClient
from pylib.auth.refusals import BY_CHALLENGE, TEXTS, WRONG_PASSWORD
from pylib.errors import (
    AuthError,
    ChallengeRequired,
    HttpError,
    InvalidCredentials,
    LecternError,
    SignInRequired,
    is_retryable,
)
from pylib.ports import HttpResponse
from speaker.model import SIGN_IN_CODES
from tests.support.english import catalog
from tests.support.fake_clock import FakeClock
from tests.support.fake_cognito import EMAIL, PASSWORD, refused, tokens
from tests.support.fake_http import FakeHttp, answer

SAID: dict[str, str] = json.loads(catalog("speaker"))
NOT_AUTHORIZED, WRONG_PARAMETER = "NotAuthorizedException", "InvalidParameterException"


def client(response: HttpResponse) -> CognitoClient:
    return CognitoClient(FakeHttp(response), FakeClock(), "https://pool.example", "app-1")


async def refusal_of(response: HttpResponse) -> LecternError:
    with pytest.raises(LecternError) as caught:
        await client(response).sign_in(EMAIL, PASSWORD)
    return caught.value


REFUSALS: list[tuple[str, str, str]] = [
    (NOT_AUTHORIZED, "Password attempts exceeded", "AUTH_LOCKED_OUT"),
    (NOT_AUTHORIZED, "Attempt limit exceeded, please try after some time.", "RATE_LIMIT_EXCEEDED"),
    (NOT_AUTHORIZED, "Unable to verify secret hash for client 1abc", "AUTH_CLIENT_SECRET"),
    (
        NOT_AUTHORIZED,
        "Client 1abc is configured with secret but SECRET_HASH was not received",
        "AUTH_CLIENT_SECRET",
    ),
    (NOT_AUTHORIZED, "User is disabled.", "AUTH_ACCOUNT_REFUSED"),
    (
        NOT_AUTHORIZED,
        "Temporary password has expired and must be reset by an administrator.",
        "AUTH_PASSWORD_RESET_REQUIRED",
    ),
    (
        "PasswordResetRequiredException",
        "Password reset required for the user",
        "AUTH_PASSWORD_RESET_REQUIRED",
    ),
    ("UserNotConfirmedException", "User is not confirmed.", "AUTH_NOT_CONFIRMED"),
    (
        "UserLambdaValidationException",
        "PreAuthentication failed with error Not on Sundays.",
        "AUTH_ACCOUNT_REFUSED",
    ),
    ("TooManyRequestsException", "Rate exceeded", "RATE_LIMIT_EXCEEDED"),
    ("LimitExceededException", "Attempt limit exceeded, please try after some time.", "RATE_LIMIT_EXCEEDED"),
    ("ThrottlingException", "Rate exceeded", "RATE_LIMIT_EXCEEDED"),
    (WRONG_PARAMETER, "USER_PASSWORD_AUTH flow not enabled for this client", "AUTH_FLOW_OFF"),
    ("ResourceNotFoundException", "User pool client 1abc does not exist.", "AUTH_SERVICE_REFUSED"),
    ("ResourceNotFoundException", "User pool us-east-1_x does not exist.", "AUTH_SERVICE_REFUSED"),
    (WRONG_PARAMETER, "1 validation error detected: Value at 'clientId' failed", "AUTH_SERVICE_REFUSED"),
    ("InvalidUserPoolConfigurationException", "", "AUTH_SERVICE_REFUSED"),
    ("ForbiddenException", "Request not allowed due to WAF block.", "AUTH_BLOCKED"),
]


@pytest.mark.parametrize(("name", "message", "code"), REFUSALS)
async def test_a_refusal_that_is_no_wrong_password_has_its_own_sentence(
    name: str, message: str, code: str
) -> None:
    error = await refusal_of(refused(name, message=message))
    assert error.code == code
    assert SAID["error." + code] not in (SAID["error.AUTH_INVALID_CREDENTIALS"], "")
    assert message not in error.message or message == ""


WRONG = [
    (NOT_AUTHORIZED, "Incorrect username or password."),
    ("UserNotFoundException", "User does not exist."),
    (NOT_AUTHORIZED, ""),
    (WRONG_PARAMETER, "Missing required parameter USERNAME"),
    (WRONG_PARAMETER, "1 validation error detected: Value 'a b' at 'username' failed to satisfy constraint"),
]


@pytest.mark.parametrize("form", ["{}", "com.amazonaws.cognito#{}", "{}:http://internal.amazon.com/"])
@pytest.mark.parametrize(("name", "message"), WRONG)
async def test_a_wrong_password_and_an_unknown_address_read_the_same(
    name: str, message: str, form: str
) -> None:
    headers = {"x_amzn_errortype": form.format(name)}
    for response in (
        refused(form.format(name), message=message),
        answer(400, {"message": message}, **headers),
    ):
        error = await refusal_of(response)
        assert isinstance(error, InvalidCredentials)
        assert (error.message, error.code) == (WRONG_PASSWORD, "AUTH_INVALID_CREDENTIALS")


@pytest.mark.parametrize("challenge", [*BY_CHALLENGE, "MFA_SETUP", "CUSTOM_CHALLENGE", "WEB_AUTHN"])
async def test_a_challenge_is_told_in_a_sentence(challenge: str) -> None:
    error = await refusal_of(answer(200, {"ChallengeName": challenge, "Session": "s"}))
    assert isinstance(error, ChallengeRequired)
    assert error.code == BY_CHALLENGE.get(challenge, "AUTH_CHALLENGE_REQUIRED")
    assert error.message == TEXTS[error.code]
    assert "error." + error.code in SAID


@pytest.mark.parametrize(
    ("response", "kind", "code"),
    [
        (answer(429), AuthError, "RATE_LIMIT_EXCEEDED"),
        (answer(403, "<html>Forbidden"), AuthError, "AUTH_BLOCKED"),
        (answer(405, "<html>Are you human?"), AuthError, "AUTH_BLOCKED"),
        (answer(202, ""), AuthError, "AUTH_BLOCKED"),
        (answer(404, "<html>"), AuthError, "AUTH_SERVICE_REFUSED"),
        (answer(304, ""), AuthError, "AUTH_FAILED"),
        (refused("InternalErrorException", 500), HttpError, "AUTH_SERVICE_FAILED"),
        (answer(503, "<html>"), HttpError, "AUTH_SERVICE_FAILED"),
        (answer(408, "<html>"), HttpError, "AUTH_SERVICE_FAILED"),
        (refused("RequestTimeoutException", 408), HttpError, "AUTH_SERVICE_FAILED"),
        (refused("RequestAbortedException"), HttpError, "AUTH_SERVICE_FAILED"),
        (refused("InternalErrorException"), HttpError, "AUTH_SERVICE_FAILED"),
        (answer(200, ""), AuthError, "AUTH_FAILED"),
        (answer(200, "<html>"), AuthError, "AUTH_FAILED"),
        (answer(200, "[" * 100_000), AuthError, "AUTH_FAILED"),
        (answer(200, []), AuthError, "AUTH_FAILED"),
        (answer(200, {"AuthenticationResult": {}}), AuthError, "AUTH_FAILED"),
        (answer(200, {"AuthenticationResult": {"IdToken": 5}}), AuthError, "AUTH_FAILED"),
        (answer(200, {"AuthenticationResult": {"IdToken": "x"}}), AuthError, "AUTH_TOKEN_INVALID"),
    ],
)
async def test_every_other_answer_is_one_error_with_a_sentence(
    response: HttpResponse, kind: type[LecternError], code: str
) -> None:
    error = await refusal_of(response)
    assert (type(error), error.code) == (kind, code)
    assert error.message.endswith(".")
    assert is_retryable(error) is (kind is HttpError)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (NOT_AUTHORIZED, "Refresh Token has been revoked"),
        (NOT_AUTHORIZED, "Refresh Token has expired"),
        (NOT_AUTHORIZED, "Invalid Refresh Token"),
        (NOT_AUTHORIZED, "User is disabled."),
        ("PasswordResetRequiredException", "Password reset required for the user"),
        ("RefreshTokenReuseException", "Refresh token has been invalidated by rotation"),
        ("RefreshTokenReuseException", "Refresh token reuse detected"),
        ("UserNotFoundException", "User does not exist."),
    ],
)
async def test_a_refused_refresh_means_signing_in_again(name: str, message: str) -> None:
    with pytest.raises(SignInRequired):
        await client(refused(name, message=message)).refresh(tokens(FakeClock(), 60))


@pytest.mark.parametrize(
    "response",
    [
        refused("TooManyRequestsException"),
        refused(NOT_AUTHORIZED, message="Unable to verify secret hash for client 1abc"),
        refused("ResourceNotFoundException"),
        answer(403, "<html>"),
        answer(200, "<html>"),
        answer(503, "<html>"),
    ],
)
async def test_a_refresh_that_fails_for_another_reason_signs_nobody_out(response: HttpResponse) -> None:
    with pytest.raises(LecternError) as caught:
        await client(response).refresh(tokens(FakeClock(), 60))
    assert not isinstance(caught.value, SignInRequired)
    assert caught.value.code not in SIGN_IN_CODES
