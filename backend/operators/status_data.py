"""GET /status/data: what the page of /status draws, from the stored minutes, the gauges and the judge."""

import asyncio
import json
import mmap
from pathlib import Path
from typing import Any, NamedTuple

from backend.figures.counts import Counts, add, value
from backend.figures.minutes import Minutes
from backend.figures.tally import JUDGED, RolloutSetting, Tally
from backend.figures.users import Users
from backend.live import audience
from backend.live.hub import Hub
from backend.loop_lag import LoopWatch, percentile
from backend.operators.judging import Judging, interval
from backend.operators.mode_data import listeners_data, mode_data
from backend.ports import Clock
from backend.settings import Limits
from backend.version import VERSION
from pylib.protocol.figures import FAILED, HTTP, OK, SPEAKER, START, WEBSOCKET


class Range(NamedTuple):
    """How far back, and the length of a step, in seconds."""

    length_s: int
    step_s: int


RANGES = {"10m": Range(600, 60), "24h": Range(24 * 3600, 900), "30d": Range(30 * 24 * 3600, 6 * 3600)}

Steps = list[tuple[int, Counts]]


class StatusData:
    """Reads everything anew for each answer."""

    def __init__(
        self,
        *,
        minutes: Minutes,
        users: Users,
        hub: Hub,
        watch: LoopWatch,
        judging: Judging,
        limits: Limits,
        clock: Clock,
    ) -> None:
        self._minutes = minutes
        self._users = users
        self._hub = hub
        self._watch = watch
        self._judging = judging
        self._limits = limits
        self._clock = clock
        self._began_s = clock.monotonic_s()

    async def read(self, name: str) -> bytes:
        """The answer for one of `RANGES`, as JSON. Raises StoreUnavailable."""
        await self._minutes.follow_setting()
        length_s, step_s = RANGES[name]
        now_ms = self._clock.steady_ms()
        first_ms = (now_ms // (step_s * 1000) + 1) * step_s * 1000 - length_s * 1000
        stored = dict(await self._minutes.steps(first_ms, step_s))
        steps = [(at, stored.get(at, {})) for at in range(first_ms, now_ms + 1, step_s * 1000)]
        tally, setting = self._minutes.tally(), self._minutes.setting
        rollout = {
            "http": setting.http,
            "percent": setting.percent,
            "users": {mode: count for (mode,), count in self._users.count().items()},
            "guard": self._judging.guard(),
            "since": tally.since_ms,
        }
        told = {**self._process(), "live": self._live(), "rollout": rollout, "range": name, "stepS": step_s}
        # Adding up and judging takes long enough to be heard in every talk, if they had to wait for it.
        return await asyncio.to_thread(self._whole, told, steps, tally, setting)

    def _whole(self, told: dict[str, Any], steps: Steps, tally: Tally, setting: RolloutSetting) -> bytes:
        """With what is known without the event loop."""
        total: Counts = {}
        for _, counts in steps:
            add(total, counts)
        told["verdict"] = self._judging.verdict(tally, setting)
        told["modes"] = {mode: mode_data(total, mode, self._judging.rate) for mode in JUDGED}
        told["listeners"] = listeners_data(total)
        told["overTime"] = self._over_time(steps, tally)
        return json.dumps(told).encode()

    def _process(self) -> dict[str, Any]:
        lags = {"p50": 0.5, "p99": 0.99}
        return {
            "now": self._clock.now_ms(),
            "version": VERSION,
            "uptimeS": round(self._clock.monotonic_s() - self._began_s, 1),
            "memoryBytes": memory_bytes(),
            "loopLagMs": {name: _ms(percentile(self._watch.lately, share)) for name, share in lags.items()},
        }

    def _live(self) -> dict[str, int]:
        rooms = self._hub.rooms()
        since_s = self._clock.monotonic_s() - self._limits.hearing_valid_s
        return {
            "talks": len(rooms),
            "speakers": sum(room.speaker is not None for room in rooms),
            "listeners": sum(len(room.listeners) for room in rooms),
            "hearing": sum(audience.hearing(room.listeners.values(), since_s).audible for room in rooms),
        }

    def _over_time(self, steps: Steps, tally: Tally) -> list[dict[str, Any]]:
        """Starts in each step; and the difference as the judged period showed it when the step was over.

        It is counted from the period's beginning, not from the first step: what holds however often one looks
        would not hold for a beginning that moves on as one looks.
        """
        days = {mode: (getattr(tally, mode).days_ok, getattr(tally, mode).days_failed) for mode in JUDGED}
        told = []
        end_ms = self._clock.steady_ms() + 1
        for at_ms, counts in reversed(steps):
            rates = {mode: _outcomes(counts, "actions", SPEAKER, START, mode) for mode in JUDGED}
            begun = end_ms > tally.since_ms
            difference = self._judging.difference(days[HTTP], days[WEBSOCKET]) if begun else None
            told.append({"at": at_ms, **rates, "difference": interval(difference)})
            days, end_ms = {mode: _before(days[mode], counts, mode) for mode in JUDGED}, at_ms
        return told[::-1]


def _before(days: tuple[int, int], counts: Counts, mode: str) -> tuple[int, int]:
    """Users' days without those of a step; a step in which the period began holds more than it."""
    of_step = _outcomes(counts, "user_days", mode)
    return max(0, days[0] - of_step[OK]), max(0, days[1] - of_step[FAILED])


def _outcomes(counts: Counts, *parts: str) -> dict[str, int]:
    return {outcome: value(counts, *parts, outcome) for outcome in (OK, FAILED)}


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)


def memory_bytes() -> int | None:
    """What this process holds in memory; None where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * mmap.PAGESIZE
