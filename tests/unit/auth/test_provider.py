import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pylib.auth.cognito import CognitoClient
from pylib.auth.provider import HOLD_OFF_S, TokenProvider, one_at_a_time
from pylib.auth.token_store import RECORD, TokenStore
from pylib.errors import HttpError, NetworkError, SignInRequired
from pylib.protocol.plain import decode_session
from pylib.retry import RetryPolicy
from pylib.session.http_service import SessionHttpService
from tests.support.fake_clock import FakeClock
from tests.support.fake_cognito import FakeCognito, tokens
from tests.support.fake_http import SESSION, FakeHttp, HangingHttp, answer, lost, problem, uuids
from tests.support.fake_store import FakeStore, FakeTextStore


class Tab:
    """One tab: its provider over the browser's records, its client over the pool."""

    def __init__(
        self,
        *,
        clock: FakeClock | None = None,
        records: dict[str, str] | None = None,
        answers: list[Any] | None = None,
        rotate: bool = False,
        lives_s: float = 3600,
        exclusive: Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]] | None = None,
    ) -> None:
        self.clock = clock or FakeClock()
        self.pool = FakeCognito(self.clock, rotate=rotate, lives_s=lives_s)
        self.http = FakeHttp(*(answers or [self.pool]))
        self.store = TokenStore(FakeStore(records), FakeTextStore())
        client = CognitoClient(self.http, self.clock, "https://idp.example", "app-1")
        self.told: list[bool] = []
        self.provider = TokenProvider(
            self.store, client.refresh, self.clock, exclusive=exclusive, on_refresh=self.told.append
        )

    async def ready(self, lives_s: float) -> "Tab":
        """Signed in, with an id token that lives this much longer."""
        await self.provider.adopt(tokens(self.clock, lives_s))
        return self


async def test_without_an_account_a_sign_in_is_required() -> None:
    with pytest.raises(SignInRequired):
        await Tab().provider.id_token()
    with pytest.raises(SignInRequired):
        await Tab().provider.refresh_after_401("old")


async def test_a_token_with_five_minutes_left_is_used() -> None:
    tab = await Tab().ready(300)
    assert await tab.provider.id_token() == tokens(tab.clock, 300).id_token
    assert tab.http.requests == []


async def test_a_token_with_less_is_refreshed_and_kept() -> None:
    tab = await Tab(rotate=True).ready(299)
    fresh = await tab.provider.id_token()
    assert fresh != tokens(tab.clock, 299).id_token
    kept = await tab.store.load()
    assert kept is not None
    assert (kept.id_token, kept.refresh_token) == (fresh, "refresh-1")
    assert (tab.provider.refreshes, tab.provider.refresh_failures, tab.told) == (1, 0, [True])


@pytest.mark.parametrize("back_s", [2 * 86_400, 75 * 365 * 86_400])
async def test_a_clock_that_was_set_back_keeps_no_token_beyond_its_life(back_s: float) -> None:
    tab = await Tab().ready(3600)
    old = await tab.provider.id_token()
    tab.clock.jump(-back_s)
    await tab.clock.advance(3700)
    fresh = await tab.provider.id_token()
    assert fresh != old
    assert await tab.provider.id_token() == fresh
    assert tab.provider.refreshes == 1


async def test_failing_that_the_old_one_is_used_while_it_lives() -> None:
    tab = await Tab(answers=[lost()]).ready(60)
    old = tokens(tab.clock, 60).id_token
    assert await tab.provider.id_token() == old
    assert (tab.provider.refresh_failures, tab.told) == (1, [False])
    await tab.clock.advance(60)
    with pytest.raises(NetworkError):
        await tab.provider.id_token()


async def test_a_failed_refresh_is_not_repeated_at_every_call() -> None:
    tab = await Tab(answers=[lost()]).ready(60)
    for _ in range(50):
        await tab.provider.id_token()
    assert len(tab.http.requests) == 1
    await tab.clock.advance(HOLD_OFF_S)
    await tab.provider.id_token()
    assert len(tab.http.requests) == 2


