"""Refusals: one exception for HTTP and WebSocket alike, and its problem+json body (RFC 9457)."""

import math
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web
from pydantic import ValidationError

from pylib.errors import LecternError
from pylib.protocol import codes
from pylib.protocol.plain import is_session_id
from pylib.protocol.sessions import ProblemDetails

UNAVAILABLE_RETRY_S = 2
"""With the three retries of our page it gets over an outage of five seconds."""

PROBLEM_JSON = "application/problem+json"

_FIELD_CODES = {
    "sourceLanguage": codes.VALIDATION_INVALID_LANGUAGE,
    "targetLanguage": codes.VALIDATION_INVALID_LANGUAGE,
    "qualityTier": codes.VALIDATION_INVALID_QUALITY_TIER,
    "sessionId": codes.SESSION_INVALID_ID_FORMAT,
}

_NO_OBJECT = ("json_invalid", "json_type", "model_type", "model_attributes_type", "dict_type")


class Problem(LecternError):
    """A refusal by the server, with its reason.

    `status` is the HTTP status; a WebSocket tells `code` and `message` only. `retry_after_s`
    becomes the Retry-After header or the message's `retryAfter`.
    """

    retry_after_s: int | None

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message, code=code, retry_after_s=retry_after_s)
        self.status = status
        self.details = dict(details or {})
        self.headers = dict(headers or {})
        if retry_after_s is not None:
            self.headers["Retry-After"] = str(retry_after_s)


def problem_response(problem: Problem, request_id: str, now_ms: int) -> web.Response:
    """The answer for a problem, dated `now_ms`. It never holds a path, a token or a stack trace."""
    body = ProblemDetails(
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        detail=problem.message,
        code=problem.code,
        message=problem.message,
        details=problem.details,
        timestamp=now_ms,
        request_id=request_id,
    )
    return web.Response(
        status=problem.status,
        body=body.model_dump_json(by_alias=True).encode(),
        content_type=PROBLEM_JSON,
        headers=problem.headers,
    )


def from_http_exception(error: web.HTTPException) -> Problem:
    """Translate what aiohttp itself refuses: unknown paths, wrong methods, large bodies."""
    if isinstance(error, web.HTTPMethodNotAllowed):
        return Problem(
            405,
            codes.METHOD_NOT_ALLOWED,
            "This address does not offer that method.",
            headers={"Allow": ", ".join(sorted(error.allowed_methods))},
        )
    if error.status == 404:
        return Problem(404, codes.NOT_FOUND, "There is nothing at this address.")
    if error.status == 413:
        return body_too_large()
    if error.status >= 500:
        return internal_error()
    return Problem(error.status, codes.VALIDATION_INVALID_PARAMETER, "This request cannot be understood.")


