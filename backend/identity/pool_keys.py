"""Where the public keys of a user pool come from, and what is said of a token while they cannot be had."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import jwt

from backend.identity.jwks import NO_KEYS, KeySet, parse_keys
from backend.ports import Clock
from backend.problems import Problem, unavailable
from backend.rate_limit import TokenBucket

HOLD_OFF_S = 1.0
"""After a question to the pool that failed, the next one is put this much later."""

RENEWAL_PATIENCE_S = 0.5
"""How long a request waits for keys to be renewed when it could go on with old ones."""

NEW_KEY_PATIENCE_S = 1.5
"""How long a request waits for a key that this server has never seen: shorter than the 2 s after which a page
takes a connection without `welcome` for one to an older server."""

QUESTIONS_AT_ONCE = 10
"""How many unknown key ids the pool is asked about at once, beside one every `refetch_every_s`."""

MAX_DENIED = 200

log = logging.getLogger("lectern.tokens")


class KeySource(Protocol):
    """Where the public keys come from."""

    async def find(self, kid: str) -> jwt.PyJWK | None:
        """The key with this id; None when the pool has none. Raises Problem 503 when that cannot be told."""


class FixedKeys:
    """Keys that are known from the start: the dev pool's."""

    def __init__(self, jwks: Mapping[str, Any]) -> None:
        self._keys = parse_keys(jwks)

    async def find(self, kid: str) -> jwt.PyJWK | None:
        """The key with this id."""
        return self._keys.get(kid)


class FetchedKeys:
    """Keys of a remote pool, kept in memory and through outages of that pool.

    An unknown id makes it ask the pool. A token is called invalid only on the pool's own word; while the
    pool does not answer, or too many made-up ids were asked for, the answer is "try again" (503).

    Args:
        fetch: asks the pool; raises one of NO_KEYS.
        refetch_every_s: how long "there is no such key" counts, and how often the pool is asked about
            unknown ids in the long run, so that made-up ones cannot turn this server against it.
        keys_valid_s: keys older than this, or than the pool's `max-age`, are renewed when they are next
            needed; while that fails the old ones stay.
        clock: times all of it.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[KeySet]],
        *,
        refetch_every_s: float,
        keys_valid_s: float,
        clock: Clock,
    ) -> None:
        self._fetch = fetch
        self._refetch_every_s = refetch_every_s
        self._keys_valid_s = keys_valid_s
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK | None] = {}
        self._stale_at = self._failed_at = float("-inf")
        self._answers = 0
        self._failing = False
        self._asking: asyncio.Task[None] | None = None
        self._denied: dict[str, float] = {}
        self._questions = TokenBucket(
            rate=1 / refetch_every_s, burst=QUESTIONS_AT_ONCE, now=clock.monotonic_s()
        )

    async def find(self, kid: str) -> jwt.PyJWK | None:
        """The key with this id; None when the pool has none. Raises Problem 503 when that cannot be told."""
        if self._keys.get(kid) is None:
            return await self._find_new(kid)
        if self._now() >= self._stale_at:
            await self._renew()
        return self._keys.get(kid)

    async def _renew(self) -> None:
        """Ask the pool for all keys anew; during an outage no request waits for its answer."""
        asking = self._ask()
        if asking is not None and not self._failing:
            done, _ = await asyncio.wait([asking], timeout=RENEWAL_PATIENCE_S)
            self._failing = self._failing or not done

    async def _find_new(self, kid: str) -> jwt.PyJWK | None:
        if self._now() - self._denied.get(kid, float("-inf")) < self._refetch_every_s:
            return None
        asking, before = self._ask(about_new=True), self._answers
        if asking is not None:
            await asyncio.wait([asking], timeout=NEW_KEY_PATIENCE_S)
        key = self._keys.get(kid)
        if key is not None:
            return key
        if self._answers == before or kid in self._keys:
            raise _pool_away()
        self._deny(kid)
        return None

    def _ask(self, *, about_new: bool = False) -> "asyncio.Task[None] | None":
        """The question to the pool that is under way, or another one; None while none may be put."""
        now = self._now()
        if self._asking is None and now - self._failed_at >= HOLD_OFF_S:
            if about_new and not self._failing and not self._questions.take(1, now):
                return None
            self._asking = asyncio.get_running_loop().create_task(self._refetch())
        return self._asking

    async def _refetch(self) -> None:
        try:
            fetched = await self._fetch()
            if not any(fetched.keys.values()):
                raise ValueError("no key of this set can be used")
        except NO_KEYS as error:
            self._failed_at, self._failing = self._now(), True
            log.warning("the user pool's keys could not be fetched", extra={"error": type(error).__name__})
        else:
            self._take(fetched)
        finally:
            self._asking = None

    def _take(self, fetched: KeySet) -> None:
        """Use these keys from now on. One that cannot be read any more stays as it was."""
        self._answers += 1
        self._failing = False
        self._keys = {kid: key or self._keys.get(kid) for kid, key in fetched.keys.items()}
        valid_s = self._keys_valid_s
        if fetched.max_age_s is not None:
            valid_s = min(valid_s, max(fetched.max_age_s, self._refetch_every_s))
        self._stale_at = self._now() + valid_s

    def _deny(self, kid: str) -> None:
        if len(self._denied) >= MAX_DENIED:
            self._denied.clear()
        self._denied[kid] = self._now()

    def _now(self) -> float:
        return self._clock.monotonic_s()


def _pool_away() -> Problem:
    return unavailable("The sign-in cannot be checked at the moment. Please try again.")