async def test_a_pool_with_short_tokens_is_not_asked_at_every_call() -> None:
    tab = await Tab(lives_s=120).ready(1)
    for _ in range(50):
        await tab.provider.id_token()
    assert tab.provider.refreshes == 1


async def test_a_dead_token_is_asked_for_every_time() -> None:
    tab = await Tab(answers=[lost()]).ready(-1)
    for _ in range(3):
        with pytest.raises(NetworkError):
            await tab.provider.id_token()
    assert len(tab.http.requests) == 3


async def test_a_refused_refresh_of_a_dead_token_signs_out() -> None:
    tab = await Tab().ready(-1)
    tab.pool.valid_refresh.clear()
    with pytest.raises(SignInRequired):
        await tab.provider.id_token()
    assert await tab.store.load() is None


async def test_a_refused_refresh_of_a_living_token_lets_it_live() -> None:
    tab = await Tab().ready(60)
    tab.pool.valid_refresh.clear()
    assert await tab.provider.id_token() == tokens(tab.clock, 60).id_token


async def test_100_concurrent_calls_on_an_expired_token_make_one_refresh() -> None:
    tab = await Tab().ready(-1)
    got = await asyncio.gather(*(tab.provider.id_token() for _ in range(100)))
    assert len(set(got)) == 1
    assert tab.pool.count("REFRESH_TOKEN_AUTH") == 1


async def test_100_refused_calls_make_one_refresh() -> None:
    tab = await Tab().ready(3600)
    old = await tab.provider.id_token()
    got = await asyncio.gather(*(tab.provider.refresh_after_401(old) for _ in range(100)))
    assert len(set(got)) == 1
    assert old not in got
    assert tab.pool.count("REFRESH_TOKEN_AUTH") == 1


async def test_a_late_401_takes_the_token_that_is_there_by_now() -> None:
    tab = await Tab().ready(3600)
    old = await tab.provider.id_token()
    fresh = await tab.provider.refresh_after_401(old)
    assert await tab.provider.refresh_after_401(old) == fresh
    assert tab.pool.count("REFRESH_TOKEN_AUTH") == 1


async def test_100_http_calls_on_an_expired_token_make_one_refresh() -> None:
    tab = await Tab().ready(-1)
    api = FakeHttp(answer(200, SESSION))
    service = SessionHttpService(
        api,
        tab.clock,
        "https://api.example",
        decode_session=decode_session,
        random=lambda: 0.5,
        new_id=uuids(),
        tokens=tab.provider,
    )
    await asyncio.gather(*(service.update_session("a-b-111", {"status": "paused"}) for _ in range(100)))
    assert tab.pool.count("REFRESH_TOKEN_AUTH") == 1
    assert len(set(api.header("Authorization"))) == 1


async def test_100_http_calls_refused_with_401_make_one_refresh() -> None:
    tab = await Tab().ready(3600)
    old = "Bearer " + await tab.provider.id_token()
    expired = problem(401, "AUTH_TOKEN_EXPIRED")
    api = FakeHttp(lambda request: expired if request.headers["Authorization"] == old else answer(204))
    service = SessionHttpService(
        api,
        tab.clock,
        "https://api.example",
        decode_session=decode_session,
        random=lambda: 0.5,
        new_id=uuids(),
        tokens=tab.provider,
        policy=RetryPolicy(max_retries=0),
    )
    await asyncio.gather(*(service.delete_session("a-b-111") for _ in range(100)))
    assert tab.pool.count("REFRESH_TOKEN_AUTH") == 1
    assert len(api.requests) == 200


async def test_a_sign_in_service_that_is_down_is_no_reason_to_sign_in_again() -> None:
    tab = await Tab(answers=[answer(503)]).ready(-1)
    with pytest.raises(HttpError):
        await tab.provider.id_token()
    assert await tab.store.load() is not None