def from_validation(error: ValidationError) -> Problem:
    """Turn pydantic's list into one code, one sentence, and `details.errors` for developers."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    name = str(first["loc"][-1]) if first["loc"] else ""
    if first["type"] in _NO_OBJECT:
        code, message = codes.VALIDATION_INVALID_MESSAGE_FORMAT, "This is not a JSON object."
    elif first["type"] in ("union_tag_invalid", "union_tag_not_found"):
        code, message = codes.VALIDATION_INVALID_MESSAGE_FORMAT, "This message has no known action."
    elif first["type"] == "missing":
        code, message = codes.VALIDATION_MISSING_PARAMETER, f"The field {where} is missing."
    else:
        code = _FIELD_CODES.get(name, codes.VALIDATION_INVALID_PARAMETER)
        message = (
            f"The field {where} is wrong." if name in _FIELD_CODES else "A field of this request is wrong."
        )
    return Problem(400, code, message, details={"errors": _errors(error)})


def _errors(error: ValidationError) -> list[dict[str, str]]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [
        {"field": ".".join(map(str, one["loc"]))[:100], "problem": one["msg"][:200]} for one in found[:10]
    ]


def body_too_large() -> Problem:
    """No request of this API needs so much."""
    return Problem(413, codes.VALIDATION_MESSAGE_TOO_LARGE, "This request is larger than 64 KiB.")


def body_encoded() -> Problem:
    """A body is never unpacked: a small one may hold gigabytes (RFC 9110, section 15.5.16)."""
    return Problem(
        415,
        codes.VALIDATION_INVALID_MESSAGE_FORMAT,
        "Please send this request uncompressed: no Content-Encoding is accepted here.",
        headers={"Accept-Encoding": "identity"},
    )


def message_too_large() -> Problem:
    """A message over the WebSocket is longer than any may be."""
    return Problem(413, codes.VALIDATION_MESSAGE_TOO_LARGE, "This message is too large.")


def expectation_failed() -> Problem:
    """The Expect header names something else than 100-continue."""
    return Problem(
        417, codes.VALIDATION_INVALID_PARAMETER, "What this request expects of the server is not offered."
    )


def session_not_found() -> Problem:
    """No session has this id."""
    return Problem(404, codes.SESSION_NOT_FOUND, "There is no session with this code.")


def check_session_id(session_id: str) -> None:
    """Raises Problem 404 for what cannot be the id of a session: nothing is there, and never will be."""
    if not is_session_id(session_id):
        raise Problem(
            404, codes.SESSION_INVALID_ID_FORMAT, "This is not a session code, such as golden-eagle-427."
        )


def session_inactive() -> Problem:
    """Ended is final."""
    return Problem(409, codes.SESSION_INACTIVE, "This session has ended.")


def session_full() -> Problem:
    """All places are taken."""
    return Problem(409, codes.SESSION_MAX_LISTENERS_REACHED, "This session is full at the moment.")


def door_closed() -> Problem:
    """The speaker lets no newcomers in."""
    return Problem(409, codes.SESSION_DOOR_CLOSED, "The speaker lets nobody else in at the moment.")


def too_many_listeners(bound: int) -> Problem:
    """A session cannot be given so many places on this server."""
    return Problem(
        400,
        codes.VALIDATION_INVALID_PARAMETER,
        f"A session on this server may have at most {bound} listeners.",
    )


def not_yours() -> Problem:
    """Only the owner may do this."""
    return Problem(403, codes.AUTH_UNAUTHORIZED, "Only the person who created this session can do that.")


def key_reused() -> Problem:
    """An idempotency key stands for one request only."""
    return Problem(
        422, codes.IDEMPOTENCY_KEY_REUSED, "This Idempotency-Key was already used for a different request."
    )


def precondition_failed() -> Problem:
    """Another change came first."""
    return Problem(
        412, codes.PRECONDITION_FAILED, "This session was changed in the meantime. Please load it again."
    )


def too_many_sessions(wait_ms: int) -> Problem:
    """The hourly limit is reached; the next creation is free after `wait_ms`."""
    return Problem(
        429,
        codes.RATE_LIMIT_EXCEEDED,
        "You have created many sessions in the last hour. "
        f"Please wait {in_words(wait_ms / 1000)} before you create another.",
        retry_after_s=-(-wait_ms // 1000),
    )


def unavailable(message: str) -> Problem:
    """Something that this server needs is away; the request is good and may be sent again."""
    return Problem(503, codes.SERVICE_UNAVAILABLE, message, retry_after_s=UNAVAILABLE_RETRY_S)


def storage_unavailable() -> Problem:
    """The disk is full, cannot be written, or is gone."""
    return unavailable("Nothing can be saved on this site at the moment. Please try again in a few minutes.")


def too_many_misses(wait_s: float) -> Problem:
    """This address has tried too many codes that are none."""
    return Problem(
        429,
        codes.RATE_LIMIT_EXCEEDED,
        f"Too many wrong codes were tried from here. Please wait {in_words(wait_s)} and try again.",
        retry_after_s=math.ceil(wait_s),
    )


def too_many_calls(wait_s: float) -> Problem:
    """This user, or this address, calls too often."""
    return Problem(
        429,
        codes.RATE_LIMIT_EXCEEDED,
        f"Too many requests at once. Please wait {in_words(wait_s)} and try again.",
        retry_after_s=math.ceil(wait_s),
    )


def too_many_changes(wait_s: float) -> Problem:
    """This user changes sessions too often."""
    return Problem(
        429,
        codes.RATE_LIMIT_EXCEEDED,
        f"You have made many changes in the last minute. Please wait {in_words(wait_s)} before the next one.",
        retry_after_s=math.ceil(wait_s),
    )


def in_words(wait_s: float) -> str:
    """A time to wait, in seconds, minutes or hours, never less than it is."""
    seconds = max(1, math.ceil(wait_s))
    for unit_s, unit in ((3600, "hour"), (60, "minute")):
        if seconds > 1.5 * unit_s:
            return f"{math.ceil(seconds / unit_s)} {unit}s"
    return f"{seconds} second{'s' if seconds > 1 else ''}"


def internal_error() -> Problem:
    """Something broke; the log says what."""
    return Problem(500, codes.INTERNAL_SERVER_ERROR, "Something went wrong on the server. Please try again.")
