"""Counts become rows: each once, in its minute, also around restarts and failures."""

import asyncio
import itertools
from collections.abc import Mapping
from pathlib import Path

import pytest

from backend.figures.anew import ask_anew, takes_anew
from backend.figures.minutes import MINUTE_MS, Minutes
from backend.figures.rollout_setting import percent_asked
from backend.figures.tally import UNKNOWN, RolloutSetting, Tally
from backend.metrics import Metrics
from backend.ports import StoreUnavailable
from tests.support.memory_storage import MemoryFigures
from tests.support.server_clock import ServerClock

TEN, FIFTY = RolloutSetting(True, 10), RolloutSetting(True, 50)


async def _look(_tally: Tally, _setting: RolloutSetting) -> bool:
    return False


class Server:
    """One life of a server; `store` outlives it."""

    def __init__(self, store: MemoryFigures, clock: ServerClock, setting: RolloutSetting = TEN) -> None:
        self.metrics, self.setting, self.clock = Metrics(), setting, clock
        self.wishes: list[bool] = []
        self.minutes = Minutes(
            store,
            self.metrics,
            clock,
            read_setting=lambda: self.setting,
            look=_look,
            takes_anew=lambda: bool(self.wishes) and self.wishes.pop(),
        )

    def count_days(self, mode: str, ok: int, failed: int = 0) -> None:
        pages = self.metrics.pages
        pages.user_days.labels(mode, "ok").inc(ok)
        pages.user_days.labels(mode, "failed").inc(failed)
        for _ in range(ok):
            pages.user_day_seconds.labels(mode).observe(1.0)

    def days(self) -> list[tuple[int, int, int]]:
        tally = self.minutes.tally()
        return [(one.days_ok, one.days_failed, sum(one.day_seconds)) for one in (tally.http, tally.websocket)]


@pytest.fixture
def clock() -> ServerClock:
    return ServerClock()


@pytest.fixture
def store() -> MemoryFigures:
    return MemoryFigures()


async def created(minutes: Minutes) -> list[int]:
    return [counts.get("created|http", 0) for _, counts in await minutes.steps(0, 60)]


async def test_each_count_is_stored_once_and_in_its_minute(store: MemoryFigures, clock: ServerClock) -> None:
    server = Server(store, clock)
    await clock.advance((MINUTE_MS - clock.steady_ms() % MINUTE_MS) / 1000)
    await server.minutes.write()
    for number in (1, 2, 3):
        for _ in range(number):
            server.metrics.count_creation("http", 0.1)
        assert (await created(server.minutes))[-1] == number
        await clock.advance(60)
        await server.minutes.write()
    rows = await store.since(0, 60)
    assert [counts["created|http"] for _, counts in rows] == [1, 2, 3]
    assert [after - before for (before, _), (after, _) in itertools.pairwise(rows)] == [60_000] * 2
    [(_, hour)] = await store.since(0, 86_400)
    assert sum(count for key, count in hour.items() if key.startswith("creation_seconds|http|")) == 6


async def test_a_restart_keeps_what_was_written(store: MemoryFigures, clock: ServerClock) -> None:
    first = Server(store, clock)
    await first.minutes.start()
    first.metrics.count_creation("http", 0.1)
    first.count_days("http", 3, 1)
    await first.minutes.stop()
    second = Server(store, clock)
    await second.minutes.start()
    second.metrics.count_creation("http", 0.1)
    second.count_days("http", 1)
    assert sum(await created(second.minutes)) == 2
    assert second.days() == [(4, 1, 4), (0, 0, 0)]
    await second.minutes.stop()
    assert sum(await created(second.minutes)) == 2


