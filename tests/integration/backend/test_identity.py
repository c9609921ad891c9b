import json
import re
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
from aiohttp import web

from backend.settings import TokenSettings
from tests.integration.backend.api import CONFIG, problem
from tests.integration.backend.wire_client import WireClient
from tests.support.server import RunningServer, running_server
from tests.unit.backend.identity.test_token_verifier import FORGED, ISSUER, JWKS, token

TARGET = "AWSCognitoIdentityProviderService."


async def call(http: aiohttp.ClientSession, operation: str, **body: Any) -> tuple[int, dict[str, Any]]:
    headers = {"X-Amz-Target": TARGET + operation, "Content-Type": "application/x-amz-json-1.1"}
    async with http.post("/cognito/", data=json.dumps(body), headers=headers) as answer:
        assert answer.headers["Content-Type"] == "application/x-amz-json-1.1"
        return answer.status, await answer.json(content_type=None)


async def sign_in(http: aiohttp.ClientSession) -> dict[str, Any]:
    account = await (await http.get("/dev/account")).json()
    status, body = await call(
        http,
        "InitiateAuth",
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=account["clientId"],
        AuthParameters={"USERNAME": account["email"], "PASSWORD": account["password"]},
    )
    assert status == 200
    result: dict[str, Any] = body["AuthenticationResult"]
    return result


async def refresh(http: aiohttp.ClientSession, refresh_token: str) -> tuple[int, dict[str, Any]]:
    return await call(
        http,
        "InitiateAuth",
        AuthFlow="REFRESH_TOKEN_AUTH",
        ClientId="lectern-dev-client",
        AuthParameters={"REFRESH_TOKEN": refresh_token},
    )


async def test_the_demo_account_signs_in_and_creates(server: RunningServer) -> None:
    async with server.http() as http:
        result = await sign_in(http)
        headers = {"Authorization": f"Bearer {result['IdToken']}"}
        assert (await http.post("/sessions", json=CONFIG, headers=headers)).status == 201
        access = {"Authorization": f"Bearer {result['AccessToken']}"}
        answer = await http.post("/sessions", json=CONFIG, headers=access)
        assert await problem(answer) == (401, "AUTH_TOKEN_INVALID")


async def test_the_published_keys_check_the_tokens(server: RunningServer) -> None:
    async with server.http() as http:
        id_token = (await sign_in(http))["IdToken"]
        issuer = jwt.decode(id_token, options={"verify_signature": False})["iss"]
        path = issuer.removeprefix("http://localhost") + "/.well-known/jwks.json"
        jwks = await (await http.get(path)).json()
    key = jwt.PyJWKSet.from_dict(jwks)[jwt.get_unverified_header(id_token)["kid"]]
    claims = jwt.decode(id_token, key, algorithms=["RS256"], audience="lectern-dev-client")
    assert claims["token_use"] == "id"
    assert claims["email"] == server.account["email"]


async def test_refresh_and_sign_out(server: RunningServer) -> None:
    async with server.http() as http:
        result = await sign_in(http)
        status, body = await refresh(http, result["RefreshToken"])
        assert status == 200
        assert "RefreshToken" not in body["AuthenticationResult"]
        revoke = {"Token": result["RefreshToken"], "ClientId": "lectern-dev-client"}
        assert await call(http, "RevokeToken", **revoke) == (200, {})
        status, body = await refresh(http, result["RefreshToken"])
        assert (status, body["__type"]) == (400, "NotAuthorizedException")
        result = await sign_in(http)
        assert await call(http, "GlobalSignOut", AccessToken=result["AccessToken"]) == (200, {})
        assert (await refresh(http, result["RefreshToken"]))[0] == 400
        status, body = await call(http, "GlobalSignOut", AccessToken=result["IdToken"])
        assert (status, body["__type"]) == (400, "NotAuthorizedException")


CLIENT = {"ClientId": "lectern-dev-client"}
PASSWORD = {"AuthFlow": "USER_PASSWORD_AUTH", **CLIENT}


WRONG_CALLS: list[tuple[str, dict[str, Any], str]] = [
    ("InitiateAuth", {**PASSWORD, "AuthParameters": {"USERNAME": "x", "PASSWORD": "y"}}, "NotAuthorized"),
    ("InitiateAuth", {**PASSWORD, "AuthParameters": {"USERNAME": "x"}}, "InvalidParameter"),
    ("InitiateAuth", {**PASSWORD, "AuthParameters": {"USERNAME": 1}}, "InvalidParameter"),
    ("InitiateAuth", {**PASSWORD, "ClientId": "x"}, "ResourceNotFound"),
    ("InitiateAuth", {"AuthFlow": "CUSTOM_AUTH", **CLIENT}, "InvalidParameter"),
    ("InitiateAuth", {}, "InvalidParameter"),
    ("RevokeToken", {"Token": "x", "ClientId": "x"}, "ResourceNotFound"),
    ("SignUp", {}, "UnknownOperation"),
    ("", {}, "UnknownOperation"),
]


async def test_wrong_calls_get_cognitos_errors(server: RunningServer) -> None:
    async with server.http() as http:
        for operation, body, kind in WRONG_CALLS:
            status, answer = await call(http, operation, **body)
            assert status == 400
            assert answer["__type"] in (f"{kind}Exception", f"{kind}OperationException"), (operation, body)
            assert answer["message"]


