"""Signing in with Amazon Cognito's own wire protocol (InitiateAuth, RevokeToken).

The development backend, the tests' mock and a real user pool all speak it. Passwords and tokens are
sent, never logged.
"""

import json
from typing import Any

from pylib.auth.claims import read_claims
from pylib.auth.token_store import Tokens
from pylib.errors import (
    AuthError,
    ChallengeRequired,
    HttpError,
    InvalidCredentials,
    LecternError,
    SignInRequired,
)
from pylib.ports import Clock, HttpRequest, HttpResponse, HttpTransport
from pylib.protocol import codes

TARGET = "AWSCognitoIdentityProviderService."
CONTENT_TYPE = "application/x-amz-json-1.1"
TIMEOUT_S = 10.0

ASK_ADMIN = " This page cannot do that: please ask the person who runs this site."

CHALLENGES = {
    "NEW_PASSWORD_REQUIRED": "This account must choose a new password first." + ASK_ADMIN,
    "SMS_MFA": "This account needs a code sent to a phone to sign in." + ASK_ADMIN,
    "EMAIL_OTP": "This account needs a code sent by e-mail to sign in." + ASK_ADMIN,
    "SOFTWARE_TOKEN_MFA": "This account needs a code from an app to sign in." + ASK_ADMIN,
    "MFA_SETUP": "This account must set up a second sign-in step first." + ASK_ADMIN,
    "SELECT_MFA_TYPE": "This account must choose a second sign-in step first." + ASK_ADMIN,
    "PasswordResetRequiredException": "The password of this account must be reset first." + ASK_ADMIN,
    "UserNotConfirmedException": "This account is not confirmed yet. Follow the link in your e-mail first.",
}
OTHER_CHALLENGE = "This account needs a further step to sign in." + ASK_ADMIN

CHALLENGE_CODES = {
    "NEW_PASSWORD_REQUIRED": codes.AUTH_NEW_PASSWORD_REQUIRED,
    "PasswordResetRequiredException": codes.AUTH_PASSWORD_RESET_REQUIRED,
    "UserNotConfirmedException": codes.AUTH_NOT_CONFIRMED,
}
"""Error codes by which pages translate. A challenge that is missing here is told as "a further step"."""

WRONG_PASSWORD = "E-mail and password do not match. Please check both and try again."  # noqa: S105 - a sentence
WRONG_ACCOUNT_ERRORS = ("NotAuthorizedException", "UserNotFoundException")
"""Both errors are told in one sentence, so that a stranger cannot learn which addresses have an account."""

TOO_OFTEN = "Too many tries in a short time. Please wait a few minutes, then try again."
TOO_OFTEN_ERRORS = ("TooManyRequestsException", "LimitExceededException", "TooManyFailedAttemptsException")

TROUBLE = "The sign-in service has a problem at the moment. Please try again in a few minutes."
MISCONFIGURED = "This site's sign-in is not set up correctly. Please tell the person who runs this site."


