"""Keeps the figures new while the page is looked at. Portable."""

from typing import Any, Awaitable, Callable, NamedTuple

from backend.status_page.records import RANGES, Status
from pylib.errors import LecternError
from pylib.ports import Clock, Timer
from pylib.tasks import in_background

POLL_S = 5.0

Shown = NamedTuple("Shown", [("range", str), ("status", "Status | None"), ("age_s", float), ("trouble", str)])
"""What the page shows: the range asked for, the last figures and their age, and why there are no newer ones.

`trouble` is empty after a poll that went well."""


class StatusApp:
    """Polls every 5 seconds, not while hidden, and tells `show` after each poll.

    `read` gives the figures of a range or raises LecternError.
    """

    def __init__(
        self,
        read: "Callable[[str], Awaitable[Status]]",
        clock: Clock,
        is_visible: "Callable[[], bool]",
        show: "Callable[[Shown], Any]",
    ) -> None:
        self._read = read
        self._clock = clock
        self._is_visible = is_visible
        self._show = show
        self._timer: Timer | None = None
        self._asked = 0
        self._status: Status | None = None
        self._came_s = 0.0
        self.range = RANGES[0]
        self.polls = 0
        self.poll = in_background(self._poll)

    def stats(self) -> "dict[str, float]":
        """Polls that are over."""
        return {"polls": self.polls}

    def choose(self, wanted: str) -> None:
        """Show another range; its figures are asked for at once."""
        self.range = wanted
        self.poll()

    async def _poll(self) -> None:
        """Ask once, show what came, and plan the next poll. An answer to an earlier question is dropped."""
        self._asked += 1
        number, trouble = self._asked, ""
        if self._timer is not None:
            self._timer.cancel()
        try:
            status = await self._read(self.range)
        except LecternError as error:
            trouble = error.message
        if number != self._asked:
            return
        if not trouble:
            self._status, self._came_s = status, self._clock.monotonic_s()
        self._timer = self._clock.call_later(POLL_S, self._next)
        age_s = self._clock.monotonic_s() - self._came_s
        await self._show(Shown(self.range, self._status, age_s, trouble))
        self.polls += 1

    def _next(self) -> None:
        """A hidden page asks nothing: coming back to it polls at once."""
        if self._is_visible():
            self.poll()
