"""Reading HTTP answers: a JSON object, or one HttpError with a sentence.

A body of any kind (HTML from a proxy, nothing, half a text, ten megabytes) ends as one of these two.
Portable: runs on MicroPython.
"""

import json
import re
from typing import Any

from pylib.errors import NETWORK_STATUS, TIMEOUT_STATUS, HttpError, RequestTimeout, TransportError
from pylib.ports import HttpResponse
from pylib.protocol import codes
from pylib.session.error_texts import text_for_answer

MAX_ANSWER_CHARS = 1_000_000
"""A session takes a few hundred characters; an answer longer than this does not come from our server."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SECONDS = re.compile(r"^[0-9]+$")
_HTTP_DATE = re.compile(r"^[A-Z][a-z]+, (\d\d) ([A-Z][a-z]+) (\d\d\d\d) (\d\d):(\d\d):(\d\d) GMT$")


def json_object(response: HttpResponse) -> "dict[str, Any] | None":
    """The body as a JSON object, or None when it is anything else."""
    if len(response.body) > MAX_ANSWER_CHARS:
        return None
    try:
        body = json.loads(response.body)
    except (ValueError, RuntimeError):  # RuntimeError: nested too deep for the interpreter
        return None
    return body if isinstance(body, dict) else None


def refused(response: HttpResponse, request_id: str, correlation_id: str, now_ms: float) -> HttpError:
    """The HttpError for an answer of 400 or more."""
    problem = json_object(response) or {}
    if isinstance(problem.get("error"), dict):
        problem = problem["error"]
    code = _text(problem, "code")
    details = problem.get("details")
    details = dict(details) if isinstance(details, dict) else {}
    message = _text(problem, "detail") or _text(problem, "message") or _text(problem, "error")
    if message:
        details["serverMessage"] = message
    return HttpError(
        text_for_answer(response.status, code),
        status_code=response.status,
        code=code or codes.for_status(response.status),
        details=details,
        request_id=response.headers.get("x-request-id") or _text(problem, "requestId") or request_id,
        correlation_id=correlation_id,
        retry_after_s=retry_after_s(response, now_ms),
    )


def unreadable(response: HttpResponse, request_id: str, correlation_id: str) -> HttpError:
    """The HttpError for a good status with a body that is no session."""
    return HttpError(
        text_for_answer(response.status, codes.ANSWER_UNREADABLE),
        status_code=response.status,
        code=codes.ANSWER_UNREADABLE,
        details={"contentType": response.headers.get("content-type", ""), "length": len(response.body)},
        request_id=response.headers.get("x-request-id") or request_id,
        correlation_id=correlation_id,
    )


def unanswered(error: TransportError, request_id: str, correlation_id: str) -> HttpError:
    """The HttpError for a request without a whole answer: status 408 after our timeout, 0 for the network."""
    timeout = isinstance(error, RequestTimeout)
    return HttpError(
        text_for_answer(TIMEOUT_STATUS if timeout else NETWORK_STATUS),
        status_code=TIMEOUT_STATUS if timeout else NETWORK_STATUS,
        code=codes.REQUEST_TIMEOUT if timeout else codes.NETWORK_ERROR,
        details={"cause": str(error)},
        request_id=request_id,
        correlation_id=correlation_id,
    )


def retry_after_s(response: HttpResponse, now_ms: float) -> "float | None":
    """Seconds named by `Retry-After` (RFC 9110, section 10.2.3), never negative; None without one.

    A date counts from the answer's own `Date` where the page may read that header, because devices'
    clocks are often wrong.
    """
    value = response.headers.get("retry-after", "").strip()
    if _SECONDS.match(value):
        return float(value[:9])
    until_ms = http_date_ms(value)
    if until_ms is None:
        return None
    sent_ms = http_date_ms(response.headers.get("date", ""))
    return max(0.0, (until_ms - (now_ms if sent_ms is None else sent_ms)) / 1000)


def http_date_ms(text: str) -> "float | None":
    """An IMF-fixdate ("Sun, 06 Nov 1994 08:49:37 GMT") as ms since the Unix epoch, or None."""
    found = _HTTP_DATE.match(text)
    if found is None or found.group(2) not in _MONTHS:
        return None
    day, year = int(found.group(1)), int(found.group(3))
    hour, minute, second = int(found.group(4)), int(found.group(5)), int(found.group(6))
    days = _days_since_epoch(year, _MONTHS.index(found.group(2)) + 1, day)
    return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000.0


def _days_since_epoch(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 (Howard Hinnant's `days_from_civil`): years begin in March."""
    if month <= 2:
        year -= 1
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    leap_days = year // 4 - year // 100 + year // 400
    return year * 365 + leap_days + day_of_year - 719468


def _text(body: "dict[str, Any]", name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""
