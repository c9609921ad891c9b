"""A Cognito user pool in memory, and the unsigned tokens it gives out. Hand it to FakeHttp as its answer."""

import base64
import json
from typing import Any

from pylib.auth.cognito import TARGET
from pylib.auth.token_store import Tokens
from pylib.ports import HttpRequest, HttpResponse
from tests.support.fake_clock import FakeClock
from tests.support.fake_http import answer

EMAIL, PASSWORD = "speaker@example.com", "correct horse"


def jwt(sub: str = "user-1", exp: float = 3600, iat: float = 0, serial: int = 0) -> str:
    """An id token without a valid signature: the page never verifies one."""
    claims = {"sub": sub, "exp": exp, "iat": iat, "serial": serial}
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({}, claims)
    ]
    return ".".join([*parts, "signature"])


def tokens(clock: FakeClock, lives_s: float, *, refresh: str = "refresh-0", serial: int = 0) -> Tokens:
    """Tokens whose id token lives this much longer."""
    now_s = clock.now_ms() / 1000
    id_token = jwt(exp=now_s + lives_s, iat=now_s, serial=serial)
    return Tokens(id_token, "access", refresh, clock.now_ms() + lives_s * 1000)


def refused(name: str, status: int = 400, message: str = "not for people", **headers: str) -> HttpResponse:
    """An error as Cognito words it."""
    return answer(status, {"__type": name, "message": message}, **headers)


class FakeCognito:
    """Signs in EMAIL with PASSWORD, refreshes (rotating when asked to) and revokes."""

    def __init__(
        self,
        clock: FakeClock,
        *,
        rotate: bool = False,
        offers_refresh_flow: bool = True,
        lives_s: float = 3600,
    ) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.valid_refresh = {"refresh-0"}
        self._clock = clock
        self._rotate = rotate
        self._offers_refresh_flow = offers_refresh_flow
        self._lives_s = lives_s
        self._serial = 0

    def count(self, operation: str) -> int:
        """How often this was asked for: a flow of InitiateAuth, or RevokeToken."""
        return len([name for name, _ in self.calls if name == operation])

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        operation = request.headers["X-Amz-Target"].removeprefix(TARGET)
        fields = json.loads(request.body)
        parameters = fields.get("AuthParameters", {})
        self.calls.append((fields.get("AuthFlow", operation), fields))
        if operation == "RevokeToken":
            self.valid_refresh.discard(fields["Token"])
            return answer(200, {})
        if operation == "GetTokensFromRefreshToken":
            return self._refresh(fields["RefreshToken"])
        if fields["AuthFlow"] == "USER_PASSWORD_AUTH":
            right = (parameters["USERNAME"], parameters["PASSWORD"]) == (EMAIL, PASSWORD)
            return self._grant(new_refresh=True) if right else refused("NotAuthorizedException")
        if not self._offers_refresh_flow:
            name = "InvalidParameterException"
            return refused(name, message="REFRESH_TOKEN_AUTH flow not enabled for this client")
        return self._refresh(parameters["REFRESH_TOKEN"])

    def _refresh(self, token: str) -> HttpResponse:
        if token not in self.valid_refresh:
            return refused("NotAuthorizedException")
        if self._rotate:
            self.valid_refresh.discard(token)
        return self._grant(new_refresh=self._rotate)

    def _grant(self, *, new_refresh: bool) -> HttpResponse:
        self._serial += 1
        now_s = self._clock.now_ms() / 1000
        id_token = jwt(exp=now_s + self._lives_s, iat=now_s, serial=self._serial)
        result = {"IdToken": id_token, "AccessToken": "access", "ExpiresIn": self._lives_s}
        if new_refresh:
            result["RefreshToken"] = f"refresh-{self._serial}"
            self.valid_refresh.add(f"refresh-{self._serial}")
        return answer(200, {"AuthenticationResult": result, "ChallengeParameters": {}})
