"""A thread of its own writes the log: while its reader or its disk hangs, talks go on."""

import json
import queue
import threading
from contextlib import suppress
from datetime import UTC, datetime
from typing import TextIO

from backend.clock import SystemClock

MAX_WAITING = 10_000
"""Lines that wait for the stream, some megabytes; what comes after them is counted and lost."""

CLOSE_WAIT_S = 2.0


class LineWriter:
    """A stream to write to, as logging.StreamHandler needs it; `write` never waits."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._waiting: queue.Queue[str | None] = queue.Queue(MAX_WAITING)
        self._lost = 0
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def write(self, text: str) -> None:
        """Write this as soon as the stream takes it, or count it as lost."""
        try:
            self._waiting.put_nowait(text)
        except queue.Full:
            self._lost += 1

    def flush(self) -> None:
        """Each line is flushed when it is written."""

    def close(self) -> None:
        """Write what waits, if the stream takes it within CLOSE_WAIT_S."""
        with suppress(queue.Full):
            self._waiting.put(None, timeout=CLOSE_WAIT_S)
            self._thread.join(CLOSE_WAIT_S)

    def _run(self) -> None:
        told = 0
        while (text := self._waiting.get()) is not None:
            self._pass_on(text)
            lost = self._lost - told
            if lost:
                told += lost
                self._pass_on(_loss(lost))

    def _pass_on(self, text: str) -> None:
        # A full disk does not take this line; a closed stream takes no more at all.
        with suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()


def _loss(count: int) -> str:
    """The line that says so."""
    now = datetime.fromtimestamp(SystemClock().now_ms() / 1000, UTC).replace(tzinfo=None)
    line = {
        "time": now.isoformat(timespec="milliseconds") + "Z",
        "level": "error",
        "logger": "lectern.log",
        "message": "lines of the log were lost, as nobody took them",
        "count": count,
    }
    return json.dumps(line) + "\n"
