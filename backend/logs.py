"""Structured logs: one JSON object a line, with the ids of the request, and never a token."""

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import NamedTuple, TextIO


class RequestIds(NamedTuple):
    """The ids that tie a log line to a request, a user action and a distributed trace."""

    request_id: str
    correlation_id: str
    trace_id: str = ""


current_ids: ContextVar[RequestIds | None] = ContextVar("current_ids", default=None)

# No code of ours logs a token, but libraries quote urls, headers and subprotocols in their messages.
_SECRETS = re.compile(
    r"eyJ[\w-]*\.[\w-]*(?:\.[\w-]*)*"  # a JWT wherever it stands
    r"|(?<=bearer)[ .][^\s\"'\\,;&<>\])]+"  # Authorization header, subprotocol
    r"|(?<=token=)[^\s\"'\\&<>]+",  # query parameter
    re.IGNORECASE,
)
_STANDARD = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {
    "message",
    "asctime",
    "taskName",
}


def redact(text: str) -> str:
    """The text without anything that could be a token."""
    return _SECRETS.sub("[redacted]", text)


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
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return redact(json.dumps(entry, default=str))


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
