"""The log counts what repeats: one line a minute of each kind, and none is lost."""

import io
import json
import logging
from typing import Any

import pytest

from backend.logs import QuietHandler
from backend.repeats import MAX_KINDS, TELL_EVERY_S


class Log:
    """A handler over a clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = 0.0
        self._stream = io.StringIO()
        self.handler = QuietHandler(self._stream, lambda: self.now)

    def write(self, message: str, name: str = "x", level: int = logging.INFO, **extra: Any) -> None:
        error = extra.pop("error", None)
        record = logging.LogRecord(name, level, "file", 1, message, (), error and (type(error), error, None))
        vars(record).update(extra)
        self.handler.handle(record)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]

    def counts(self) -> list[tuple[str, int | None]]:
        return [(line["message"], line.get("count")) for line in self.lines()]


@pytest.fixture
def log() -> Log:
    return Log()


def test_a_line_is_written_at_once_and_those_of_its_minute_are_counted(log: Log) -> None:
    for _ in range(500):
        log.write("a")
    log.write("b")
    assert log.counts() == [("a", None), ("b", None)]
    log.now = TELL_EVERY_S
    log.handler.tell_due()
    assert log.counts()[2:] == [("a", 499)]


def test_what_goes_on_is_told_each_minute(log: Log) -> None:
    for second in range(181):
        log.now = float(second)
        log.write("a")
    assert log.counts() == [("a", None), ("a", 59), ("a", 60), ("a", 60)]


def test_a_kind_that_came_once_is_forgotten_after_its_minute(log: Log) -> None:
    for _ in range(3):
        log.write("a")
        log.now += TELL_EVERY_S
    log.handler.tell_due()
    assert log.counts() == [("a", None)] * 3


def test_the_end_of_the_process_tells_what_waits(log: Log) -> None:
    for _ in range(3):
        log.write("a")
    log.handler.close()
    assert log.counts() == [("a", None), ("a", 2)]


def test_codes_kinds_loggers_and_places_tell_lines_apart(log: Log) -> None:
    for _ in range(2):
        log.write("a")
        log.write("a", name="y")
        log.write("a", code="FULL")
        log.write("a", kind="flood")
        log.write("a", error=_raised(_fails_here))
        log.write("a", error=_raised(_fails_there))
    assert len(log.lines()) == 6


def test_a_line_that_waited_has_the_exception_of_the_first_and_no_ids(log: Log) -> None:
    for number in range(3):
        log.write("a", error=_raised(_fails_here), sessionId=f"s{number}")
    log.handler.close()
    first, later = log.lines()
    assert "_fails_here" in later["exception"]
    assert first["exception"] == later["exception"]
    assert (later["count"], later["sessionId"]) == (2, "s1")


def test_messages_that_a_library_words_anew_each_time_cannot_fill_the_memory(log: Log) -> None:
    for number in range(MAX_KINDS + 5000):
        log.write(f"number {number}")
    assert len(log.lines()) <= MAX_KINDS + 1
    log.handler.close()
    assert log.lines()[-1]["count"] == 4999


def test_actions_and_what_is_for_debugging_are_told_one_by_one(log: Log) -> None:
    for _ in range(5):
        log.write("acted", name="lectern.actions")
        log.write("detail", level=logging.DEBUG)
    assert len(log.lines()) == 10


def _raised(fails: Any) -> ValueError:
    try:
        fails()
    except ValueError as error:
        return error
    raise AssertionError


def _fails_here() -> None:
    raise ValueError


def _fails_there() -> None:
    raise ValueError
