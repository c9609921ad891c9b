"""Locks across all tabs of a browser, by Web Locks (W3C). A lock ends when its tab is closed."""

import asyncio
from typing import Any, Awaitable, Callable

import js

from pylib.browser.bridge import Callbacks, JsException, NoAnswer, service, within
from pylib.browser.site_names import own_name

GRANT_S = 10.0
"""How long a lock is waited for. Another tab that refreshes tokens is done by then, whatever the outcome."""

ANSWER_S = 2.0
"""How long the browser may take to list its locks."""

LOCK_NAME = "lectern-token-refresh"
TALK_LOCK = "lectern-talk-"


def web_locks() -> "Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]] | None":
    """An `auth.provider.Exclusive` that spans all tabs; None in a browser without Web Locks."""
    return _exclusive if _has_locks() else None


def _has_locks() -> bool:
    return service(js.navigator, "locks") is not None


async def _exclusive(work: Callable[[], Awaitable[Any]]) -> Any:
    """Do the work while no other tab does; where locks are forbidden, or none is granted in time, at once."""
    granted, done = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        granted.set()
        await done.wait()

    asking = asyncio.create_task(_request(own_name(LOCK_NAME), hold))
    waiting = asyncio.create_task(granted.wait())
    try:
        await asyncio.wait({asking, waiting}, timeout=GRANT_S, return_when=asyncio.FIRST_COMPLETED)
        return await work()
    finally:
        waiting.cancel()
        done.set()


async def _request(name: str, hold: Callable[[], Awaitable[Any]]) -> None:
    """Hold a lock for as long as `hold` takes. Where locks are forbidden nothing is held."""
    callbacks = Callbacks()

    async def held(_lock: Any) -> None:
        await hold()

    try:
        await service(js.navigator, "locks").request(name, callbacks.lend(held))
    except JsException:
        return
    finally:
        callbacks.release()


class BrowserTalkLock:
    """See TalkLock. Without Web Locks, or where they are forbidden, no tab sees the lock of another."""

    def __init__(self) -> None:
        self._session_id = ""
        self._over = asyncio.Event()
        self._holding: asyncio.Task[None] | None = None

    def hold(self, session_id: str) -> None:
        """See TalkLock.hold."""
        if session_id == self._session_id or not _has_locks():
            return
        self.let_go()
        self._session_id, self._over = session_id, asyncio.Event()
        self._holding = asyncio.create_task(_request(own_name(TALK_LOCK + session_id), self._over.wait))

    def let_go(self) -> None:
        """See TalkLock.let_go."""
        self._session_id = ""
        self._over.set()

    async def is_held(self, session_id: str) -> bool:
        """See TalkLock.is_held."""
        if session_id == self._session_id or not _has_locks():
            return False
        try:
            locks = await within(ANSWER_S, service(js.navigator, "locks").query())
        except (JsException, NoAnswer):
            return False
        return any(str(lock.name) == own_name(TALK_LOCK + session_id) for lock in locks.held)
