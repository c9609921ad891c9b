"""The counts of each minute, stored; and the tally that is judged, stored with them."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from pydantic import BaseModel

from backend.figures.counts import DAYS, Counts, add, buckets, difference, snapshot, value
from backend.figures.histogram import BUCKETS
from backend.figures.tally import JUDGED, UNKNOWN, ModeTally, RolloutSetting, Tally, nothing_yet
from backend.metrics import Metrics
from backend.ports import Clock, FigureStore, StoreUnavailable

MINUTE_MS = 60_000

log = logging.getLogger("lectern.figures")


class Minutes:
    """Writes once a minute what was counted since, and when the server stops.

    A restart loses at most the running minute of a server that was killed.

    Args:
        read_setting: the rollout settings of the served config; when they change, a judged period begins.
        look: told the tally of each minute; whether another judged period should begin.
        takes_anew: whether the operator asked for another one.
    """

    def __init__(
        self,
        store: FigureStore,
        metrics: Metrics,
        clock: Clock,
        *,
        read_setting: Callable[[], RolloutSetting],
        look: Callable[[Tally, RolloutSetting], Awaitable[bool]],
        takes_anew: Callable[[], bool],
    ) -> None:
        self._store = store
        self._metrics = metrics
        self._clock = clock
        self._read_setting = read_setting
        self._look = look
        self._takes_anew = takes_anew
        self._written: Counts = {}
        self._began_ms = clock.steady_ms()
        self._tally = nothing_yet(self._began_ms)
        self._setting = UNKNOWN
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._writing: asyncio.Future[None] | None = None

    async def start(self) -> None:
        """Go on with the stored tally, and begin to write."""
        with suppress(StoreUnavailable):
            self._restore(await self._store.judged())
        self._notice_setting()
        await self._judge()
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Write the running minute."""
        if self._task is not None:
            self._task.cancel()
        await self.write()

    async def write(self) -> None:
        """Store what was counted since the last time. After a failure it is tried again with the next."""
        # The thread of the database finishes what it has begun, also when the caller is cancelled meanwhile.
        self._writing = asyncio.ensure_future(self._write())
        await asyncio.shield(self._writing)

    async def _write(self) -> None:
        async with self._lock:
            now = await asyncio.to_thread(snapshot, self._metrics)
            counts = difference(now, self._written)
            tally = add_days(self._tally, counts)
            try:
                await self._store.add(self._began_ms, counts, _packed(tally, self._setting))
            except StoreUnavailable:
                log.warning("the figures of a minute could not be stored; they are kept for the next")
                return
            self._written, self._tally, self._began_ms = now, tally, self._clock.steady_ms()
            self._notice_setting()

    async def minute(self) -> None:
        """Write, and let what was counted be judged."""
        await self.write()
        await self._judge()

    async def follow_setting(self) -> None:
        """Begin another judged period at once when the served config asks for something else by now."""
        if self._read_setting() not in (UNKNOWN, self._setting):
            await self.write()

    async def steps(self, since_ms: int, step_s: int) -> list[tuple[int, Counts]]:
        """The counts since a moment, in steps from the oldest, the running minute among them.

        Raises StoreUnavailable.
        """
        async with self._lock:
            stored = dict(await self._store.since(since_ms, step_s))
            running = difference(await asyncio.to_thread(snapshot, self._metrics), self._written)
            at_ms = self._began_ms // (step_s * 1000) * step_s * 1000
        add(stored.setdefault(at_ms, {}), running)
        return sorted(stored.items())

    def tally(self) -> Tally:
        """What is judged now."""
        return add_days(self._tally, difference(snapshot(self._metrics, DAYS), self._written))

    @property
    def setting(self) -> RolloutSetting:
        """The rollout settings of the judged period."""
        return self._setting

    async def begin_anew(self) -> None:
        """A judged period begins. What was counted before is not judged any more."""
        await self.write()
        self._tally = nothing_yet(self._clock.steady_ms())

    def _notice_setting(self) -> None:
        """A period begins when the operator changes the settings; while they cannot be read it goes on."""
        setting = self._read_setting()
        if setting not in (UNKNOWN, self._setting):
            self._setting, self._tally = setting, nothing_yet(self._clock.steady_ms())

    async def _judge(self) -> None:
        if self._takes_anew() or await self._look(self.tally(), self._setting):
            await self.begin_anew()

    def _restore(self, stored: str | None) -> None:
        if stored is None:
            return
        try:
            self._tally, self._setting = _unpacked(stored)
        except ValueError:
            log.warning("what was stored of the judged period is damaged; another one begins")

    async def _run(self) -> None:
        while True:
            await asyncio.sleep((MINUTE_MS - self._clock.steady_ms() % MINUTE_MS) / 1000)
            try:
                await self.minute()
            except Exception:
                log.exception("the figures of a minute could not be judged")


class _Judged(BaseModel):
    """What is stored of the judged period."""

    tally: Tally
    setting: RolloutSetting


def add_days(tally: Tally, counts: Counts) -> Tally:
    """The tally with the users' days among these counts."""
    http, websocket = (_with(getattr(tally, mode), mode, counts) for mode in JUDGED)
    return tally._replace(http=http, websocket=websocket)


def _with(before: ModeTally, mode: str, counts: Counts) -> ModeTally:
    took = buckets(counts, "user_day_seconds", mode)
    return ModeTally(
        before.days_ok + value(counts, "user_days", mode, "ok"),
        before.days_failed + value(counts, "user_days", mode, "failed"),
        [one + more for one, more in zip(before.day_seconds, took, strict=True)],
    )


def _packed(tally: Tally, setting: RolloutSetting) -> str:
    return json.dumps({"tally": tally, "setting": setting})


def _unpacked(stored: str) -> tuple[Tally, RolloutSetting]:
    """Raises ValueError for what `_packed` did not make."""
    judged = _Judged.model_validate_json(stored, strict=True)
    for mode in (judged.tally.http, judged.tally.websocket):
        if len(mode.day_seconds) != BUCKETS or min(mode.days_ok, mode.days_failed, *mode.day_seconds) < 0:
            raise ValueError("these are no counts of users' days")
    return judged.tally, judged.setting