async def test_guessing_passwords_is_slow(server: RunningServer) -> None:
    async with server.http() as http:
        guess = {**PASSWORD, "AuthParameters": {"USERNAME": "x", "PASSWORD": "y"}}
        kinds = [(await call(http, "InitiateAuth", **guess))[1]["__type"] for _ in range(120)]
    assert kinds[0] == "NotAuthorizedException"
    assert "TooManyRequestsException" in kinds


@pytest.mark.parametrize(
    "claims",
    [{"aud": "x"}, {"iss": "x"}, {"token_use": "access"}, {"sub": None}, {"exp": 1}, {"iat": 2**33}],
)
async def test_wrong_claims_are_refused_everywhere(server: RunningServer, claims: dict[str, Any]) -> None:
    bad = server.forge(**claims)
    async with server.http() as http:
        answer = await http.post("/sessions", json=CONFIG, headers={"Authorization": f"Bearer {bad}"})
        status, code = await problem(answer)
        assert status == 401
        expected = "AUTH_TOKEN_EXPIRED" if "exp" in claims else "AUTH_TOKEN_INVALID"
        assert code == expected
    for session_id in (None, "golden-eagle-427"):
        client = await WireClient.connect(server, session_id, token=bad)
        assert await client.expect_close() == (1008, expected)


async def test_odd_authorization_headers_are_refused(server: RunningServer) -> None:
    headers = ("", "Bearer", "Bearer ", "Basic YTpi", "Bearer a b", "bearer", "Token x", "Bearer é")
    async with server.http() as http:
        for header in headers:
            answer = await http.get("/sessions", headers={"Authorization": header})
            assert await problem(answer) == (401, "AUTH_TOKEN_INVALID"), header


async def test_tokens_of_a_real_pool_by_configuration(tmp_path: Path) -> None:
    """Its keys are fetched from its JWKS url; forged tokens are refused, on HTTP and on WebSocket."""

    async def keys(_: web.Request) -> web.Response:
        return web.json_response(JWKS)

    pool = web.Application()
    pool.router.add_get("/keys", keys)
    runner = web.AppRunner(pool)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/keys"
    tokens = TokenSettings(issuer=ISSUER, audience="app", jwks_url=url)
    try:
        async with running_server(tmp_path, dev=False, tokens=tokens) as server, server.http() as http:
            good = {"Authorization": f"Bearer {token()}"}
            created = await http.post("/sessions", json=CONFIG, headers=good)
            assert created.status == 201
            session_id = (await created.json())["sessionId"]
            for name, bad in FORGED.items():
                await _assert_refused(server, http, session_id, bad, name)
            assert (await http.get("/dev/account")).status == 404
            assert (await http.post("/cognito/")).status == 404
    finally:
        await runner.cleanup()


async def _assert_refused(
    server: RunningServer, http: aiohttp.ClientSession, session_id: str, bad: str, name: str
) -> None:
    """In every way a token can travel, as far as a client can send it at all."""
    refused = (1008, "AUTH_TOKEN_INVALID")
    if len(bad) < 16_000:
        client = await WireClient.connect(server, session_id, protocols=("lectern.v1",), token_query=bad)
        assert await client.expect_close() == refused, name
    if re.fullmatch(r"[\w.-]{1,16000}", bad, re.ASCII):
        answer = await http.get("/sessions", headers={"Authorization": f"Bearer {bad}"})
        assert await problem(answer) == (401, "AUTH_TOKEN_INVALID"), name
        client = await WireClient.connect(server, session_id, token=bad)
        assert await client.expect_close() == refused, name


def test_without_a_pool_there_is_no_server(tmp_path: Path) -> None:
    from backend.app import create_app
    from backend.settings import Settings

    with pytest.raises(ValueError, match="issuer"):
        create_app(Settings(data_dir=tmp_path, dev=False))


async def test_other_machines_are_not_told_the_demo_account(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web.BaseRequest, "remote", property(lambda _: "192.168.1.7"))
    async with server.http() as http:
        answer = await http.get("/dev/account")
        assert await problem(answer) == (404, "NOT_FOUND")
        assert server.account["password"] not in await answer.text()


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "rebound.evil.test"},
        {"Host": "localhost.evil.test"},
        {"Host": "192.168.1.7:8000"},
        {"Host": ""},
        {"X-Forwarded-For": "203.0.113.9"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"Via": "1.1 cache"},
        {"Origin": "https://evil.test"},
        {"Origin": "http://localhost:9999"},
        {"Origin": "null"},
    ],
)
async def test_only_a_page_of_this_machine_is_told_the_demo_account(
    server: RunningServer, headers: dict[str, str]
) -> None:
    async with server.http() as http:
        answer = await http.get("/dev/account", headers=headers)
        assert await problem(answer) == (404, "NOT_FOUND")
        assert server.account["password"] not in await answer.text()


async def test_this_machines_own_names_are_told_the_demo_account(server: RunningServer) -> None:
    port = server.url.rpartition(":")[2]
    async with server.http() as http:
        for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}", f"LocalHost:{port}"):
            for headers in ({"Host": host}, {"Host": host, "Origin": f"http://{host.lower()}"}):
                answer = await http.get("/dev/account", headers=headers)
                assert (await answer.json())["email"] == server.account["email"]
