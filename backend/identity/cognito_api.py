"""The dev pool over Cognito's wire protocol, so that a client meets the same answers as from a real pool.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html
"""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_pascal

from backend.data_dir import CLIENT_ID, COGNITO_PATH
from backend.identity.dev_pool import DevPool, NotAuthorized
from backend.identity.token_verifier import TokenVerifier
from backend.ports import Clock, StoreUnavailable
from backend.problems import Problem
from backend.rate_limit import TokenBucket
from pylib.protocol import codes

AMZ_JSON = "application/x-amz-json-1.1"
TARGET = "AWSCognitoIdentityProviderService."

_Text = Annotated[str, Field(max_length=8192)]


class _Request(BaseModel):
    model_config = ConfigDict(alias_generator=to_pascal, strict=True)


class _InitiateAuth(_Request):
    auth_flow: _Text
    client_id: _Text
    auth_parameters: dict[str, _Text] = Field(default_factory=dict)


class _GetTokens(_Request):
    refresh_token: _Text
    client_id: _Text


class _RevokeToken(_Request):
    token: _Text
    client_id: _Text


class _GlobalSignOut(_Request):
    access_token: _Text


class _CognitoError(Exception):
    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class CognitoApi:
    """POST /cognito/ with the operation in X-Amz-Target and the pool's JWKS.

    Args:
        pool: signs people in.
        verifier: checks access tokens.
        clock: times sign-ins.
        read_body: reads the body of a request; raises Problem, 429 for an address that calls too often.
    """

    def __init__(
        self,
        pool: DevPool,
        verifier: TokenVerifier,
        clock: Clock,
        read_body: Callable[[web.Request], Awaitable[bytes]],
    ) -> None:
        self._pool = pool
        self._read_body = read_body
        self._verifier = verifier
        self._clock = clock
        # One bucket for all clients: there is one account, and guessing its password must stay slow.
        self._attempts = TokenBucket(rate=5, burst=50, now=clock.monotonic_s())
        self._operations = {
            "InitiateAuth": self._initiate_auth,
            "GetTokensFromRefreshToken": self._get_tokens,
            "RevokeToken": self._revoke_token,
            "GlobalSignOut": self._global_sign_out,
        }

    def routes(self) -> list[web.RouteDef]:
        """What this API serves."""
        pool_path = COGNITO_PATH + self._pool.issuer.rpartition("/")[2]
        return [
            web.post(COGNITO_PATH, self._dispatch),
            web.get(f"{pool_path}/.well-known/jwks.json", self._jwks),
        ]

    async def _dispatch(self, request: web.Request) -> web.Response:
        target = request.headers.get("X-Amz-Target", "")
        operation = self._operations.get(target.removeprefix(TARGET)) if target.startswith(TARGET) else None
        if operation is None:
            return _error("UnknownOperationException", "This operation is not offered.")
        try:
            answer = await operation(await self._body(request))
        except ValidationError:
            return _error("InvalidParameterException", "The request is not valid.")
        except NotAuthorized as refused:
            return _error("NotAuthorizedException", str(refused))
        except _CognitoError as error:
            return _error(error.kind, str(error))
        except StoreUnavailable:
            return _answer(503, {"__type": "InternalErrorException", "message": "Please try again later."})
        return _answer(200, answer)

    async def _body(self, request: web.Request) -> bytes:
        try:
            return await self._read_body(request)
        except Problem as problem:
            if problem.code != codes.RATE_LIMIT_EXCEEDED:
                raise
            raise _CognitoError("TooManyRequestsException", problem.message) from problem

    async def _initiate_auth(self, body: bytes) -> dict[str, Any]:
        call = _InitiateAuth.model_validate_json(body)
        _check_client(call.client_id)
        if call.auth_flow == "USER_PASSWORD_AUTH":
            if not self._attempts.take(1, self._clock.monotonic_s()):
                raise _CognitoError("TooManyRequestsException", "Too many attempts. Please wait a moment.")
            result = await self._pool.sign_in(_parameter(call, "USERNAME"), _parameter(call, "PASSWORD"))
        elif call.auth_flow in ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"):
            result = await self._pool.refresh(_parameter(call, "REFRESH_TOKEN"))
        else:
            raise _CognitoError("InvalidParameterException", "This AuthFlow is not offered.")
        return {"AuthenticationResult": result, "ChallengeParameters": {}}

    async def _get_tokens(self, body: bytes) -> dict[str, Any]:
        """What Cognito offers beside REFRESH_TOKEN_AUTH, and alone where refresh tokens rotate."""
        call = _GetTokens.model_validate_json(body)
        _check_client(call.client_id)
        return {"AuthenticationResult": await self._pool.refresh(call.refresh_token)}

    async def _revoke_token(self, body: bytes) -> dict[str, Any]:
        call = _RevokeToken.model_validate_json(body)
        _check_client(call.client_id)
        await self._pool.revoke(call.token)
        return {}

    async def _global_sign_out(self, body: bytes) -> dict[str, Any]:
        call = _GlobalSignOut.model_validate_json(body)
        try:
            user = await self._verifier.verify(call.access_token, use="access")
        except Problem as problem:
            raise _CognitoError("NotAuthorizedException", "The access token is not valid.") from problem
        await self._pool.sign_out_everywhere(user.subject)
        return {}

    async def _jwks(self, _: web.Request) -> web.Response:
        return web.json_response(self._pool.jwks())


def _check_client(client_id: str) -> None:
    if client_id != CLIENT_ID:
        raise _CognitoError("ResourceNotFoundException", "There is no client with this ClientId.")


def _parameter(call: _InitiateAuth, name: str) -> str:
    value = call.auth_parameters.get(name)
    if not value:
        raise _CognitoError("InvalidParameterException", f"Missing required parameter {name}")
    return value


def _error(kind: str, message: str) -> web.Response:
    return _answer(400, {"__type": kind, "message": message})


def _answer(status: int, body: dict[str, Any]) -> web.Response:
    return web.Response(
        status=status,
        body=json.dumps(body).encode(),
        headers={"Content-Type": AMZ_JSON, "Cache-Control": "no-store"},
    )
