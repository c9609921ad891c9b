"""One client code, three sign-in services; and our backend in front of a pool that is not ours."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from backend.settings import TokenSettings
from pylib.auth.claims import read_claims
from pylib.auth.cognito import CognitoClient
from pylib.auth.refusals import TEXTS, WRONG_PASSWORD
from pylib.errors import ChallengeRequired, InvalidCredentials, SignInRequired
from tests.integration.contract.pools import POOLS, MotoPool, Pool, moto_pool
from tests.integration.contract.stack import CONFIG, loaded
from tests.support.aiohttp_ports import AiohttpTransport, SystemClock
from tests.support.server import RunningServer, running_server

EMAIL, PASSWORD = "speaker@example.com", "Correct-horse-7"


@pytest.fixture(params=POOLS)
async def pool(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Pool]:
    async with POOLS[request.param](tmp_path) as opened:
        yield opened


async def test_sign_in_gives_tokens_of_one_person(pool: Pool) -> None:
    first = await pool.client.sign_in(f"  {pool.email} ", pool.password)
    second = await pool.client.sign_in(pool.email, pool.password)
    assert read_claims(first.id_token).sub == read_claims(second.id_token).sub != ""
    assert first.refresh_token != ""


async def test_refresh_gives_a_token_of_the_same_person_again_and_again(pool: Pool) -> None:
    tokens = await pool.client.sign_in(pool.email, pool.password)
    for _ in range(3):
        fresh = await pool.client.refresh(tokens)
        assert read_claims(fresh.id_token).sub == read_claims(tokens.id_token).sub
        assert fresh.expires_at_ms > 0
        assert fresh.refresh_token != ""
        tokens = fresh


async def test_a_wrong_password_and_an_unknown_address_read_the_same(pool: Pool) -> None:
    for email, password in ((pool.email, "wrong"), ("nobody@example.com", pool.password)):
        with pytest.raises(InvalidCredentials) as refused:
            await pool.client.sign_in(email, password)
        assert (refused.value.message, refused.value.code) == (WRONG_PASSWORD, "AUTH_INVALID_CREDENTIALS")


async def test_a_revoked_sign_in_means_signing_in_again(pool: Pool) -> None:
    tokens = await pool.client.sign_in(pool.email, pool.password)
    await pool.sign_out_by_admin()
    with pytest.raises(SignInRequired):
        await pool.client.refresh(tokens)
    again = await pool.client.sign_in(pool.email, pool.password)
    assert (await pool.client.refresh(again)).id_token != ""


@pytest.mark.parametrize("name", ["dev", "fake"])
async def test_signing_out_revokes_the_refresh_token(name: str, tmp_path: Path) -> None:
    """Moto does not know RevokeToken; the next test shows what the page then does."""
    async with POOLS[name](tmp_path) as pool:
        tokens = await pool.client.sign_in(pool.email, pool.password)
        await pool.client.revoke(tokens)
        with pytest.raises(SignInRequired):
            await pool.client.refresh(tokens)


@pytest.fixture
async def moto() -> AsyncIterator[MotoPool]:
    async with moto_pool() as opened:
        yield opened


@pytest.fixture
async def server(moto: MotoPool, tmp_path: Path) -> AsyncIterator[RunningServer]:
    """Our backend, told to accept moto's pool; dev stays on, as it serves the site's config file."""
    tokens = TokenSettings(issuer=moto.issuer, audience=moto.client_id, jwks_url=moto.jwks_url)
    async with running_server(tmp_path, tokens=tokens) as running:
        yield running


async def test_a_user_who_must_choose_a_new_password_is_told_so(moto: MotoPool) -> None:
    await moto.add_user(EMAIL, "Temporary-1")
    client = CognitoClient(AiohttpTransport(moto.http), SystemClock(), moto.endpoint, moto.client_id)
    with pytest.raises(ChallengeRequired) as challenged:
        await client.sign_in(EMAIL, "Temporary-1")
    assert challenged.value.message == TEXTS["AUTH_NEW_PASSWORD_REQUIRED"]
    await moto.confirm(EMAIL, PASSWORD)
    assert (await client.sign_in(EMAIL, PASSWORD)).id_token != ""


@pytest.mark.parametrize("mode", ["http", "websocket"])
async def test_a_speaker_of_a_foreign_pool_signs_in_creates_and_signs_out(
    moto: MotoPool, server: RunningServer, mode: str
) -> None:
    await moto.add_user(EMAIL, "Temporary-1")
    await moto.confirm(EMAIL, PASSWORD)
    settings = {
        "cognito_endpoint": moto.endpoint,
        "user_pool_id": moto.pool_id,
        "client_id": moto.client_id,
    }
    async with loaded(
        server, signed_in=False, override=mode, before_load=lambda page: page.configure(**settings)
    ) as page:
        await page.account.sign_in(EMAIL, PASSWORD)
        result = await page.creator.create("en", "standard")
        assert result.success, result.error
        await page.age(3590)
        await page.sessions.update_session(result.session_id, {"status": "paused"})
        assert page.tokens.refreshes == 1
        await page.account.sign_out()
        assert page.kept.texts == {}


async def test_the_backend_accepts_tokens_of_the_configured_pool_and_no_others(
    moto: MotoPool, server: RunningServer
) -> None:
    await moto.add_user(EMAIL, "Temporary-1")
    await moto.confirm(EMAIL, PASSWORD)
    client = CognitoClient(AiohttpTransport(moto.http), SystemClock(), moto.endpoint, moto.client_id)
    tokens = await client.sign_in(EMAIL, PASSWORD)
    async with aiohttp.ClientSession(server.url) as http:
        assert await status_of(http, tokens.id_token) == 201
        for name, bad in forgeries(tokens.id_token, tokens.access_token, server).items():
            assert await status_of(http, bad) == 401, name


async def status_of(http: aiohttp.ClientSession, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    async with http.post("/sessions", json=CONFIG, headers=headers) as answer:
        return answer.status


def forgeries(good: str, access: str, server: RunningServer) -> dict[str, str]:
    """Tokens that are almost right."""
    claims = jwt.decode(good, options={"verify_signature": False})
    own_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kid = {"kid": jwt.get_unverified_header(good)["kid"]}
    head, body, signature = good.split(".")
    other = jwt.utils.base64url_encode(json.dumps({**claims, "sub": "eve"}).encode()).decode()
    return {
        "the access token": access,
        "a token of the built-in dev pool": server.token(),
        "another key under the same id": jwt.encode(claims, own_key, algorithm="RS256", headers=kid),
        "no signature": jwt.encode(claims, "", algorithm="none", headers=kid),
        "a changed payload": f"{head}.{other}.{signature}",
        "half a token": good[: len(good) // 2],
        "nothing but its name": body,
    }
