"""TokenProvider: gives out id tokens that stay valid for a while, and refreshes them single-flight.

All callers on a page share one refresh. With an `exclusive` that spans tabs (Web Locks) all tabs of the
browser share it: before a tab refreshes, it checks whether another tab has stored new tokens.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from pylib.auth.token_store import Tokens, TokenStore
from pylib.errors import LecternError, SignInRequired
from pylib.ports import Clock

REFRESH_BEFORE_MS = 5 * 60_000.0
LONGEST_LIFE_MS = 25 * 3600_000.0
"""Id tokens live a day at most. One that seems to live longer was stored before the device's clock was set
back; when it ends, only the service can tell."""

HOLD_OFF_S = 10.0
"""Pause after a refresh, failed or not: for this long a token that has not expired is given out as it is."""

Exclusive = Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]
"""Runs a function while no other caller runs one, and returns its result."""

log = logging.getLogger("lectern.auth")


def one_at_a_time() -> Exclusive:
    """An `Exclusive` for one page; the browser's Web Locks span its tabs."""
    turn = asyncio.Lock()

    async def exclusive(work: Callable[[], Awaitable[Any]]) -> Any:
        async with turn:
            return await work()

    return exclusive


class TokenProvider:
    """Gives out id tokens and refreshes them in time.

    Args:
        store: Where the tokens are kept.
        refresh: Exchanges the refresh token for new tokens (`CognitoClient.refresh`).
        clock: Time.
        exclusive: See `Exclusive`.
        on_refresh: Called after each refresh that this page made, with whether it went well.
    """

    def __init__(
        self,
        store: TokenStore,
        refresh: Callable[[Tokens], Awaitable[Tokens]],
        clock: Clock,
        *,
        exclusive: Exclusive | None = None,
        on_refresh: Callable[[bool], None] = lambda ok: None,
    ) -> None:
        self.refreshes = 0
        self.refresh_failures = 0
        self._on_refresh = on_refresh
        self._store = store
        self._refresh = refresh
        self._clock = clock
        self._exclusive = exclusive or one_at_a_time()
        self._refreshing: asyncio.Task[Tokens] | None = None
        self._hold_off_until_s = 0.0

    async def id_token(self) -> str:
        """A token valid for 5 minutes or more; when a refresh fails, the stored one until it expires.

        Raises SignInRequired when no account is signed in or its refresh token is refused;
        TransportError or HttpError when the token has expired and the service cannot be reached.
        """
        tokens = await self._current()
        left_ms = tokens.expires_at_ms - self._clock.now_ms()
        if REFRESH_BEFORE_MS <= left_ms <= LONGEST_LIFE_MS:
            return tokens.id_token
        if left_ms > 0 and self._clock.monotonic_s() < self._hold_off_until_s:
            return tokens.id_token
        try:
            return (await self._refreshed(tokens)).id_token
        except LecternError as error:
            if left_ms <= 0 or await self._store.load() is None:
                raise
            log.warning("the token could not be refreshed (%s); the old one still lives", error.code)
            return tokens.id_token

    async def refresh_after_401(self, old: str) -> str:
        """A token other than `old`, which the server refused. Raises like `id_token`."""
        tokens = await self._current()
        if tokens.id_token != old:
            return tokens.id_token
        return (await self._refreshed(tokens)).id_token

    async def adopt(self, tokens: Tokens) -> None:
        """Store the tokens of a new sign-in, after any refresh under way, which would overwrite them."""
        self._hold_off_until_s = 0.0

        async def begin() -> None:
            await self._store.begin(tokens)

        await self._exclusive(begin)

    async def forget(self) -> Tokens | None:
        """Delete the tokens from this device; returns them, so that the caller can revoke them."""
        kept: Tokens | None = await self._exclusive(self._store.take)
        return kept

    async def _current(self) -> Tokens:
        tokens = await self._store.load()
        if tokens is None:
            raise SignInRequired("You are not signed in. Please sign in.")
        return tokens

    async def _refreshed(self, stale: Tokens) -> Tokens:
        """Join the refresh in flight, or start one. It runs on when a caller is cancelled."""
        if self._refreshing is None:
            self._refreshing = asyncio.create_task(self._refresh_in_turn(stale))
            self._refreshing.add_done_callback(self._refresh_ended)
        return await asyncio.shield(self._refreshing)

    def _refresh_ended(self, task: "asyncio.Task[Tokens]") -> None:
        self._refreshing = None
        self._hold_off_until_s = self._clock.monotonic_s() + HOLD_OFF_S

    async def _refresh_in_turn(self, stale: Tokens) -> Tokens:
        async def work() -> Tokens:
            current = await self._current()
            if current.id_token != stale.id_token:
                return current  # refreshed by another tab, or by an earlier caller, while this one waited
            return await self._refresh_now(current)

        fresh: Tokens = await self._exclusive(work)
        return fresh

    async def _refresh_now(self, tokens: Tokens) -> Tokens:
        try:
            fresh = await self._refresh(tokens)
        except LecternError as error:
            self.refresh_failures += 1
            self._on_refresh(False)
            log.warning("token refresh failed: %s", error.code)
            return await self._without_refresh(tokens, error)
        self.refreshes += 1
        self._on_refresh(True)
        await self._store.save(fresh)
        return fresh

    async def _without_refresh(self, tokens: Tokens, error: LecternError) -> Tokens:
        """After a failed refresh: the tokens that another tab stored meanwhile, else raise the error."""
        kept = await self._store.load()
        if kept is not None and kept.id_token != tokens.id_token:
            return kept
        if isinstance(error, SignInRequired) and tokens.expires_at_ms <= self._clock.now_ms():
            await self._store.clear()
        raise error
