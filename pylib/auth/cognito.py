"""Signing in with Amazon Cognito's own wire protocol: InitiateAuth, GetTokensFromRefreshToken, RevokeToken.

The development backend, the tests' mock and a real user pool all speak it. Passwords and tokens are
sent, never logged.
"""

import json
from typing import Any

from pylib.auth.claims import read_claims
from pylib.auth.refusals import Refusal, challenged, error_for, error_of
from pylib.auth.token_store import Tokens
from pylib.errors import AuthError, ChallengeRequired, InvalidCredentials, SignInRequired
from pylib.ports import Clock, HttpRequest, HttpResponse, HttpTransport
from pylib.protocol import codes

TARGET = "AWSCognitoIdentityProviderService."
CONTENT_TYPE = "application/x-amz-json-1.1"
TIMEOUT_S = 10.0


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
        try:
            answer = await self._refreshed(tokens.refresh_token)
        except (InvalidCredentials, ChallengeRequired) as error:
            raise _sign_in_again() from error
        return self._tokens(answer, tokens.refresh_token)

    async def _refreshed(self, refresh_token: str) -> dict[str, Any]:
        """The answer to a refresh. Cognito asks for another operation where refresh tokens rotate."""
        try:
            return await self._initiate("REFRESH_TOKEN_AUTH", {"REFRESH_TOKEN": refresh_token})
        except AuthError as error:
            if error.code != codes.AUTH_FLOW_OFF:
                raise
        fields = {"RefreshToken": refresh_token, "ClientId": self._client_id}
        return await self._call("GetTokensFromRefreshToken", fields)

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
            raise error_of(_refusal(response, answer))
        return answer

    def _tokens(self, answer: dict[str, Any], refresh_token: str) -> Tokens:
        """Read an InitiateAuth answer; `refresh_token` stands in where the pool did not rotate it."""
        challenge = answer.get("ChallengeName")
        if challenge:
            raise challenged(str(challenge))
        result = answer.get("AuthenticationResult")
        if not isinstance(result, dict) or not isinstance(result.get("IdToken"), str):
            raise error_for(codes.AUTH_FAILED)
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


def _refusal(response: HttpResponse, answer: dict[str, Any]) -> Refusal:
    """Read an answer other than 200; its name arrives as "Name", "prefix#Name" or "Name:url"."""
    error_type = _text(answer, "__type") or response.headers.get("x-amzn-errortype", "")
    name = error_type.split("#")[-1].split(":")[0]
    return Refusal(response.status, name, _text(answer, "message") or _text(answer, "Message"))


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
