"""What every request passes through: ids, errors as problem+json, CORS, a log line at DEBUG, counts."""

import asyncio
import logging
import random
import re

from aiohttp import web
from aiohttp.typedefs import Handler

from backend.attack_log import ENCODED_BODY, SLOW_REQUEST
from backend.doors import Doors
from backend.http.connection import EXPECT
from backend.logs import RequestIds, current_ids, usable_id
from backend.metrics import Metrics
from backend.origins import Origins
from backend.ports import Clock, StoreUnavailable
from backend.problems import (
    Problem,
    body_encoded,
    body_too_large,
    expectation_failed,
    from_http_exception,
    internal_error,
    problem_response,
    storage_unavailable,
)
from backend.proxies import list_header
from pylib.protocol import codes

BODY_TIMEOUT_S = 10.0

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
"""https://www.w3.org/TR/trace-context/#traceparent-header"""

log = logging.getLogger("lectern.http")


class RequestMiddleware:
    """aiohttp middleware."""

    def __init__(self, origins: Origins, doors: Doors, metrics: Metrics, clock: Clock) -> None:
        self._origins = origins
        self._doors = doors
        self._metrics = metrics
        self._clock = clock

    def install(self, app: web.Application) -> None:
        """Put this in front of everything the app serves."""
        app.middlewares.append(self._handle)

    @web.middleware
    async def _handle(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        ids = _read_ids(request)
        current_ids.set(ids)
        started = self._clock.monotonic_s()
        response = self._origins.preflight(request)
        if response is not None:
            self._add_headers(request, response, ids)
            return response
        answer = await self._answer(request, handler, ids)
        # A WebSocket's handshake was answered past aiohttp, and its headers have left.
        if not answer.prepared:
            self._add_headers(request, answer, ids)
            if not request.content.is_eof():
                # The rest of an unwanted body is not worth keeping the connection for.
                answer.force_close()
        self._note(request, answer.status, self._clock.monotonic_s() - started)
        return answer

    async def _answer(self, request: web.Request, handler: Handler, ids: RequestIds) -> web.StreamResponse:
        """What the handler answers, or the refusal for what it raises."""
        try:
            _check_body(request)
            return await handler(request)
        except Problem as problem:
            self._note_attack(request, problem)
            return self._refuse(problem, ids)
        except web.HTTPException as error:
            return self._refuse(from_http_exception(error), ids)
        except StoreUnavailable:
            return self._refuse(storage_unavailable(), ids)
        except Exception:
            log.exception("a request could not be answered")
            return self._refuse(internal_error(), ids)

    def _note_attack(self, request: web.Request, problem: Problem) -> None:
        kind = {408: SLOW_REQUEST, 415: ENCODED_BODY}.get(problem.status)
        if kind is not None:
            self._doors.attacks.note(kind, self._doors.address(request))

    def _refuse(self, problem: Problem, ids: RequestIds) -> web.Response:
        self._metrics.errors.labels("http", problem.code).inc()
        return problem_response(problem, ids.request_id, self._clock.now_ms())

    def _note(self, request: web.Request, status: int, seconds: float) -> None:
        resource = request.match_info.route.resource
        route = "unknown" if resource is None else resource.canonical
        if status != 101:
            self._metrics.count_request(route, request.method, status, seconds)
        if log.isEnabledFor(logging.DEBUG):
            # The path only: tokens may stand in a query.
            log.debug(
                "request",
                extra={
                    "method": request.method,
                    "path": request.path,
                    "status": status,
                    "milliseconds": round(seconds * 1000, 1),
                },
            )

    def _add_headers(self, request: web.Request, answer: web.StreamResponse, ids: RequestIds) -> None:
        answer.headers.update(
            {
                "X-Request-ID": ids.request_id,
                "X-Correlation-ID": ids.correlation_id,
                "Server": "lectern",
                "X-Content-Type-Options": "nosniff",
            }
        )
        self._origins.add_headers(request, answer)


def _check_body(request: web.Request) -> None:
    """What can be said of a body before any of it is read. Raises Problem 413, 415 or 417."""
    codings = [*list_header(request, "Content-Encoding"), *list_header(request, "Transfer-Encoding")]
    if {name.lower() for name in codings} - {"identity", "chunked"}:
        raise body_encoded()
    if request.content_length is not None and request.content_length > request.client_max_size:
        raise body_too_large()
    if request.get(EXPECT, "100-continue").lower() != "100-continue":
        raise expectation_failed()


async def read_body(request: web.Request) -> bytes:
    """The whole body. Raises Problem 408 or 400, also when its sender has left, and aiohttp's own 413.

    Call this when all that can be checked without the body has been: until then a client that asks first
    (`Expect: 100-continue`) sends none.
    """
    try:
        if request.transport is None and not request.content.is_eof():
            # Its sender left while it waited for its turn, and aiohttp would raise an error that has no name.
            raise ConnectionResetError
        if request.get(EXPECT) is not None:
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0
        async with asyncio.timeout(BODY_TIMEOUT_S):
            return await request.read()
    except TimeoutError as error:
        raise Problem(408, codes.REQUEST_TIMEOUT, "The request took too long to arrive.") from error
    except (web.RequestPayloadError, ConnectionError) as error:
        # A client that has left in the middle is told as well, in vain: it is no error of ours.
        raise Problem(
            400, codes.VALIDATION_INVALID_MESSAGE_FORMAT, "The body of this request is broken."
        ) from error


def _read_ids(request: web.Request) -> RequestIds:
    headers = request.headers
    # An id tells requests apart and need not be secret: the cheap kind of random number.
    request_id = usable_id(headers.get("X-Request-ID")) or f"{random.getrandbits(128):032x}"
    correlation_id = usable_id(headers.get("X-Correlation-ID")) or request_id
    trace = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    return RequestIds(request_id, correlation_id, trace[1] if trace else "")
