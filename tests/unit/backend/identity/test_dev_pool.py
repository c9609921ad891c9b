import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from backend.data_dir import CLIENT_ID
from backend.database import Database
from backend.identity import dev_pool
from backend.identity.dev_pool import RETRY_GRACE_S, DevPool, NotAuthorized
from backend.identity.token_verifier import FixedKeys, TokenVerifier
from backend.problems import Problem

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ACCOUNT = {"subject": "anna", "email": "speaker@example.com", "password": "right"}


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(dev_pool, "time", made)
    return made


@pytest.fixture
async def pool(tmp_path: Path, clock: Clock) -> AsyncIterator[DevPool]:
    database = Database(tmp_path / "test.sqlite3")
    await database.open()
    yield DevPool(database, KEY, ACCOUNT, "http://localhost/cognito/p", 3600)
    await database.close()


def verifier(pool: DevPool) -> TokenVerifier:
    return TokenVerifier(FixedKeys(pool.jwks()), issuer=pool.issuer, audience=CLIENT_ID, leeway_s=60)


async def sign_in(pool: DevPool) -> dict[str, Any]:
    return await pool.sign_in(ACCOUNT["email"], ACCOUNT["password"])


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
    pool = DevPool(Database(Path("unused")), KEY, ACCOUNT, "issuer", 60)
    assert pool.jwks()["keys"][0].keys() == {"kty", "n", "e", "kid", "alg", "use"}


async def test_a_refresh_token_rotates(pool: DevPool) -> None:
    first = (await sign_in(pool))["RefreshToken"]
    second = (await pool.refresh(first))["RefreshToken"]
    third = (await pool.refresh(second))["RefreshToken"]
    assert len({first, second, third}) == 3


async def test_a_lost_answer_may_be_asked_for_again(pool: DevPool, clock: Clock) -> None:
    first = (await sign_in(pool))["RefreshToken"]
    await pool.refresh(first)
    clock.now += RETRY_GRACE_S - 1
    again = await pool.refresh(first)
    assert (await pool.refresh(again["RefreshToken"]))["IdToken"]


async def test_a_copied_token_revokes_its_family(pool: DevPool, clock: Clock) -> None:
    first = (await sign_in(pool))["RefreshToken"]
    other = (await sign_in(pool))["RefreshToken"]
    second = (await pool.refresh(first))["RefreshToken"]
    clock.now += RETRY_GRACE_S + 2
    for token in (first, second):
        with pytest.raises(NotAuthorized):
            await pool.refresh(token)
    await pool.refresh(other)


async def test_revoking_ends_one_sign_in(pool: DevPool) -> None:
    first = (await sign_in(pool))["RefreshToken"]
    other = (await sign_in(pool))["RefreshToken"]
    second = (await pool.refresh(first))["RefreshToken"]
    await pool.revoke(second)
    for token in (first, second):
        with pytest.raises(NotAuthorized):
            await pool.refresh(token)
    await pool.refresh(other)
    await pool.revoke("unknown")


async def test_signing_out_everywhere_ends_all(pool: DevPool) -> None:
    tokens = [(await sign_in(pool))["RefreshToken"] for _ in range(2)]
    await pool.sign_out_everywhere("anna")
    for token in tokens:
        with pytest.raises(NotAuthorized):
            await pool.refresh(token)


async def test_a_refresh_token_does_not_live_for_ever(pool: DevPool, clock: Clock) -> None:
    token = (await sign_in(pool))["RefreshToken"]
    clock.now += dev_pool.REFRESH_TOKEN_S
    with pytest.raises(NotAuthorized):
        await pool.refresh(token)
