"""Keeps the speaker page's record until it is sent."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

from pylib.errors import Aborted, LecternError
from pylib.figures.recorder import Recorder
from pylib.ports import Clock, TextStore
from pylib.protocol import codes
from pylib.protocol.figures import (
    ABORTED,
    FAILED,
    HTTP,
    NO_MODE,
    OK,
    START,
    WEBSOCKET,
    SpeakerFigures,
    speaker_batch,
)

T = TypeVar("T")

RECORD = "lectern.day"


class FirstToday:
    """Which start is the first of a day (UTC) on this device: the browser keeps that day's date."""

    def __init__(self, store: TextStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def take(self) -> bool:
        """Whether this is the first; the next one of the day is not."""
        today = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC).date().isoformat()
        if self._store.read(RECORD) == today:
            return False
        self._store.write(RECORD, today)
        return True

    def forget(self) -> None:
        """As on a new device."""
        self._store.write(RECORD, "")


class SpeakerRecorder(Recorder):
    """A Recorder that also knows the creation mode and the token's refreshes.

    A batch has one mode, so `on_mode_left` is called when there is another from now on.
    """

    def __init__(self, clock: Clock, first_today: FirstToday) -> None:
        super().__init__(clock)
        self.on_mode_left: Callable[[], None] = lambda: None
        self._mode = NO_MODE
        self._first_today = first_today

    async def during(self, name: str, work: Awaitable[T]) -> T:
        """Do what a person asked for, and record how it went. Raises what `work` raises."""
        self.pressed(name)
        try:
            result = await work
        except (Aborted, asyncio.CancelledError):
            self.ended(name, ABORTED)
            raise
        except Exception as error:
            self.ended(name, FAILED, error.code if isinstance(error, LecternError) else codes.INTERNAL_ERROR)
            raise
        self.ended(name, OK)
        return result

    def created(self) -> None:
        """The session of the start that is under way is there."""
        begun = self._underway.get(START)
        if begun is not None:
            begun[1] = self._ms_since(begun[0])

    def use_mode(self, mode: str) -> None:
        """The way in which this page's sessions are made from now on; no other text changes it."""
        if mode not in (HTTP, WEBSOCKET):
            return
        if self._mode not in (NO_MODE, mode):
            self.on_mode_left()
        self._mode = mode

    def refreshed(self, ok: bool) -> None:
        """The id token was refreshed, or could not be."""
        self._count(self._refreshes, 0 if ok else 1)

    def forget_day(self) -> None:
        """The next start counts as this device's first."""
        self._first_today.forget()

    def _begin(self) -> None:
        super()._begin()
        self._refreshes = [0, 0]

    def _is_empty(self) -> bool:
        return super()._is_empty() and not sum(self._refreshes)

    def _batch(self) -> str:
        return speaker_batch(
            SpeakerFigures(self._mode, self._actions, self._connects, self._retries, self._refreshes)
        )

    def _is_first_today(self, name: str, outcome: str) -> bool:
        """One that was taken back leaves the day to the next: it is neither success nor failure."""
        return name == START and outcome != ABORTED and self._first_today.take()
