"""Refresh tokens that stay, as older clients need it, and refresh tokens that rotate."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.database import Database
from backend.identity.accounts import OneAccount
from backend.identity.dev_pool import REFRESH_TOKEN_S, RETRY_GRACE_S, DevPool, NotAuthorized
from backend.identity.refresh_tokens import SqliteRefreshTokens
from backend.ports import RefreshTokenStore
from tests.support.memory_storage import MemoryRefreshTokens
from tests.support.server_clock import ServerClock
from tests.unit.backend.identity.test_dev_pool import ACCOUNT, ISSUER, KEY, sign_in

WEEK_S = 7 * 24 * 3600


class Pools:
    """The built-in pool on one store, as it is and with tokens that rotate."""

    def __init__(self, store: RefreshTokenStore) -> None:
        self.clock = ServerClock()
        self.store = store

    def pool(self, *, rotating: bool = False) -> DevPool:
        return DevPool(
            OneAccount(ACCOUNT),
            self.store,
            KEY,
            issuer=ISSUER,
            id_token_s=3600,
            rotate_refresh_tokens=rotating,
            clock=self.clock,
        )


@pytest.fixture(params=["sqlite", "memory"])
async def pools(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Pools]:
    database = Database(tmp_path / "test.sqlite3")
    await database.open()
    yield Pools(MemoryRefreshTokens() if request.param == "memory" else SqliteRefreshTokens(database))
    await database.close()


async def test_a_client_that_keeps_its_first_refresh_token_stays_signed_in(pools: Pools) -> None:
    pool = pools.pool()
    first = (await sign_in(pool))["RefreshToken"]
    for _ in range(4):
        assert "RefreshToken" not in await pool.refresh(first)
        await pools.clock.advance(WEEK_S)
    await pools.clock.advance(REFRESH_TOKEN_S - 4 * WEEK_S)
    with pytest.raises(NotAuthorized):
        await pool.refresh(first)


async def test_sign_ins_that_an_earlier_version_rotated_live_on(pools: Pools) -> None:
    rotating = pools.pool(rotating=True)
    first = (await sign_in(rotating))["RefreshToken"]
    second = (await rotating.refresh(first))["RefreshToken"]
    await pools.clock.advance(RETRY_GRACE_S + 3600)
    pool = pools.pool()
    await pool.forget_old_tokens()
    await sign_in(pool)
    for token in (first, second, first):
        assert (await pool.refresh(token))["IdToken"]


async def test_a_refresh_token_rotates_where_a_setting_says_so(pools: Pools) -> None:
    pool = pools.pool(rotating=True)
    first = (await sign_in(pool))["RefreshToken"]
    second = (await pool.refresh(first))["RefreshToken"]
    third = (await pool.refresh(second))["RefreshToken"]
    assert len({first, second, third}) == 3


async def test_a_lost_answer_may_be_asked_for_again(pools: Pools) -> None:
    pool = pools.pool(rotating=True)
    first = (await sign_in(pool))["RefreshToken"]
    await pool.refresh(first)
    await pools.clock.advance(RETRY_GRACE_S - 1)
    again = await pool.refresh(first)
    assert (await pool.refresh(again["RefreshToken"]))["IdToken"]


@pytest.mark.parametrize("swept", [False, True])
async def test_a_copied_token_revokes_its_family(pools: Pools, swept: bool) -> None:
    pool = pools.pool(rotating=True)
    first, other = [(await sign_in(pool))["RefreshToken"] for _ in range(2)]
    second = (await pool.refresh(first))["RefreshToken"]
    await pools.clock.advance(RETRY_GRACE_S + 2)
    if swept:
        await pool.forget_old_tokens()
    for token in (first, second):
        with pytest.raises(NotAuthorized):
            await pool.refresh(token)
    await pool.refresh(other)


async def test_signing_out_with_a_replaced_token_ends_its_whole_sign_in(pools: Pools) -> None:
    pool = pools.pool(rotating=True)
    first = (await sign_in(pool))["RefreshToken"]
    second = (await pool.refresh(first))["RefreshToken"]
    await pools.clock.advance(RETRY_GRACE_S + 2)
    await pool.forget_old_tokens()
    await pool.revoke(first)
    with pytest.raises(NotAuthorized):
        await pool.refresh(second)


async def test_replaced_refresh_tokens_are_swept(tmp_path: Path) -> None:
    database = Database(tmp_path / "test.sqlite3")
    await database.open()
    pools = Pools(SqliteRefreshTokens(database))

    async def kept() -> int:
        query = "SELECT COUNT(*) FROM refresh_tokens"
        return int((await database.run(lambda connection: connection.execute(query).fetchone()))[0])

    pool = pools.pool(rotating=True)
    token = (await sign_in(pool))["RefreshToken"]
    for _ in range(24):
        token = (await pool.refresh(token))["RefreshToken"]
        await pools.clock.advance(3600)
        assert await kept() <= 3
    await pool.forget_old_tokens()
    assert await kept() == 1
    await pools.clock.advance(REFRESH_TOKEN_S)
    await pools.pool().forget_old_tokens()
    assert await kept() == 0
    await database.close()