class CognitoClient:
    """One user pool's app client.

    Args:
        transport: Sends one request, once.
        clock: Time.
        endpoint: The service's address, e.g. https://cognito-idp.eu-central-1.amazonaws.com/.
        client_id: The app client's id; it must allow USER_PASSWORD_AUTH and have no secret.
    """

    def __init__(
        self,
        transport: HttpTransport,
        clock: Clock,
        endpoint: str,
        client_id: str,
        *,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._endpoint = endpoint.rstrip("/") + "/"
        self._client_id = client_id
        self._timeout_s = timeout_s

    async def sign_in(self, email: str, password: str) -> Tokens:
        """Exchange e-mail and password for tokens.

        Raises InvalidCredentials, ChallengeRequired, AuthError, TransportError, or HttpError
        when the service itself fails.
        """
        parameters = {"USERNAME": email.strip(), "PASSWORD": password}
        return self._tokens(await self._initiate("USER_PASSWORD_AUTH", parameters), refresh_token="")

    async def refresh(self, tokens: Tokens) -> Tokens:
        """Exchange a refresh token for new tokens; the refresh token is new too where the pool rotates them.

        Raises SignInRequired when the service refuses the refresh token, else like `sign_in`.
        """
        if not tokens.refresh_token:
            raise _sign_in_again()
        parameters = {"REFRESH_TOKEN": tokens.refresh_token}
        try:
            answer = await self._initiate("REFRESH_TOKEN_AUTH", parameters)
        except (InvalidCredentials, ChallengeRequired) as error:
            raise _sign_in_again() from error
        return self._tokens(answer, tokens.refresh_token)

    async def revoke(self, tokens: Tokens) -> None:
        """Revoke the refresh token and the access tokens issued for it. Raises like `sign_in`."""
        if tokens.refresh_token:
            await self._call("RevokeToken", {"Token": tokens.refresh_token, "ClientId": self._client_id})

    async def _initiate(self, flow: str, parameters: dict[str, str]) -> dict[str, Any]:
        fields = {"AuthFlow": flow, "ClientId": self._client_id, "AuthParameters": parameters}
        return await self._call("InitiateAuth", fields)

    async def _call(self, operation: str, fields: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": CONTENT_TYPE, "X-Amz-Target": TARGET + operation}
        request = HttpRequest("POST", self._endpoint, headers, json.dumps(fields), self._timeout_s)
        response = await self._transport.send(request)
        answer = _json_object(response)
        if response.status != 200:
            raise _refused(response, answer)
        return answer

    def _tokens(self, answer: dict[str, Any], refresh_token: str) -> Tokens:
        """Read an InitiateAuth answer; `refresh_token` stands in where the pool did not rotate it."""
        challenge = answer.get("ChallengeName")
        if challenge:
            raise _challenged(str(challenge))
        result = answer.get("AuthenticationResult")
        if not isinstance(result, dict) or not isinstance(result.get("IdToken"), str):
            raise AuthError(TROUBLE)
        claims = read_claims(result["IdToken"])
        now_ms = self._clock.now_ms()
        # Lifetime counted from now, because `exp` compared with a wrong device clock would mislead.
        lifetime_s = claims.exp - (claims.iat or now_ms / 1000)
        return Tokens(
            result["IdToken"],
            _text(result, "AccessToken"),
            _text(result, "RefreshToken") or refresh_token,
            now_ms + lifetime_s * 1000,
        )


def _refused(response: HttpResponse, answer: dict[str, Any]) -> LecternError:
    """The error for an answer other than 200; its name arrives as "Name", "prefix#Name" or "Name:url"."""
    error_type = _text(answer, "__type") or response.headers.get("x-amzn-errortype", "")
    name = error_type.split("#")[-1].split(":")[0]
    if name in WRONG_ACCOUNT_ERRORS:
        return InvalidCredentials(WRONG_PASSWORD)
    if name in CHALLENGES:
        return _challenged(name)
    if name in TOO_OFTEN_ERRORS or response.status == 429:
        return AuthError(TOO_OFTEN, code=codes.RATE_LIMIT_EXCEEDED)
    if response.status >= 500:
        return HttpError(TROUBLE, status_code=response.status, code=codes.AUTH_SERVICE_FAILED)
    return AuthError(MISCONFIGURED if name else TROUBLE, code=codes.AUTH_SERVICE_REFUSED)


def _challenged(name: str) -> ChallengeRequired:
    return ChallengeRequired(CHALLENGES.get(name, OTHER_CHALLENGE), code=CHALLENGE_CODES.get(name, ""))


def _sign_in_again() -> SignInRequired:
    return SignInRequired("Your sign-in has run out. Please sign in again.")


def _json_object(response: HttpResponse) -> dict[str, Any]:
    try:
        answer = json.loads(response.body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""