async def test_what_could_not_be_stored_is_stored_with_the_next(
    store: MemoryFigures, clock: ServerClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(store, clock)

    async def full(*_: object) -> None:
        raise StoreUnavailable("disk full")

    server.metrics.count_creation("http", 0.1)
    with monkeypatch.context() as patch:
        patch.setattr(store, "add", full)
        await server.minutes.write()
    assert await store.since(0, 60) == []
    assert sum(await created(server.minutes)) == 1
    server.metrics.count_creation("http", 0.1)
    await server.minutes.write()
    assert sum(await created(server.minutes)) == 2


async def test_a_stop_amid_a_write_stores_nothing_twice(
    store: MemoryFigures, clock: ServerClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: the thread of the database goes on with what its caller was cancelled in."""
    server, begun, go_on = Server(store, clock), asyncio.Event(), asyncio.Event()
    add = store.add

    async def slow(at_ms: int, counts: Mapping[str, int], judged: str) -> None:
        await add(at_ms, counts, judged)
        begun.set()
        await go_on.wait()

    monkeypatch.setattr(store, "add", slow)
    monkeypatch.setattr("backend.figures.minutes.MINUTE_MS", 1)
    await server.minutes.start()
    server.metrics.count_creation("http", 0.1)
    await begun.wait()
    stopping = asyncio.create_task(server.minutes.stop())
    await asyncio.sleep(0)
    go_on.set()
    await stopping
    assert sum(counts["created|http"] for _, counts in await store.since(0, 60)) == 1


async def test_other_settings_begin_another_judged_period(store: MemoryFigures, clock: ServerClock) -> None:
    server = Server(store, clock)
    await server.minutes.start()
    server.count_days("http", 3)
    server.setting = UNKNOWN  # the file is being written
    await server.minutes.write()
    assert (server.days()[0], server.minutes.setting) == ((3, 0, 3), TEN)
    await clock.advance(60)
    server.setting = FIFTY
    await server.minutes.write()
    assert (server.days()[0], server.minutes.setting) == ((0, 0, 0), FIFTY)
    assert server.minutes.tally().since_ms == clock.steady_ms()
    server.count_days("http", 2)
    await server.minutes.stop()

    # Changed while no server ran.
    again = Server(store, clock, TEN)
    await again.minutes.start()
    assert again.days()[0] == (0, 0, 0)
    await again.minutes.stop()


async def test_an_operators_wish_begins_a_period_once(store: MemoryFigures, clock: ServerClock) -> None:
    server = Server(store, clock)
    server.count_days("http", 3)
    server.wishes = [True]
    await server.minutes.minute()
    assert server.days()[0] == (0, 0, 0)
    server.count_days("http", 2)
    await server.minutes.minute()
    assert server.days()[0] == (2, 0, 2)


def test_a_wish_is_a_file_that_is_gone_when_granted(tmp_path: Path) -> None:
    assert not takes_anew(tmp_path)
    assert ask_anew(tmp_path).endswith("nothing from before.")
    ask_anew(tmp_path)
    assert [takes_anew(tmp_path), takes_anew(tmp_path)] == [True, False]
    with pytest.raises(OSError, match="missing"):
        ask_anew(tmp_path / "missing")


async def test_a_period_may_be_begun_by_hand(store: MemoryFigures, clock: ServerClock) -> None:
    server = Server(store, clock)
    server.count_days("websocket", 3, 2)
    assert server.days()[1] == (3, 2, 3)
    await server.minutes.begin_anew()
    assert server.days()[1] == (0, 0, 0)
    server.count_days("websocket", 1)
    assert server.days()[1] == (1, 0, 1)


@pytest.mark.parametrize(("setting", "percent"), [(UNKNOWN, -1), (TEN, 10), (RolloutSetting(False, 10), 0)])
def test_what_the_gauge_of_the_rollout_says(setting: RolloutSetting, percent: int) -> None:
    assert percent_asked(setting) == percent


@pytest.mark.parametrize(
    "damaged",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        '{"tally": [1, [1, 1, [1]], [1, 1, [1]]], "setting": [true, 10]}',
        '{"tally": ["x", ["a", 1, null], [1, 1, []]], "setting": ["x", 10]}',
        '{"tally": [1, [1, 1], [1, 1]], "setting": []}',
    ],
)
async def test_a_damaged_judged_row_begins_a_period_and_keeps_no_server_from_starting(
    store: MemoryFigures, clock: ServerClock, caplog: pytest.LogCaptureFixture, damaged: str
) -> None:
    await store.add(clock.steady_ms(), {}, damaged)
    server = Server(store, clock)
    await server.minutes.start()
    server.count_days("http", ok=2)
    assert server.days() == [(2, 0, 2), (0, 0, 0)]
    await server.minutes.stop()
    assert [record.message for record in caplog.records] == [
        "what was stored of the judged period is damaged; another one begins"
    ]
    again = Server(store, clock)
    await again.minutes.start()
    assert again.days() == [(2, 0, 2), (0, 0, 0)]
    await again.minutes.stop()
