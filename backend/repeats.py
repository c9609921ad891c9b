"""What repeats without end leaves one line a minute in the log, with a count.

A stranger who is refused, or a disk that is full, would else leave a line for each request.
"""

import copy
import logging
from collections.abc import Callable

TELL_EVERY_S = 60.0
MAX_KINDS = 500
"""Kinds that are counted one by one; our own code has far fewer, but libraries word their lines freely."""

Kind = tuple[object, ...]


class _Count:
    """What came of one kind since its last line; `sample` is the first of those."""

    __slots__ = ("number", "sample", "told_at")

    def __init__(self, now: float) -> None:
        self.told_at = now
        self.number = 0
        self.sample: logging.LogRecord | None = None


class Repeats:
    """Lets the first line of a kind through, and counts those that come less than a minute after it.

    The kind of a line is its logger, its message before values are put in, the `kind` and the `code` passed
    as `extra`, and the place where its exception was raised. `write_exception` puts an exception in words: a
    line that waits must not keep alive what its traceback refers to.
    """

    def __init__(self, write_exception: Callable[[BaseException | None], str]) -> None:
        self._write_exception = write_exception
        self._counts: dict[Kind, _Count] = {}

    def is_new(self, record: logging.LogRecord, now: float) -> bool:
        """Whether to write this line; if not, it is counted. `now` is in seconds of a steady clock."""
        kind = _kind_of(record)
        if kind not in self._counts and len(self._counts) >= MAX_KINDS:
            kind = (record.name,)
        count = self._counts.get(kind)
        if count is None:
            self._counts[kind] = _Count(now)
            return True
        if count.sample is None:
            count.sample = self._without_traceback(record)
        count.number += 1
        return False

    def due(self, now: float, *, everything: bool = False) -> list[logging.LogRecord]:
        """The lines whose minute is over, or `everything` that waits, each with the `count` it stands for."""
        lines = []
        for kind, count in list(self._counts.items()):
            if now - count.told_at < TELL_EVERY_S and not everything:
                continue
            if count.sample is None:
                del self._counts[kind]
                continue
            vars(count.sample)["count"] = count.number
            lines.append(count.sample)
            self._counts[kind] = _Count(now)
        return lines

    def _without_traceback(self, record: logging.LogRecord) -> logging.LogRecord:
        sample = copy.copy(record)
        if record.exc_info:
            sample.exc_info, sample.exc_text = None, self._write_exception(record.exc_info[1])
        return sample


def _kind_of(record: logging.LogRecord) -> Kind:
    extra = vars(record)
    raised = _place(record.exc_info[1]) if record.exc_info else None
    return record.name, str(record.msg), extra.get("kind"), extra.get("code"), raised


def _place(error: BaseException | None) -> Kind | None:
    """The type of an exception and the line that raised it: two faults are two kinds."""
    if error is None:
        return None
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return (type(error), trace and trace.tb_frame.f_code, trace and trace.tb_lineno)
