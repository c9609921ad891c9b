"""What the speaker page records beside: how an action went, the mode, the token's refreshes, the day."""

import asyncio
import json
from typing import Any

import pytest

from pylib.errors import Aborted, RealtimeError
from pylib.figures.speaker_recorder import RECORD, FirstToday, SpeakerRecorder
from pylib.protocol import codes
from pylib.protocol.figures import END, MAX_BATCH_BYTES, MAX_ROWS, START
from tests.support.fake_clock import FakeClock
from tests.support.fake_store import FakeTextStore

DAY_S = 86_400.0


class Stage:
    def __init__(self) -> None:
        self.clock, self.store = FakeClock(), FakeTextStore()
        self.recorder = SpeakerRecorder(self.clock, FirstToday(self.store, self.clock))
        self.recorder.keep(True)

    async def does(self, seconds: float, error: BaseException | None = None) -> str:
        await self.clock.sleep(seconds)
        if error is not None:
            raise error
        return "done"

    async def start(self, error: BaseException | None = None) -> None:
        work = self.recorder.during(START, self.does(0.5, error))
        if error is None:
            assert await self.clock.run(work) == "done"
        else:
            with pytest.raises(type(error)):
                await self.clock.run(work)

    def batch(self) -> Any:
        return json.loads(self.recorder.take())

    def starts(self) -> list[Any]:
        """Outcome, code, and whether it was the first of its day."""
        return [(row[1], row[2], row[5]) for row in self.batch()["actions"]]


async def test_a_start_with_the_moments_at_which_it_was_created_and_live() -> None:
    stage = Stage()
    stage.recorder.use_mode("http")

    async def begin() -> None:
        await stage.clock.sleep(0.25)
        stage.recorder.created()
        await stage.clock.sleep(0.5)

    await stage.clock.run(stage.recorder.during(START, begin()))
    stage.recorder.created()
    batch = stage.batch()
    assert (batch["page"], batch["mode"]) == ("speaker", "http")
    assert batch["actions"] == [["start", "ok", "", 250, 750, True]]


async def test_how_an_action_ended_is_told_and_raised() -> None:
    stage = Stage()
    await stage.start(RealtimeError("No.", code="NETWORK_ERROR"))
    await stage.start(Aborted("No."))
    await stage.start(ValueError("a defect"))
    assert [row[:2] for row in stage.starts()] == [
        ("failed", "NETWORK_ERROR"),
        ("aborted", ""),
        ("failed", "INTERNAL_ERROR"),
    ]


async def test_a_cancelled_action_was_taken_back() -> None:
    stage = Stage()
    task = asyncio.create_task(stage.recorder.during(END, stage.does(9.0)))
    await stage.clock.settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [row[:2] for row in stage.batch()["actions"]] == [["end", "aborted"]]


async def test_a_day_has_one_first_start_and_it_is_none_that_was_taken_back() -> None:
    stage = Stage()
    await stage.start(Aborted("No."))
    await stage.start(RealtimeError("No.", code="NOT_CONNECTED"))
    await stage.start()
    await stage.clock.advance(DAY_S)
    await stage.start()
    assert [first for _, _, first in stage.starts()] == [False, True, False, True]
    assert stage.store.records == {RECORD: "2023-11-15"}
    stage.recorder.forget_day()
    await stage.start()
    assert stage.starts() == [("ok", "", True)]


async def test_who_sends_nothing_has_no_day_kept() -> None:
    stage = Stage()
    stage.recorder.keep(False)
    await stage.start()
    assert stage.store.records == {}


def test_refreshes_that_went_well_and_those_that_failed() -> None:
    stage = Stage()
    for ok in (True, False, True):
        stage.recorder.refreshed(ok)
    batch = stage.batch()
    assert (batch["mode"], batch["refreshes"]) == ("none", [2, 1])
    assert stage.recorder.take() == ""


async def test_the_fullest_batch_is_no_longer_than_a_server_takes() -> None:
    stage = Stage()
    longest = max((code for code in vars(codes) if code.isupper()), key=len)
    stage.recorder.use_mode("websocket")
    for _ in range(2 * MAX_ROWS):
        await stage.start(RealtimeError("No.", code=longest))
        await stage.clock.advance(0.1234567)
        stage.recorder.connected(False, False, 100_000 / 7)
    text = stage.recorder.take()
    assert len(json.loads(text)["actions"]) == MAX_ROWS
    assert len(text.encode()) <= MAX_BATCH_BYTES


def test_a_batch_has_one_mode() -> None:
    stage = Stage()
    taken: list[Any] = []
    stage.recorder.on_mode_left = lambda: taken.append(stage.batch())
    stage.recorder.called(0)
    for mode in ("http", "http", "", "pigeon", "websocket"):
        stage.recorder.use_mode(mode)
    assert [batch["mode"] for batch in taken] == ["http"]
    stage.recorder.called(0)
    assert stage.batch()["mode"] == "websocket"
