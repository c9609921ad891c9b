import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from backend.data_dir import CLIENT_ID
from backend.database import Database
from backend.identity.accounts import OneAccount
from backend.identity.dev_pool import REFRESH_TOKEN_S, DevPool, NotAuthorized
from backend.identity.pool_keys import FixedKeys
from backend.identity.refresh_tokens import SqliteRefreshTokens
from backend.identity.token_verifier import TokenVerifier
from backend.ports import Account, RefreshTokenStore
from backend.problems import Problem
from tests.support.memory_storage import MemoryRefreshTokens
from tests.support.server_clock import ServerClock

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ACCOUNT = Account("anna", "speaker@example.com", "right")
ISSUER = "http://localhost/cognito/p"


@pytest.fixture
def clock() -> ServerClock:
    # PyJWT, which checks the tokens, goes by the computer's clock.
    return ServerClock(time.time() * 1000)


@pytest.fixture(params=["sqlite", "memory"])
async def pool(request: pytest.FixtureRequest, tmp_path: Path, clock: ServerClock) -> AsyncIterator[DevPool]:
    database = Database(tmp_path / "test.sqlite3")
    await database.open()
    tokens = MemoryRefreshTokens() if request.param == "memory" else SqliteRefreshTokens(database)
    yield make_pool(tokens, clock)
    await database.close()


def make_pool(tokens: RefreshTokenStore, clock: ServerClock) -> DevPool:
    return DevPool(OneAccount(ACCOUNT), tokens, KEY, issuer=ISSUER, id_token_s=3600, clock=clock)


def verifier(pool: DevPool) -> TokenVerifier:
    return TokenVerifier(FixedKeys(pool.jwks()), issuer=pool.issuer, audience=CLIENT_ID, leeway_s=60)


async def sign_in(pool: DevPool) -> dict[str, Any]:
    return await pool.sign_in(ACCOUNT.email, ACCOUNT.password)


async def test_signing_in_gives_tokens_that_verify(pool: DevPool) -> None:
    result = await sign_in(pool)
    assert result["ExpiresIn"] == 3600
    assert result["TokenType"] == "Bearer"
    check = verifier(pool)
    assert (await check.verify(result["IdToken"])).subject == "anna"
    assert (await check.verify(result["AccessToken"], use="access")).subject == "anna"
    with pytest.raises(Problem):
        await check.verify(result["AccessToken"])


@pytest.mark.parametrize(
    ("email", "password"),
    [("speaker@example.com", "wrong"), ("nobody@example.com", "right"), ("", ""), ("é", "ü")],
)
async def test_a_wrong_account_is_refused(pool: DevPool, email: str, password: str) -> None:
    with pytest.raises(NotAuthorized):
        await pool.sign_in(email, password)


def test_the_public_keys_hold_nothing_private() -> None:
    pool = make_pool(MemoryRefreshTokens(), ServerClock())
    assert pool.jwks()["keys"][0].keys() == {"kty", "n", "e", "kid", "alg", "use"}


async def test_revoking_ends_one_sign_in(pool: DevPool) -> None:
    first = (await sign_in(pool))["RefreshToken"]
    other = (await sign_in(pool))["RefreshToken"]
    await pool.revoke(first)
    with pytest.raises(NotAuthorized):
        await pool.refresh(first)
    await pool.refresh(other)
    await pool.revoke("unknown")


async def test_signing_out_everywhere_ends_all(pool: DevPool) -> None:
    tokens = [(await sign_in(pool))["RefreshToken"] for _ in range(2)]
    await pool.sign_out_everywhere("anna")
    for token in tokens:
        with pytest.raises(NotAuthorized):
            await pool.refresh(token)


async def test_a_refresh_token_does_not_live_for_ever(pool: DevPool, clock: ServerClock) -> None:
    token = (await sign_in(pool))["RefreshToken"]
    await clock.advance(REFRESH_TOKEN_S)
    with pytest.raises(NotAuthorized):
        await pool.refresh(token)


async def test_an_account_that_is_gone_gets_no_new_tokens(clock: ServerClock) -> None:
    tokens = MemoryRefreshTokens()
    token = (await sign_in(make_pool(tokens, clock)))["RefreshToken"]
    other = OneAccount(Account("ben", "ben@example.com", "right"))
    after = DevPool(other, tokens, KEY, issuer=ISSUER, id_token_s=3600, clock=clock)
    with pytest.raises(NotAuthorized):
        await after.refresh(token)
