"""The guard: when it falls back, when it must not, and what it says."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from backend.figures.tally import RolloutSetting, Tally
from backend.ports import StoreUnavailable
from backend.rollout.guard import RolloutWatch
from backend.rollout.overlay import FILE, Overlay, settings_of
from tests.support.server_clock import ServerClock
from tests.unit.backend.rollout.tallies import mode, tally

HALF = RolloutSetting(http=True, percent=50)
WORSE = tally(mode(80, 20), mode(99, 1))
ALIKE = tally(mode(99, 1), mode(99, 1))
BETTER = tally(mode(99, 1), mode(80, 20))


class Rollout:
    """A data folder, the watch over it, and what the store says of users who come back."""

    def __init__(self, folder: Path, **config: Any) -> None:
        self.config = folder / "config.json"
        self.config.write_text(
            json.dumps({"use_http_session_creation": True, "rollout_guard": True, **config})
        )
        self.overlay = Overlay(folder)
        self.found: dict[str, float] | None = {}
        self.asked: list[int] = []
        self.clock = ServerClock()
        self.watch = RolloutWatch(self.config, self.overlay, self.days_per_user, self.clock)

    async def days_per_user(self, since_ms: int) -> dict[str, float]:
        self.asked.append(since_ms)
        if self.found is None:
            raise StoreUnavailable("the disk is full")
        return self.found

    def is_http_served(self) -> bool:
        served: bool = settings_of(self.overlay.served(self.config.read_bytes()))["use_http_session_creation"]
        return served


async def test_it_falls_back_once_and_says_why(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rollout = Rollout(tmp_path)
    with caplog.at_level(logging.WARNING):
        assert await rollout.watch.look(WORSE, HALF)
        assert not await rollout.watch.look(WORSE, HALF)
    assert not rollout.is_http_served()
    told = rollout.watch.guard()
    assert told["on"] is True
    assert told["trippedAt"] == json.loads((tmp_path / FILE).read_text())["trippedAt"]
    assert told["sentence"].startswith("The rollout guard fell back to the older way: over HTTP 80 of 100 ")
    assert [record.message for record in caplog.records] == [told["sentence"]]
    assert rollout.asked[0] == WORSE.since_ms


@pytest.mark.parametrize(
    "counted", [ALIKE, BETTER, tally(mode(2, 2), mode(5, 0)), tally(mode(0, 9), mode(0, 0))]
)
async def test_it_stays_as_long_as_http_is_not_surely_worse(tmp_path: Path, counted: Tally) -> None:
    rollout = Rollout(tmp_path)
    assert not await rollout.watch.look(counted, HALF)
    assert rollout.is_http_served()
    assert rollout.watch.guard() == {"on": True, "trippedAt": None, "sentence": ""}


async def test_with_all_users_over_http_it_has_nothing_to_compare_with(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path)
    assert not await rollout.watch.look(WORSE, HALF._replace(percent=100))
    assert rollout.is_http_served()


@pytest.mark.parametrize("guard", [False, "true", None])
async def test_it_does_nothing_that_was_not_asked_for(tmp_path: Path, guard: object) -> None:
    rollout = Rollout(tmp_path, rollout_guard=guard)
    assert not await rollout.watch.look(WORSE, HALF)
    assert rollout.is_http_served()
    assert rollout.watch.guard()["on"] is False


async def test_users_who_come_back_are_no_proof(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path)
    rollout.found = {"http": 3.0, "websocket": 25.0}
    assert not await rollout.watch.look(WORSE, HALF)
    assert rollout.watch.verdict(WORSE, HALF)["state"] == "too-few"
    apart = rollout.watch.difference((80, 20), (99, 1))
    assert apart is not None
    assert apart.low < -0.5
    assert apart.high > 0


async def test_it_waits_while_it_cannot_ask_or_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rollout = Rollout(tmp_path)
    rollout.found = None
    assert not await rollout.watch.look(WORSE, HALF)
    rollout.found = {}
    with monkeypatch.context() as patch:
        patch.setattr(Overlay, "trip", _full)
        assert not await rollout.watch.look(WORSE, HALF)
    assert [record.message for record in caplog.records] == ["the rollout guard could not fall back"]
    assert rollout.is_http_served()
    assert await rollout.watch.look(WORSE, HALF)


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


async def test_after_it_fell_back_the_page_says_why_only_one_way_is_in_use(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path)
    await rollout.watch.look(WORSE, HALF)
    off = RolloutSetting(http=False, percent=50)
    words = rollout.watch.verdict(tally(mode(0, 0), mode(5, 0)), off)
    assert words["state"] == "one-mode"
    assert words["sentence"] == "Everybody creates over WebSocket, because the rollout guard fell back."
    assert words["why"] == rollout.watch.guard()["sentence"]
    assert "--clear-rollout-guard" in words["advice"]
    rollout.overlay.clear()
    assert "guard" not in rollout.watch.verdict(tally(mode(0, 0), mode(5, 0)), off)["sentence"]


async def test_it_asks_once_an_hour_and_at_once_for_another_period_who_comes_back(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path)
    for _ in range(120):
        await rollout.watch.look(ALIKE, HALF)
        await rollout.clock.advance(60)
    assert rollout.asked == [ALIKE.since_ms] * 2
    await rollout.watch.look(ALIKE._replace(since_ms=ALIKE.since_ms + 1), HALF)
    assert rollout.asked[2:] == [ALIKE.since_ms + 1]


async def test_without_a_config_there_is_no_guard(tmp_path: Path) -> None:
    rollout = Rollout(tmp_path)
    rollout.config.unlink()
    assert not await rollout.watch.look(WORSE, HALF)
    assert rollout.watch.guard()["on"] is False


def test_rates_are_told_where_something_was_counted(tmp_path: Path) -> None:
    watch = Rollout(tmp_path).watch
    assert watch.rate(0, 0) is None
    assert watch.difference((0, 0), (5, 0)) is None
    rate = watch.rate(9, 1)
    assert rate is not None
    assert rate.low < 0.9 == rate.middle < rate.high
