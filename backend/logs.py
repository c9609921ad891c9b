"""Structured logs: one JSON object a line, with the ids of the request, and never a token.

What a request brought does not reach the log: libraries quote it in the texts of their exceptions, which are
left out, and in their messages, from which all that looks like a secret or an e-mail address is taken.
What repeats without end is counted, and told once a minute.
"""

import asyncio
import json
import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, NamedTuple, TextIO

from backend.clock import SystemClock
from backend.line_writer import LineWriter
from backend.ports import StoreUnavailable
from backend.repeats import Repeats
from pylib.errors import LecternError


class RequestIds(NamedTuple):
    """The ids that tie a log line to a request, a user action and a distributed trace."""

    request_id: str
    correlation_id: str
    trace_id: str = ""


current_ids: ContextVar[RequestIds | None] = ContextVar("current_ids", default=None)

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

# No code of ours logs a token, but libraries quote urls, headers and subprotocols in their messages.
# Each pattern takes time in proportion to the text: a stranger may fill a line of 32 KiB, and one that was
# tried anew from every character would hold up all talks for seconds.
_SECRETS = re.compile(
    r"eyJ[\w-]*(?:\.[\w-]*)*"  # a JWT wherever it stands
    r"|(?<=bearer)[ .][^\s\"'\\,;&<>\])]+"  # Authorization header, subprotocol
    r"|(?<=basic )[\w+/=-]+"
    r"|(?<=token=)[^\s\"'\\&<>]+"  # query parameter
    r"|(?<=\?)[\w.%~+-]+=[^\s\"'\\<>]*",  # a whole query
    re.IGNORECASE,
)
_WORD = r"[^\s\"'\\<>()\[\]{},;:=&/?]"
_EMAILS = re.compile(rf"(?<!{_WORD}){_WORD}+(?:@|%40)[\w-]+(?:\.[\w-]+)+")
_FIELDS = re.compile(
    r"""((?:password|secret|token|authorization|cookie|username)[\\"']*\s*[:=,]\s*)(?![\\"']*\[redacted)"""
    r"""(?:[\\"']+[^"'\\]*|[^\s"'\\,;&}{]+)""",
    re.IGNORECASE,
)
"""A field of a body or a header whose name says that its value is secret, quoted or not."""

_SECRET_NAME = re.compile("password|secret|token|authorization|cookie|username", re.IGNORECASE)

MAX_VALUE_CHARS = 1000
"""Of one value in a line: paths and methods are as long as their sender likes, up to 32 KiB."""

_PLAIN = (LecternError, StoreUnavailable, OSError)
"""Exceptions whose texts are ours or the system's. All others may quote what somebody sent."""

TOLD_EACH = "lectern.actions"
"""The logger whose lines are never counted together: `backend/action_log.py` bounds them itself."""

TELL_DUE_EVERY_S = 5.0

_STANDARD = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {
    "message",
    "asctime",
    "taskName",
}


def usable_id(text: str | None) -> str | None:
    """An id as a client sent it, if it may stand in the log and the database; else None."""
    return text if text is not None and _ID.fullmatch(text) else None


def correlation_id() -> str:
    """That of the HTTP request which is being answered, or which began this connection."""
    ids = current_ids.get()
    return ids.correlation_id if ids else ""


def redact(text: str) -> str:
    """The text without anything that could be a token, a password, a query or an e-mail address."""
    for pattern in (_SECRETS, _EMAILS):
        text = pattern.sub("[redacted]", text)
    return _FIELDS.sub(r"\1[redacted]", text)


class JsonFormatter(logging.Formatter):
    """`{"time", "level", "logger", "message", ...}`; what is passed as `extra` is added."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        entry: dict[str, object] = {
            "time": _utc(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        # A line with a count stands for many requests, and is written during any other one.
        ids = None if hasattr(record, "count") else current_ids.get()
        if ids is not None:
            entry |= {"requestId": ids.request_id, "correlationId": ids.correlation_id}
            if ids.trace_id:
                entry["traceId"] = ids.trace_id
        entry |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        # Each value by itself: in the finished line a stranger's text would take the quotes of the next one.
        line = {name: _clean(name, value) for name, value in entry.items()}
        if record.exc_info:
            line["exception"] = exception_text(record.exc_info[1])
        elif record.exc_text:
            line["exception"] = record.exc_text
        return json.dumps(line)


class QuietHandler(logging.StreamHandler[TextIO | LineWriter]):
    """Writes lines of JSON; from INFO on, one a minute of each kind (see `Repeats`), but for TOLD_EACH.

    `now_s` is a steady clock, the computer's when None.
    """

    def __init__(self, stream: TextIO | LineWriter, now_s: Callable[[], float] | None = None) -> None:
        super().__init__(stream)
        self.setFormatter(JsonFormatter())
        self._repeats = Repeats(exception_text)
        self._now_s = now_s or SystemClock().monotonic_s

    def emit(self, record: logging.LogRecord) -> None:
        """See logging.Handler."""
        now = self._now_s()
        self._write_due()
        told_each = record.levelno < logging.INFO or record.name == TOLD_EACH
        if told_each or self._repeats.is_new(record, now):
            super().emit(record)

    def tell_due(self) -> None:
        """Write the counts whose minute is over; call this every few seconds."""
        with self.lock or nullcontext():
            self._write_due()

    def close(self) -> None:
        """Write all counts: Python closes its handlers when the process ends."""
        self._write_due(everything=True)
        if isinstance(self.stream, LineWriter):
            self.stream.close()
        super().close()

    def _write_due(self, *, everything: bool = False) -> None:
        for record in self._repeats.due(self._now_s(), everything=everything):
            super().emit(record)


def exception_text(error: BaseException | None) -> str:
    """Where an exception came from, without secrets."""
    return redact("\n".join(_trace(error)))


def _clean(name: str, value: object) -> object:
    """A value as it may be logged: without secrets, and no longer than MAX_VALUE_CHARS."""
    if value is None or isinstance(value, (int, float)):
        return value
    if _SECRET_NAME.search(name):
        return "[redacted]"
    text = redact(str(value))
    return text if len(text) <= MAX_VALUE_CHARS else f"{text[:MAX_VALUE_CHARS]}..."


def _trace(error: BaseException | None) -> Iterator[str]:
    """Where an exception came from, and those that led to it, without texts that may quote a request."""
    if error is None:
        return
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _trace(before)
        yield "and then:"
    yield from (line.rstrip() for line in traceback.format_tb(error.__traceback__))
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    yield f"{name}: {error}" if isinstance(error, _PLAIN) else name


def log_loop_trouble(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """For `loop.set_exception_handler`: the default quotes callbacks with their arguments, bytes received."""
    what = str(context.get("message", "")).partition("(")[0].partition("<")[0].strip()
    logging.getLogger("lectern.loop").error(what, exc_info=context.get("exception"))


def _utc(seconds: float) -> str:
    """Seconds since the epoch as `2026-01-31T23:59:59.999Z`."""
    moment = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="milliseconds") + "Z"


def set_up_logs(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send all logs of this process to `stream`; when None to standard error, which may stand still."""
    root = logging.getLogger()
    root.handlers[:] = [QuietHandler(stream or LineWriter(sys.stderr))]
    root.setLevel(level)


async def tell_repeats() -> None:
    """Write the counts whose minute is over, until cancelled: after a flood no other line may come."""
    while True:
        await asyncio.sleep(TELL_DUE_EVERY_S)
        for handler in logging.getLogger().handlers:
            if isinstance(handler, QuietHandler):
                handler.tell_due()
