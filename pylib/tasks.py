"""Starting coroutines from places that cannot wait, such as a click."""

import asyncio
import logging
from typing import Any, Callable, Coroutine

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
