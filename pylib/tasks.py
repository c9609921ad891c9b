"""Starting coroutines from code that cannot await, such as a click's handler."""

import asyncio
import logging
from typing import Any, Awaitable, Callable, Coroutine

log = logging.getLogger("lectern")

_running: set[Any] = set()
"""Strong references to tasks: asyncio keeps weak ones, and a collected task ends midway."""


def in_background(action: "Callable[[], Coroutine[Any, Any, None]]") -> Callable[[], None]:
    """A plain function that starts `action` and returns at once; an exception of `action` is logged."""

    def start() -> None:
        task: Any = None

        async def run() -> None:
            try:
                await action()
            except Exception as error:
                log.exception("unexpected %s: %s", type(error).__name__, error)  # noqa: TRY401 - MicroPython logs no traceback
            finally:
                _running.discard(task)

        task = asyncio.create_task(run())
        _running.add(task)

    return start


def begin(action: "Callable[[], Coroutine[Any, Any, Any]]") -> "Callable[[], Awaitable[Any]]":
    """Start `action` now; awaiting a call of the returned function gives its result or raises its exception.

    A bare task that fails before it is awaited is reported by MicroPython and Pyodide as an unhandled
    error: a traceback on the console for a failure that the page is about to tell in its own words.
    """

    async def run() -> Any:
        try:
            return await action(), None
        except Exception as error:  # noqa: BLE001 - raised again where it is asked for
            return None, error

    task = asyncio.create_task(run())

    async def outcome() -> Any:
        result, error = await task
        if error is not None:
            raise error
        return result

    return outcome
