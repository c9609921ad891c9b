"""Portable: a page's record says what a person asked for, once for each press, and how it went."""

import json
from typing import Any

from pylib.figures.recorder import Recorder
from pylib.protocol.figures import ABORTED, FAILED, LISTEN, MAX_ROWS, OK
from tests.support.fake_clock import FakeClock


def new() -> Any:
    clock = FakeClock()
    recorder = Recorder(clock)
    recorder.keep(True)
    return recorder, clock


def batch(recorder: Recorder) -> Any:
    return json.loads(recorder.take())


async def test_a_press_and_what_came_of_it_with_the_time_that_took() -> None:
    recorder, clock = new()
    recorder.pressed(LISTEN)
    await clock.advance(1.5)
    recorder.ended(LISTEN, OK)
    recorder.ended(LISTEN, FAILED, "NETWORK_ERROR")
    assert batch(recorder)["actions"] == [["listen", "ok", "", -1, 1500, False]]


def test_a_failure_has_its_code_and_took_no_time() -> None:
    recorder, _ = new()
    recorder.pressed(LISTEN)
    recorder.ended(LISTEN, FAILED, "NETWORK_ERROR")
    assert batch(recorder)["actions"] == [["listen", "failed", "NETWORK_ERROR", -1, -1, False]]


def test_what_is_pressed_again_or_left_was_taken_back() -> None:
    recorder, _ = new()
    recorder.pressed(LISTEN)
    recorder.pressed(LISTEN)
    recorder.left()
    recorder.left()
    assert [row[:2] for row in batch(recorder)["actions"]] == [["listen", ABORTED]] * 2


def test_connects_and_the_retries_of_calls() -> None:
    recorder, _ = new()
    recorder.connected(True, True, 120.0)
    recorder.connected(False, False, 9.5)
    for retries in (0, 0, 1, 2, 3, 7):
        recorder.called(retries)
    told = batch(recorder)
    assert told["connects"] == [[True, True, 120], [False, False, 9.5]]
    assert told["retries"] == [2, 1, 1, 2]


def test_a_batch_tells_nothing_twice_and_an_empty_one_is_none() -> None:
    recorder, _ = new()
    assert recorder.take() == ""
    recorder.called(0)
    assert batch(recorder) == {"page": "listener", "actions": [], "connects": [], "retries": [1, 0, 0, 0]}
    assert recorder.take() == ""


def test_a_page_that_cannot_send_keeps_no_more_than_a_batch_holds() -> None:
    recorder, _ = new()
    for _ in range(10 * MAX_ROWS):
        recorder.connected(True, False, 1.0)
        recorder.pressed(LISTEN)
        recorder.ended(LISTEN, FAILED)
    told = batch(recorder)
    assert (len(told["actions"]), len(told["connects"])) == (MAX_ROWS, MAX_ROWS)


def test_nothing_is_kept_before_it_is_allowed_and_nothing_of_before_a_change() -> None:
    recorder, _ = new()
    recorder.called(1)
    recorder.keep(False)
    recorder.called(1)
    recorder.connected(True, True, 1.0)
    recorder.pressed(LISTEN)
    recorder.ended(LISTEN, OK)
    recorder.keep(True)
    assert recorder.take() == ""
    assert Recorder(FakeClock()).keeps is False
