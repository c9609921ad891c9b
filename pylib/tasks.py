"""Starting coroutines from places that cannot wait, such as a click."""

import asyncio
import logging
from typing import Any, Awaitable, Callable, Coroutine

log = logging.getLogger("lectern")

_running: set[Any] = set()
"""asyncio itself keeps only weak references to its tasks."""


def in_background(action: "Callable[[], Coroutine[Any, Any, None]]") -> Callable[[], None]:
    """A plain function that starts `action` and returns at once; its failure is logged, never lost."""

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
    """Start `action` now; what is returned waits for its result, or raises its failure, when called.

    A bare task that fails before somebody waits for it is reported by MicroPython and by Pyodide as lost:
    a traceback on the console for what the page is about to say in its own words.
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
