"""HTTP without a network: scripted answers, and a small server that keeps sessions. Portable."""

import asyncio
import json
from typing import Any, Callable

from pylib.errors import NetworkError, RequestTimeout
from pylib.ports import HttpRequest, HttpResponse

SESSION: "dict[str, Any]" = {
    "sessionId": "golden-eagle-427",
    "speakerId": "speaker-1",
    "sourceLanguage": "en",
    "qualityTier": "standard",
    "status": "active",
    "listenerCount": 0,
    "createdAt": 1_700_000_000_000,
    "updatedAt": 1_700_000_000_000,
}
"""A SessionMetadata body."""


def answer(status: int, body: Any = "", **headers: str) -> HttpResponse:
    """An answer; `retry_after="2"` becomes the header `retry-after`, a body that is no text becomes JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(status, named, body if isinstance(body, str) else json.dumps(body))


def problem(status: int, code: str, **headers: str) -> HttpResponse:
    """An error answer as the server words it."""
    body = {"type": "error", "status": status, "code": code, "message": code, "detail": code, "details": {}}
    return answer(status, body, **headers)


def lost() -> NetworkError:
    """The answer that never came."""
    return NetworkError("connection reset")


def too_slow() -> RequestTimeout:
    """The answer that took too long."""
    return RequestTimeout("no answer in time")


class FakeHttp:
    """Implements ports.HttpTransport: what to answer is a list of answers, or a function of the request.

    An exception in either is raised. The last answer of a list repeats.
    """

    def __init__(self, *answers: Any) -> None:
        self.requests: list[HttpRequest] = []
        self.answers = list(answers)

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Answer as scripted."""
        self.requests.append(request)
        await asyncio.sleep(0)
        return _given(self.answers[0] if len(self.answers) == 1 else self.answers.pop(0), request)

    def header(self, name: str) -> "list[str]":
        """This header of every request so far, empty where it was not sent."""
        return [request.headers.get(name, "") for request in self.requests]


class HangingHttp:
    """Implements ports.HttpTransport: no request is acted on before `release`; tells if one was aborted."""

    def __init__(self, answer: Any) -> None:
        self.requests: list[HttpRequest] = []
        self.aborted = 0
        self._answer = answer
        self._released = asyncio.Event()

    def release(self) -> None:
        """Answer all requests that wait, and all from now on."""
        self._released.set()

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Wait for `release`."""
        self.requests.append(request)
        try:
            await self._released.wait()
        except asyncio.CancelledError:
            self.aborted += 1
            raise
        return _given(self._answer, request)


def _given(answer: Any, request: HttpRequest) -> HttpResponse:
    """An answer as scripted: itself, an exception to raise, or what a function makes of the request."""
    if callable(answer):
        answer = answer(request)
    if isinstance(answer, Exception):
        raise answer
    given: HttpResponse = answer
    return given


class FakeSessionServer:
    """The HTTP API's sessions in memory: ids, ETags, idempotency. Hand it to FakeHttp as its answer.

    `fault(request)` may return "before" or "after": the request is lost, or its answer is.
    """

    def __init__(self, fault: "Callable[[HttpRequest], str] | None" = None) -> None:
        self.sessions: dict[str, dict[str, Any]] = {}
        self.creations = 0
        self._fault = fault or (lambda request: "")
        self._answers_by_key: dict[str, tuple[str, HttpResponse]] = {}

    def __call__(self, request: HttpRequest) -> "HttpResponse | NetworkError":
        """Answer one request, unless it or its answer gets lost."""
        fault = self._fault(request)
        if fault == "before":
            return lost()
        response = self._handle(request)
        return lost() if fault == "after" else response

    def _handle(self, request: HttpRequest) -> HttpResponse:
        session_id = request.url.split("/sessions")[1].strip("/")
        if request.method == "POST":
            return self._create(request)
        session = self.sessions.get(session_id)
        if session is None:
            return problem(404, "SESSION_NOT_FOUND")
        if request.method == "DELETE":
            del self.sessions[session_id]
            return answer(204)
        if request.method == "PATCH":
            session.update(json.loads(request.body))
            session["updatedAt"] += 1
        return self._read(request, session)

    def _read(self, request: HttpRequest, session: "dict[str, Any]") -> HttpResponse:
        etag = '"' + str(session["updatedAt"]) + '"'
        if request.method == "GET" and request.headers.get("If-None-Match") == etag:
            return answer(304, etag=etag)
        return answer(200, session, etag=etag)

    def _create(self, request: HttpRequest) -> HttpResponse:
        key = request.headers["Idempotency-Key"]
        known = self._answers_by_key.get(key)
        if known is not None:
            return known[1] if known[0] == request.body else problem(422, "IDEMPOTENCY_KEY_REUSED")
        self.creations += 1
        session = dict(SESSION)
        session.update(json.loads(request.body))
        session["sessionId"] = "golden-eagle-" + str(100 + self.creations)
        self.sessions[session["sessionId"]] = session
        response = answer(201, session)
        self._answers_by_key[key] = (request.body, response)
        return response


def uuids() -> Callable[[], str]:
    """Makes a new UUID-shaped text each time it is called: always the same ones, in order."""
    count = [0]

    def new_id() -> str:
        count[0] += 1
        return "00000000-0000-4000-8000-" + ("000000000000" + str(count[0]))[-12:]

    return new_id
