"""An event loop in a thread of its own, for tests that wait for a browser meanwhile."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

END_S = 20


class LoopThread:
    """Runs coroutines over there."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._begun: list[Future[Any]] = []

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Wait for its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(END_S)

    def begin(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """It goes on until the loop ends."""
        self._begun.append(asyncio.run_coroutine_threadsafe(coroutine, self._loop))


@contextmanager
def loop_thread() -> Iterator[LoopThread]:
    """At the end all that still runs is cancelled."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    beside = LoopThread(loop)
    try:
        yield beside
    finally:
        beside.run(_cancel_the_others())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(END_S)
        loop.close()


async def _cancel_the_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
