"""Deadlines: a coroutine that is cancelled after a time limit, and clean-up that outlives its caller."""

import asyncio
import logging
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

from pylib.errors import LecternError, RequestTimeout
from pylib.ports import Clock
from pylib.protocol import codes
from pylib.session.error_texts import BY_CODE

T = TypeVar("T")

log = logging.getLogger("lectern.session")


async def within(clock: Clock, step: Awaitable[T], timeout_s: float) -> T:
    """Await `step` and return its result; after `timeout_s` cancel it and raise RequestTimeout."""
    task = asyncio.ensure_future(step)
    expired = False

    def expire() -> None:
        nonlocal expired
        expired = task.cancel()

    timer = clock.call_later(timeout_s, expire)
    try:
        return await task
    except asyncio.CancelledError:
        if expired:
            raise RequestTimeout(BY_CODE[codes.REQUEST_TIMEOUT]) from None
        raise
    finally:
        timer.cancel()


class Background:
    """Clean-up that runs on after its caller has returned; its failure is logged and changes nothing else."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run this clean-up in a task of its own."""
        task = asyncio.create_task(self._logged(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finished(self) -> None:
        """Wait until every clean-up started so far has ended."""
        await asyncio.gather(*self._tasks)

    async def _logged(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except LecternError as error:
            log.warning("tidying up after an unfinished creation failed: %s", error.code)
