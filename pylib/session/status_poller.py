"""StatusPoller: reads a session's status over HTTP in intervals, for a page without a live connection.

Portable: runs on MicroPython.
"""

import asyncio
import logging
from typing import Any, Awaitable, Callable

from pylib.errors import HttpError, LecternError
from pylib.ports import Clock, Timer

FIRST_S = 2.0
LONGEST_S = 30.0
GROWTH = 1.5
SPREAD = 0.2
"""Each wait is up to this share shorter or longer, so that the pages of an audience do not poll in step."""

GONE_STATUS = (400, 404, 410)

log = logging.getLogger("lectern.session")


class StatusPoller:
    """Polls one session with growing waits; after a change the waits begin short again.

    Args:
        read: Reads a session by id, without retries of its own: the next poll is the retry
            (`SessionHttpService.get_session` with `retrying=False`, which makes polls cheap by ETag).
        clock: Time.
        random: Draws from 0 up to 1.
    """

    def __init__(
        self, read: Callable[[str], Awaitable[Any]], clock: Clock, random: Callable[[], float]
    ) -> None:
        self._read = read
        self._clock = clock
        self._random = random
        self._session_id = ""
        self._last: Any = None
        self._wait_s = FIRST_S
        self._timer: Timer | None = None
        self._task: asyncio.Task[None] | None = None
        self._run = 0

    def start(
        self,
        session_id: str,
        on_session: Callable[[Any], None],
        on_gone: Callable[[LecternError], None],
    ) -> None:
        """Poll until `stop`, the session's end, or its disappearance.

        `on_session` gets the session at the first poll and at every change; `on_gone` the
        error when there is no such session.
        """
        self.stop()
        self._session_id = session_id
        self._on_session = on_session
        self._on_gone = on_gone
        self._last = None
        self._wait_s = FIRST_S
        self._schedule(self._wait_s)

    def stop(self) -> None:
        """End polling; the answer to a poll that is under way is ignored."""
        self._run += 1
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _schedule(self, wait_s: float) -> None:
        spread = 1 - SPREAD + 2 * SPREAD * self._random()
        self._timer = self._clock.call_later(wait_s * spread, self._begin)

    def _begin(self) -> None:
        self._timer = None
        self._task = asyncio.create_task(self._poll(self._run))

    async def _poll(self, run: int) -> None:
        try:
            session = await self._read(self._session_id)
        except LecternError as error:
            if run == self._run:
                self._failed(error)
            return
        if run != self._run:
            return
        changed = session != self._last
        self._last = session
        self._wait_s = FIRST_S if changed else min(self._wait_s * GROWTH, LONGEST_S)
        if session.status != "ended":
            self._schedule(self._wait_s)
        if changed:
            self._on_session(session)

    def _failed(self, error: LecternError) -> None:
        if isinstance(error, HttpError) and error.status_code in GONE_STATUS:
            self._on_gone(error)
            return
        log.info("the session's state could not be read: %s", error.code)
        self._wait_s = min(self._wait_s * GROWTH, LONGEST_S)
        wish_s = error.retry_after_s if isinstance(error, HttpError) else None
        self._schedule(max(self._wait_s, wish_s or 0.0))
