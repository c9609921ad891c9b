"""Structured logs: one JSON object a line, with the ids of the request, and never a token.

What a request brought does not reach the log: libraries quote it in the texts of their exceptions, which are
left out, and in their messages, from which all that looks like a secret or an e-mail address is taken.
"""

import asyncio
import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, NamedTuple, TextIO

from backend.ports import StoreUnavailable
from pylib.errors import LecternError


class RequestIds(NamedTuple):
    """The ids that tie a log line to a request, a user action and a distributed trace."""

    request_id: str
    correlation_id: str
    trace_id: str = ""


current_ids: ContextVar[RequestIds | None] = ContextVar("current_ids", default=None)

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

_STANDARD = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {
    "message",
    "asctime",
    "taskName",
}


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
        ids = current_ids.get()
        if ids is not None:
            entry |= {"requestId": ids.request_id, "correlationId": ids.correlation_id}
            if ids.trace_id:
                entry["traceId"] = ids.trace_id
        entry |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        # Each value by itself: in the finished line a stranger's text would take the quotes of the next one.
        line = {name: _clean(name, value) for name, value in entry.items()}
        if record.exc_info:
            line["exception"] = redact("\n".join(_trace(record.exc_info[1])))
        return json.dumps(line)


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
    """Send all logs of this process to `stream` (standard error when None)."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
