"""One at a time across all tabs of this browser, by Web Locks."""

from typing import Any, Awaitable, Callable

import js

from pylib.browser.bridge import Callbacks

LOCK_NAME = "lectern-token-refresh"


def web_locks() -> "Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]] | None":
    """Something that runs work while no other tab runs its own, or None without Web Locks."""
    return _exclusive if js.Reflect.has(js.navigator, "locks") else None


async def _exclusive(work: Callable[[], Awaitable[Any]]) -> Any:
    callbacks = Callbacks()
    outcome: list[Any] = []

    async def hold(_lock: Any) -> None:
        try:
            outcome.append((await work(), None))
        except BaseException as error:  # noqa: BLE001 - carried over to the caller, who waits outside the lock
            outcome.append((None, error))

    try:
        await js.navigator.locks.request(LOCK_NAME, callbacks.lend(hold))
    finally:
        callbacks.release()
    result, error = outcome[0]
    if error is not None:
        raise error
    return result
