"""Steps that take time: at most so long, or finished in the background."""

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
    """What `step` returns; it is cancelled, and RequestTimeout raised, after `timeout_s`."""
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
    """Work that goes on after the answer was given: tidying up, whose failure is logged and no more."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin some work."""
        task = asyncio.create_task(self._logged(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finished(self) -> None:
        """Wait until everything begun so far is done."""
        await asyncio.gather(*self._tasks)

    async def _logged(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except LecternError as error:
            log.warning("tidying up after an unfinished creation failed: %s", error.code)
