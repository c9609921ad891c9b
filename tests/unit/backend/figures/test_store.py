"""What any FigureStore must do, asked of SQLite's and of the one in memory."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from backend.figures.store import HOUR, KEPT_S, MINUTE
from backend.ports import FigureStore
from tests.support.server_clock import ServerClock
from tests.unit.backend.sessions.storages import KINDS, make_storage

MIDNIGHT_MS = 1_700_006_400_000
MINUTE_MS, HOUR_MS = MINUTE * 1000, HOUR * 1000


@pytest.fixture(params=KINDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[FigureStore]:
    storage = make_storage(request.param, tmp_path, ServerClock())
    await storage.open()
    yield storage.figures
    await storage.close()


async def test_counts_of_one_minute_and_hour_are_added_up(store: FigureStore) -> None:
    for at_ms in (0, 59_999, MINUTE_MS, HOUR_MS):
        await store.add(MIDNIGHT_MS + at_ms, {"a": 1, f"at {at_ms}": 2}, "")
    assert await store.since(MIDNIGHT_MS, MINUTE) == [
        (MIDNIGHT_MS, {"a": 2, "at 0": 2, "at 59999": 2}),
        (MIDNIGHT_MS + MINUTE_MS, {"a": 1, "at 60000": 2}),
        (MIDNIGHT_MS + HOUR_MS, {"a": 1, "at 3600000": 2}),
    ]
    hours = await store.since(MIDNIGHT_MS, HOUR)
    assert [(at_ms, counts["a"]) for at_ms, counts in hours] == [
        (MIDNIGHT_MS, 3),
        (MIDNIGHT_MS + HOUR_MS, 1),
    ]


async def test_steps_are_as_long_as_asked_and_begin_when_asked(store: FigureStore) -> None:
    for minute in range(60):
        await store.add(MIDNIGHT_MS + minute * MINUTE_MS, {"a": 1}, "")
    quarters = await store.since(MIDNIGHT_MS + 15 * MINUTE_MS, 900)
    assert [(at_ms - MIDNIGHT_MS, counts) for at_ms, counts in quarters] == [
        (quarter * 900_000, {"a": 15}) for quarter in (1, 2, 3)
    ]
    assert await store.since(MIDNIGHT_MS, 6 * HOUR) == [(MIDNIGHT_MS, {"a": 60})]


async def test_old_rows_are_dropped(store: FigureStore) -> None:
    await store.add(MIDNIGHT_MS, {"a": 1}, "")
    await store.add(MIDNIGHT_MS + KEPT_S[MINUTE] * 1000, {}, "")
    assert await store.since(0, MINUTE) == [(MIDNIGHT_MS, {"a": 1})]
    await store.add(MIDNIGHT_MS + KEPT_S[MINUTE] * 1000 + 1, {}, "")
    assert await store.since(0, MINUTE) == []
    assert await store.since(0, HOUR) == [(MIDNIGHT_MS, {"a": 1})]
    await store.add(MIDNIGHT_MS + KEPT_S[HOUR] * 1000 + 1, {}, "")
    assert await store.since(0, HOUR) == []


async def test_the_judged_text_is_the_last_one(store: FigureStore) -> None:
    assert await store.judged() is None
    for text in ("one", "two"):
        await store.add(MIDNIGHT_MS, {}, text)
    assert await store.judged() == "two"


async def test_rows_are_bounded_however_long_the_server_runs(store: FigureStore) -> None:
    """Sparse: a row every eight hours for 40 days."""
    for hour in range(0, 40 * 24, 8):
        await store.add(MIDNIGHT_MS + hour * HOUR_MS, {"a": 1}, "")
    assert len(await store.since(0, MINUTE)) == 48 / 8 + 1
    assert len(await store.since(0, HOUR)) == 31 * 24 / 8 + 1


@pytest.mark.parametrize("damaged", ["", "{", "[1]", '{"a": "x"}', '{"a": 0.5}', "[" * 100_000])
async def test_a_damaged_row_hides_no_other_and_is_counted_on(tmp_path: Path, damaged: str) -> None:
    path = tmp_path / "test.sqlite3"
    for damage in (True, False):
        storage = make_storage("sqlite", tmp_path, ServerClock())
        await storage.open()
        for at_ms in (0, MINUTE_MS):
            await storage.figures.add(MIDNIGHT_MS + at_ms, {"a": 1}, "")
        minutes = await storage.figures.since(MIDNIGHT_MS, MINUTE)
        await storage.close()
        if damage:
            with closing(sqlite3.connect(path)) as connection, connection:
                connection.execute("UPDATE figures SET counts = ? WHERE at_ms = ?", (damaged, MIDNIGHT_MS))
    assert minutes == [(MIDNIGHT_MS, {"a": 1}), (MIDNIGHT_MS + MINUTE_MS, {"a": 2})]
