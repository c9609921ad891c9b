import json

import pytest

from pylib.auth.cognito import CognitoClient
from pylib.auth.token_store import Tokens
from pylib.errors import NetworkError, SignInRequired
from tests.support.fake_clock import FakeClock
from tests.support.fake_cognito import EMAIL, PASSWORD, FakeCognito, jwt, tokens
from tests.support.fake_http import FakeHttp, answer, lost

ENDPOINT = "https://cognito-idp.us-east-1.amazonaws.com"


def client(http: FakeHttp, clock: FakeClock | None = None) -> CognitoClient:
    return CognitoClient(http, clock or FakeClock(), ENDPOINT, "app-1")


async def test_signing_in_speaks_cognitos_wire_protocol() -> None:
    clock = FakeClock()
    http = FakeHttp(FakeCognito(clock))
    got = await client(http, clock).sign_in(f" {EMAIL} ", PASSWORD)
    request = http.requests[0]
    assert (request.method, request.url, request.timeout_s) == ("POST", ENDPOINT + "/", 10.0)
    assert request.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert request.headers["X-Amz-Target"] == "AWSCognitoIdentityProviderService.InitiateAuth"
    assert json.loads(request.body) == {
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": "app-1",
        "AuthParameters": {"USERNAME": EMAIL, "PASSWORD": PASSWORD},
    }
    assert (got.access_token, got.refresh_token) == ("access", "refresh-1")
    assert got.expires_at_ms == clock.now_ms() + 3_600_000


async def test_the_end_of_a_token_is_told_by_its_lifetime_not_by_this_devices_clock() -> None:
    clock = FakeClock()
    issued_s = clock.now_ms() / 1000 + 86_400  # this device is a day behind
    result = {"IdToken": jwt(exp=issued_s + 600, iat=issued_s), "RefreshToken": "r"}
    http = FakeHttp(answer(200, {"AuthenticationResult": result}))
    got = await client(http, clock).sign_in(EMAIL, PASSWORD)
    assert got.expires_at_ms == clock.now_ms() + 600_000


async def test_a_token_that_does_not_say_when_it_was_issued_ends_by_this_devices_clock() -> None:
    clock = FakeClock()
    result = {"IdToken": jwt(exp=clock.now_ms() / 1000 + 600, iat=0)}
    got = await client(FakeHttp(answer(200, {"AuthenticationResult": result})), clock).sign_in(
        EMAIL, PASSWORD
    )
    assert got.expires_at_ms == clock.now_ms() + 600_000


@pytest.mark.parametrize("rotate", [False, True])
async def test_refreshing_keeps_the_refresh_token_unless_it_is_rotated(rotate: bool) -> None:
    clock = FakeClock()
    server = FakeCognito(clock, rotate=rotate)
    got = await client(FakeHttp(server), clock).refresh(tokens(clock, 60))
    assert got.refresh_token == ("refresh-1" if rotate else "refresh-0")
    assert server.calls[0][1]["AuthParameters"] == {"REFRESH_TOKEN": "refresh-0"}


async def test_a_pool_whose_refresh_tokens_rotate_is_asked_by_its_own_operation() -> None:
    """Cognito refuses REFRESH_TOKEN_AUTH there."""
    clock = FakeClock()
    server = FakeCognito(clock, rotate=True, offers_refresh_flow=False)
    got = await client(FakeHttp(server), clock).refresh(tokens(clock, 60))
    assert got.refresh_token == "refresh-1"
    assert [name for name, _ in server.calls] == ["REFRESH_TOKEN_AUTH", "GetTokensFromRefreshToken"]
    with pytest.raises(SignInRequired):
        await client(FakeHttp(server), clock).refresh(tokens(clock, 60))


async def test_signing_out_revokes_the_refresh_token() -> None:
    clock = FakeClock()
    server = FakeCognito(clock)
    http = FakeHttp(server)
    await client(http).revoke(tokens(clock, 60))
    assert server.valid_refresh == set()
    assert json.loads(http.requests[0].body) == {"Token": "refresh-0", "ClientId": "app-1"}


async def test_there_is_nothing_to_revoke_or_refresh_without_a_refresh_token() -> None:
    http = FakeHttp(answer(200, {}))
    without = Tokens("id", "access", "", 0.0)
    await client(http).revoke(without)
    with pytest.raises(SignInRequired):
        await client(http).refresh(without)
    assert http.requests == []


async def test_a_network_failure_stays_one() -> None:
    with pytest.raises(NetworkError):
        await client(FakeHttp(lost())).sign_in(EMAIL, PASSWORD)


async def test_nothing_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    clock = FakeClock()
    got = await client(FakeHttp(FakeCognito(clock)), clock).sign_in(EMAIL, PASSWORD)
    await client(FakeHttp(FakeCognito(clock)), clock).refresh(tokens(clock, 60))
    for secret in (PASSWORD, got.id_token, got.refresh_token, "refresh-0"):
        assert secret not in caplog.text
