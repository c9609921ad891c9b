"""The keys of a pool elsewhere: asked for seldom, kept through its outages, and a doubt is no refusal."""

import asyncio
from typing import Any

import aiohttp
import jwt
import pytest

from backend.identity import pool_keys
from backend.identity.jwks import KeySet, parse_keys
from backend.identity.pool_keys import HOLD_OFF_S, QUESTIONS_AT_ONCE, FetchedKeys
from backend.identity.token_verifier import TokenVerifier
from backend.problems import Problem
from tests.support.server_clock import ServerClock
from tests.unit.backend.identity.test_token_verifier import FORGED, ISSUER, KEY, NOW, OTHER, public, token

BROKEN: dict[str, Any] = {
    "no modulus": {"kty": "RSA", "kid": "broken"},
    "no base64": {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"},
    "a number for a text": {"kty": "RSA", "kid": "broken", "n": 7, "e": "AQAB"},
    "no exponent": {**public(KEY, "broken"), "e": ""},
    "a modulus of nothing": {"kty": "RSA", "kid": "broken", "n": "AA", "e": "AQAB"},
    "the private half of nothing": {**public(KEY, "broken"), "d": "AA", "p": 1},
    "no kid": {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
    "a list for a kid": {**public(KEY, "x"), "kid": ["broken"]},
    "a list": [],
    "nothing": None,
}


class Pool:
    """A user pool's key server under test control."""

    def __init__(self, *keys: dict[str, Any]) -> None:
        self.keys: list[Any] = list(keys)
        self.asked = 0
        self.broken: Exception | None = None
        self.hangs = False
        self.max_age_s: float | None = None
        self.clock = ServerClock()
        self.source = FetchedKeys(self.fetch, refetch_every_s=30, keys_valid_s=3600, clock=self.clock)

    async def fetch(self) -> KeySet:
        self.asked += 1
        await asyncio.sleep(0)
        if self.hangs:
            await asyncio.Event().wait()
        if self.broken is not None:
            raise self.broken
        return KeySet(parse_keys({"keys": self.keys}), self.max_age_s)

    async def answer(self, kid: str) -> str:
        """What a caller learns of a key: "known", "unknown" or "try again"."""
        try:
            return "unknown" if await self.source.find(kid) is None else "known"
        except Problem as problem:
            return {503: "try again"}.get(problem.status, problem.code)

    @property
    def verifier(self) -> TokenVerifier:
        return TokenVerifier(self.source, issuer=ISSUER, audience="app", leeway_s=60)


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_keys, "RENEWAL_PATIENCE_S", 0.02)
    monkeypatch.setattr(pool_keys, "NEW_KEY_PATIENCE_S", 0.05)


async def test_keys_are_fetched_once_and_kept() -> None:
    pool = Pool(public(KEY, "one"))
    found = await asyncio.gather(*(pool.source.find("one") for _ in range(50)))
    assert all(key is not None for key in found)
    assert pool.asked == 1


async def test_a_made_up_kid_is_asked_about_once_in_30_seconds() -> None:
    pool = Pool(public(KEY, "one"))
    await pool.source.find("one")
    assert {await pool.answer("two") for _ in range(100)} == {"unknown"}
    assert pool.asked == 2
    pool.keys.append(public(OTHER, "two"))
    await pool.clock.advance(30)
    assert await pool.answer("two") == "known"
    assert await pool.answer("one") == "known"
    assert pool.asked == 3


async def test_a_flood_of_made_up_kids_asks_the_pool_seldom_and_accuses_nobody() -> None:
    pool = Pool(public(KEY, "one"))
    await pool.source.find("one")
    answers = [await pool.answer(f"made-up-{number}") for number in range(300)]
    assert pool.asked == QUESTIONS_AT_ONCE
    assert set(answers[QUESTIONS_AT_ONCE:]) == {"try again"}
    assert await pool.answer("one") == "known"
    pool.keys.append(public(OTHER, "two"))
    assert await pool.answer("two") == "try again"
    await pool.clock.advance(30)
    assert await pool.answer("two") == "known"


async def test_keys_rotated_a_moment_ago_are_found() -> None:
    pool = Pool(public(KEY, "one"))
    assert await pool.answer("one") == "known"
    pool.keys = [public(OTHER, "two")]
    assert await pool.answer("two") == "known"
    assert await pool.answer("one") == "unknown"


ERRORS = [aiohttp.ClientError(), TimeoutError(), ValueError(), RecursionError(), OSError()]


@pytest.mark.parametrize("error", ERRORS)
async def test_a_pool_that_is_away_for_three_seconds_costs_one_second_more(error: Exception) -> None:
    pool = Pool(public(KEY, "one"))
    pool.broken = error
    for _ in range(3):
        assert await pool.answer("one") == "try again"
        await pool.clock.advance(1)
    assert pool.asked == 3
    pool.broken = None
    assert await pool.answer("one") == "known"


async def test_an_outage_asks_the_pool_once_a_second() -> None:
    pool = Pool()
    pool.broken = OSError()
    for _ in range(100):
        assert await pool.answer("one") == "try again"
    assert pool.asked == 1
    await pool.clock.advance(HOLD_OFF_S)
    assert await pool.answer("one") == "try again"
    assert pool.asked == 2


@pytest.mark.parametrize("error", ERRORS)
async def test_old_keys_outlive_an_outage(error: Exception) -> None:
    pool = Pool(public(KEY, "one"))
    await pool.source.find("one")
    pool.broken = error
    await pool.clock.advance(7200)
    for _ in range(5):
        assert await pool.answer("one") == "known"
        assert await pool.answer("two") == "try again"
    assert pool.asked == 2
    pool.broken = None
    await pool.clock.advance(HOLD_OFF_S)
    assert await pool.answer("two") == "unknown"


async def test_old_keys_do_not_wait_for_a_pool_that_hangs() -> None:
    pool = Pool(public(KEY, "one"))
    await pool.source.find("one")
    await pool.clock.advance(7200)
    pool.hangs = True
    assert await pool.answer("one") == "known"
    async with asyncio.timeout(pool_keys.RENEWAL_PATIENCE_S):
        for _ in range(100):
            assert await pool.answer("one") == "known"
    assert pool.asked == 2
    assert await pool.answer("two") == "try again"


async def test_a_withdrawn_key_is_forgotten_with_the_next_renewal() -> None:
    pool = Pool(public(KEY, "one"), public(OTHER, "two"))
    await pool.source.find("two")
    del pool.keys[1]
    await pool.clock.advance(3601)
    assert await pool.answer("two") == "unknown"


@pytest.mark.parametrize(("max_age_s", "renewed_s"), [(None, 3600), (60, 60), (0, 30), (86400, 3600)])
async def test_keys_are_kept_as_long_as_the_pool_says_within_bounds(
    max_age_s: float | None, renewed_s: float
) -> None:
    pool = Pool(public(KEY, "one"))
    pool.max_age_s = max_age_s
    await pool.source.find("one")
    await pool.clock.advance(renewed_s - 1)
    await pool.source.find("one")
    assert pool.asked == 1
    await pool.clock.advance(1)
    await pool.source.find("one")
    assert pool.asked == 2


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_key_in_a_set_spoils_no_other(name: str) -> None:
    pool = Pool(BROKEN[name], public(KEY, "one"), BROKEN[name])
    assert await pool.answer("one") == "known"


async def test_a_key_that_is_broken_now_stays_as_it_was_or_is_waited_for() -> None:
    pool = Pool(public(KEY, "one"), public(OTHER, "two"))
    await pool.source.find("one")
    pool.keys = [{**public(KEY, "one"), "n": "!"}, public(OTHER, "two"), {**public(KEY, "three"), "n": "!"}]
    await pool.clock.advance(3601)
    assert [await pool.answer(kid) for kid in ("one", "two", "three")] == ["known", "known", "try again"]


async def test_a_set_without_a_usable_key_is_an_outage() -> None:
    pool = Pool(public(KEY, "one"))
    await pool.source.find("one")
    for pool.keys in ([], [BROKEN["no modulus"]], [{"kty": "EC", "kid": "a"}]):
        await pool.clock.advance(3601)
        assert await pool.answer("one") == "known"
        assert await pool.answer("two") == "try again"


async def test_while_the_keys_are_away_only_what_may_be_good_is_put_off() -> None:
    pool = Pool()
    pool.broken = OSError()
    with pytest.raises(Problem) as caught:
        await pool.verifier.verify(token())
    assert caught.value.status == 503
    with pytest.raises(Problem) as caught:
        await pool.verifier.verify(token(exp=NOW - 120))
    assert (caught.value.status, caught.value.code) == (401, "AUTH_TOKEN_EXPIRED")
    asked = pool.asked
    for name in ("wrong issuer", "wrong audience", "access token", "no subject", "words", "no kid"):
        with pytest.raises(Problem) as caught:
            await pool.verifier.verify(FORGED[name])
        assert (caught.value.status, caught.value.code) == (401, "AUTH_TOKEN_INVALID"), name
    assert pool.asked == asked


def test_only_rsa_signing_keys_count() -> None:
    odd: list[Any] = [
        {"kty": "EC", "kid": "a"},
        {**public(KEY, "b"), "use": "enc"},
        {"kty": "oct"},
        "x",
        None,
    ]
    keys = parse_keys({"keys": [*odd, public(KEY, "one")]})
    assert keys.keys() == {"one"}
    assert isinstance(keys["one"], jwt.PyJWK)


@pytest.mark.parametrize("body", [{}, {"keys": None}, {"keys": {"a": 1}}, [], None, "keys"])
def test_a_jwks_without_a_list_is_refused(body: Any) -> None:
    with pytest.raises(ValueError, match="list of keys"):
        parse_keys(body)
