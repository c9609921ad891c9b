"""A log that is not read holds up nothing, and tells afterwards how much of it was lost."""

import io
import json
import logging
import threading

from backend.line_writer import MAX_WAITING, LineWriter
from backend.logs import QuietHandler


class Stuck(io.StringIO):
    """A stream that takes nothing until its reader is there."""

    def __init__(self) -> None:
        super().__init__()
        self.reader_is_there = threading.Event()

    def write(self, text: str) -> int:
        self.reader_is_there.wait(10)
        return super().write(text)


def test_lines_that_nobody_takes_are_waited_for_by_nobody_and_counted() -> None:
    stream = Stuck()
    writer = LineWriter(stream)
    for number in range(MAX_WAITING + 500):
        writer.write(f"{number}\n")
    assert stream.getvalue() == ""
    stream.reader_is_there.set()
    writer.close()
    lines = stream.getvalue().splitlines()
    [told] = [json.loads(line) for line in lines if line.startswith("{")]
    assert told["count"] + len(lines) - 1 == MAX_WAITING + 500
    assert lines[0] == "0"


def test_the_end_of_the_process_waits_for_what_is_to_be_written() -> None:
    stream = io.StringIO()
    handler = QuietHandler(LineWriter(stream))
    for _ in range(3):
        handler.handle(logging.LogRecord("x", logging.INFO, "file", 1, "a", (), None))
    handler.close()
    assert [json.loads(line).get("count") for line in stream.getvalue().splitlines()] == [None, 2]


def test_a_stream_that_breaks_takes_no_thread_down() -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    writer = LineWriter(Full())
    writer.write("a\n")
    writer.write("b\n")
    writer.close()
    assert writer._waiting.empty()