async def test_two_tabs_make_one_refresh() -> None:
    records: dict[str, str] = {}
    clock, lock = FakeClock(), one_at_a_time()
    one = await Tab(clock=clock, records=records, exclusive=lock, rotate=True).ready(-1)
    two = Tab(clock=clock, records=records, exclusive=lock)
    two.http.answers = [one.pool]
    got = await asyncio.gather(*(tab.provider.id_token() for tab in (one, two) for _ in range(50)))
    assert len(set(got)) == 1
    assert one.pool.count("REFRESH_TOKEN_AUTH") == 1


async def test_without_a_lock_across_tabs_the_slower_tab_takes_the_quicker_ones_tokens() -> None:
    records: dict[str, str] = {}
    clock = FakeClock()
    one = await Tab(clock=clock, records=records, rotate=True).ready(-1)
    two = Tab(clock=clock, records=records)
    two.http.answers = [one.pool]
    got = await asyncio.gather(one.provider.id_token(), two.provider.id_token())
    # Both tabs refreshed; the pool refused the second, which then takes the tokens of the first.
    assert len(set(got)) == 1
    assert one.pool.count("REFRESH_TOKEN_AUTH") == 2


async def test_a_cancelled_caller_leaves_the_refresh_to_the_others() -> None:
    clock = FakeClock()
    http = HangingHttp(FakeCognito(clock)._grant(new_refresh=False))
    client = CognitoClient(http, clock, "https://idp.example", "app-1")
    provider = TokenProvider(TokenStore(FakeStore(), FakeTextStore()), client.refresh, clock)
    await provider.adopt(tokens(clock, -1))
    first, second = (asyncio.create_task(provider.id_token()) for _ in range(2))
    await clock.settle()
    first.cancel()
    await clock.settle()
    http.release()
    assert await second
    assert (len(http.requests), http.aborted) == (1, 0)


async def test_signing_out_during_a_refresh_stays_signed_out() -> None:
    clock = FakeClock()
    http = HangingHttp(FakeCognito(clock)._grant(new_refresh=False))
    client = CognitoClient(http, clock, "https://idp.example", "app-1")
    store = TokenStore(FakeStore(), FakeTextStore())
    provider = TokenProvider(store, client.refresh, clock)
    await provider.adopt(tokens(clock, -1))
    asking = asyncio.create_task(provider.id_token())
    await clock.settle()
    leaving = asyncio.create_task(provider.forget())
    await clock.settle()
    http.release()
    await asking
    forgotten = await leaving
    assert await store.load() is None
    # The tokens from the refresh are revoked, not those from before it.
    assert forgotten is not None
    assert forgotten.expires_at_ms > clock.now_ms()


async def test_signing_out_in_another_tab_counts_here() -> None:
    records: dict[str, str] = {}
    tab = await Tab(records=records, answers=[lost()]).ready(60)
    del records[RECORD]
    with pytest.raises(SignInRequired):
        await tab.provider.id_token()


async def test_nothing_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    tab = await Tab(answers=[lost()]).ready(60)
    await tab.provider.id_token()
    assert "NETWORK_ERROR" in caplog.text
    kept = await tab.store.load()
    assert kept is not None
    assert kept.id_token not in caplog.text
    assert kept.refresh_token not in caplog.text


async def test_a_sign_in_is_not_written_over_by_a_refresh_that_was_under_way() -> None:
    tab = await Tab().ready(60)
    refresh_may_end = asyncio.Event()
    refresh = tab.provider._refresh

    async def slow_refresh(stale: Any) -> Any:
        fresh = await refresh(stale)
        await refresh_may_end.wait()
        return fresh

    tab.provider._refresh = slow_refresh
    refreshing = asyncio.create_task(tab.provider.id_token())
    await tab.clock.settle()
    newcomer = tokens(tab.clock, 3000)
    signing_in = asyncio.create_task(tab.provider.adopt(newcomer))
    await tab.clock.settle()
    refresh_may_end.set()
    await refreshing
    await signing_in
    assert await tab.store.load() == newcomer
