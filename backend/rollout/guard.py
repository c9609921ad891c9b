"""Judges this server's rollout for /status; and falls back to the older way when HTTP is surely worse."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from backend.figures.tally import RolloutSetting, Tally
from backend.ports import Clock, StoreUnavailable
from backend.rollout.confidence import Interval, difference, proportion
from backend.rollout.judge import HTTP_WORSE, Judgement, judge
from backend.rollout.overlay import Overlay, Tripped, is_guarded, settings_of
from backend.rollout.verdict import after_falling_back, fell_back, told

PER_USER_KEPT_S = 3600.0
"""How often users come back changes from day to day, and asking reads all sessions of a month: 0.2 s
of the database's thread where they are 100,000."""

log = logging.getLogger("lectern.rollout")


class RolloutWatch:
    """Implements operators.judging.Judging, and is the guard.

    Args:
        config: the operator's config file, which says whether there is a guard.
        overlay: where the guard writes that it has fallen back.
        days_per_user: see ports.SessionStore.
        clock: tells the time.
    """

    def __init__(
        self,
        config: Path,
        overlay: Overlay,
        days_per_user: Callable[[int], Awaitable[Mapping[str, float]]],
        clock: Clock,
    ) -> None:
        self._config = config
        self._overlay = overlay
        self._read_days_per_user = days_per_user
        self._clock = clock
        self._per_user = 1.0
        self._read_for_ms = 0
        self._read_again_s = 0.0

    def verdict(self, tally: Tally, setting: RolloutSetting) -> dict[str, Any]:
        """The `verdict` of GET /status/data."""
        words, tripped = told(self._judge(tally, setting)), self._overlay.tripped()
        if tripped is None or not self.is_on() or setting.http:
            return words
        return after_falling_back(words, tripped.sentence)

    def difference(self, http: tuple[int, int], websocket: tuple[int, int]) -> Interval | None:
        """HTTP's success rate less WebSocket's, by users' days (ok, failed); None while one has none."""
        a, b = sum(http) / self._per_user, sum(websocket) / self._per_user
        if not a or not b:
            return None
        return difference(http[0] / self._per_user, a, websocket[0] / self._per_user, b)

    def rate(self, ok: int, failed: int) -> Interval | None:
        """The success rate of one mode; None of nothing."""
        return proportion(ok, ok + failed) if ok + failed else None

    def guard(self) -> dict[str, Any]:
        """The `guard` of GET /status/data."""
        tripped = self._overlay.tripped()
        return {
            "on": self.is_on(),
            "trippedAt": None if tripped is None else tripped.at_ms,
            "sentence": "" if tripped is None else tripped.sentence,
        }

    def is_on(self) -> bool:
        """Whether the operator lets this server fall back by itself."""
        try:
            return is_guarded(settings_of(self._config.read_bytes()))
        except OSError:
            return False

    async def look(self, tally: Tally, setting: RolloutSetting) -> bool:
        """For each minute: whether the guard fell back now, and another judged period should begin.

        What cannot be read or written is tried again at the next look.
        """
        try:
            await self._read_per_user(tally.since_ms)
        except StoreUnavailable:
            return False
        known = self._judge(tally, setting)
        if known.state != HTTP_WORSE or not self.is_on() or self._overlay.tripped() is not None:
            return False
        return self._fall_back(fell_back(known))

    async def _read_per_user(self, since_ms: int) -> None:
        now_s = self._clock.monotonic_s()
        if since_ms == self._read_for_ms and now_s < self._read_again_s:
            return
        found = await self._read_days_per_user(since_ms)
        # Of both modes the larger: sessions do not show users whose starts all failed in one of them.
        self._per_user = max([1.0, *found.values()])
        self._read_for_ms, self._read_again_s = since_ms, now_s + PER_USER_KEPT_S

    def _judge(self, tally: Tally, setting: RolloutSetting) -> Judgement:
        return judge(tally, setting, self._per_user, self._clock.steady_ms())

    def _fall_back(self, sentence: str) -> bool:
        try:
            self._overlay.trip(Tripped(self._clock.now_ms(), sentence))
        except OSError as error:
            log.warning("the rollout guard could not fall back", extra={"error": str(error)})
            return False
        log.warning(sentence)
        return True
