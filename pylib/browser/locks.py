"""Locks across all tabs of a browser, by Web Locks (W3C). A lock ends when its tab is closed."""

import asyncio
from typing import Any, Awaitable, Callable

import js

from pylib.browser.bridge import Callbacks, JsException

LOCK_NAME = "lectern-token-refresh"
TALK_LOCK = "lectern-talk-"


def web_locks() -> "Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]] | None":
    """An `auth.provider.Exclusive` that spans all tabs; None in a browser without Web Locks."""
    return _exclusive if js.Reflect.has(js.navigator, "locks") else None


async def _exclusive(work: Callable[[], Awaitable[Any]]) -> Any:
    callbacks = Callbacks()
    outcome: list[Any] = []

    async def hold(_lock: Any) -> None:
        try:
            outcome.append((await work(), None))
        except BaseException as error:  # noqa: BLE001 - raised again by the caller, outside the lock
            outcome.append((None, error))

    try:
        await js.navigator.locks.request(LOCK_NAME, callbacks.lend(hold))
    finally:
        callbacks.release()
    result, error = outcome[0]
    if error is not None:
        raise error
    return result


class BrowserTalkLock:
    """See TalkLock. Without Web Locks, or where they are forbidden, no tab sees the lock of another."""

    def __init__(self) -> None:
        self._session_id = ""
        self._over = asyncio.Event()
        self._holding: asyncio.Task[None] | None = None

    def hold(self, session_id: str) -> None:
        """See TalkLock.hold."""
        if session_id == self._session_id or not js.Reflect.has(js.navigator, "locks"):
            return
        self.let_go()
        self._session_id, self._over = session_id, asyncio.Event()
        self._holding = asyncio.create_task(_hold(TALK_LOCK + session_id, self._over))

    def let_go(self) -> None:
        """See TalkLock.let_go."""
        self._session_id = ""
        self._over.set()

    async def is_held(self, session_id: str) -> bool:
        """See TalkLock.is_held."""
        if session_id == self._session_id or not js.Reflect.has(js.navigator, "locks"):
            return False
        try:
            locks = await js.navigator.locks.query()
        except JsException:
            return False
        return any(str(lock.name) == TALK_LOCK + session_id for lock in locks.held)


async def _hold(name: str, over: asyncio.Event) -> None:
    """Wait for the lock, and hold it until `over` is set."""
    callbacks = Callbacks()

    async def until_over(_lock: Any) -> None:
        await over.wait()

    try:
        await js.navigator.locks.request(name, callbacks.lend(until_over))
    except JsException:
        return
    finally:
        callbacks.release()
