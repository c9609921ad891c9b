"""The HTTP API: sessions, as docs/protocol.md describes them."""

import hashlib
import re
from typing import TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ValidationError

from backend.action_log import CHANGE, CREATE, END, name_of
from backend.doors import Doors
from backend.http.entity_tags import is_known, tags_in
from backend.http.middleware import read_body
from backend.identity.token_verifier import TokenVerifier, User
from backend.logs import correlation_id
from backend.metrics import Metrics
from backend.ports import Clock
from backend.problems import (
    Problem,
    check_session_id,
    from_http_exception,
    from_validation,
    key_reused,
)
from backend.records import Session
from backend.service import SessionService
from backend.sessions.lifecycle import Creation, IdempotencyKey, Origin
from pylib.protocol import codes, figures
from pylib.protocol.sessions import SessionConfig, SessionPage, SessionUpdateRequest

CURSOR_PATTERN = r"^[0-9]{1,18}$"
IDEMPOTENCY_KEY_PATTERN = r"^[\x21-\x7e]{1,128}$"
PATH = "/sessions/{session_id:[^/]+}"
"""Any text at all: what is no session id is refused by us, with the code for it."""

NO_VERSION = -1
"""A change that expects it is refused with 412, after all else that is wrong with it was looked at."""

PAGE_SIZE = 20
MAX_PAGE_SIZE = 100

Model = TypeVar("Model", bound=BaseModel)

_BEARER = re.compile(r"Bearer +([^\s]+) *", re.IGNORECASE)
_KEY = re.compile(IDEMPOTENCY_KEY_PATTERN.strip("^$"))
_CURSOR = re.compile(CURSOR_PATTERN.strip("^$"))


class SessionsApi:
    """Everything under /sessions."""

    def __init__(
        self,
        service: SessionService,
        verifier: TokenVerifier,
        doors: Doors,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._service = service
        self._verifier = verifier
        self._doors = doors
        self._metrics = metrics
        self._clock = clock
        self._running: dict[tuple[str, str], str] = {}

    def routes(self) -> list[web.RouteDef]:
        """What this API serves, first what is asked for most: aiohttp tries them in this order."""
        return [
            web.get(PATH, self._get),
            web.patch(PATH, self._told(CHANGE, self._update)),
            web.delete(PATH, self._told(END, self._delete)),
            web.post("/sessions", self._told(CREATE, self._create)),
            web.get("/sessions", self._list),
        ]

    def _told(self, name: str, handler: Handler) -> Handler:
        """The handler of an action that the log tells of, refused or not."""

        async def handle(request: web.Request) -> web.StreamResponse:
            with self._service.actions.acting(name):
                try:
                    return await handler(request)
                except web.HTTPException as error:
                    raise from_http_exception(error) from error

        return handle

    # Sessions

    async def _create(self, request: web.Request) -> web.Response:
        started = self._clock.monotonic_s()
        user = await self._user(request)
        key = _idempotency_key(request)
        config = _parse(SessionConfig, await read_body(request))
        if key is None:
            creation = await self._service.create(user.subject, config, origin=_origin())
        else:
            creation = await self._create_once(user, key, config)
        self._doors.guesses.learn(self._doors.address(request), creation.session_id)
        headers = {"Location": f"/sessions/{creation.session_id}"}
        if creation.replayed:
            headers["Idempotent-Replayed"] = "true"
        if creation.session is not None:
            headers["ETag"] = f'"{self._etag(creation.session)}"'
        answer = _json(creation.answer, status=201, headers=headers)
        if creation.replayed:
            self._metrics.replays.labels(figures.HTTP).inc()
        else:
            self._metrics.count_creation(figures.HTTP, self._clock.monotonic_s() - started)
        return answer

    async def _create_once(self, user: User, key: str, config: SessionConfig) -> Creation:
        """Create at most one session for a key, however often and how concurrently it is sent."""
        digest = hashlib.sha256(config.model_dump_json().encode()).hexdigest()
        name = (user.subject, key)
        running = self._running.get(name)
        if running is not None:
            if running != digest:
                raise key_reused()
            raise Problem(
                409,
                codes.IDEMPOTENCY_IN_PROGRESS,
                "This request is already being worked on. Please try again in a moment.",
                retry_after_s=1,
            )
        self._running[name] = digest
        try:
            return await self._service.create(user.subject, config, IdempotencyKey(key, digest), _origin())
        finally:
            del self._running[name]

    async def _get(self, request: web.Request) -> web.Response:
        session_id = _session_id(request)
        with self._doors.guesses.trying(self._doors.address(request), session_id):
            session = await self._service.find(session_id)
        etag = self._etag(session)
        headers = {"ETag": f'"{etag}"', "Cache-Control": "no-cache"}
        if is_known(request, etag):
            return web.Response(status=304, headers=headers)
        return _json(self._service.render(session), headers=headers)

    async def _update(self, request: web.Request) -> web.Response:
        user = await self._user(request)
        session_id = _session_id(request)
        update = _parse(SessionUpdateRequest, await read_body(request))
        session = await self._find_own(request, session_id, user)
        changes = update.model_dump(exclude_unset=True)
        self._service.actions.current.name = name_of(changes)
        changed = await self._service.change(session, changes, self._expected_version(request, session))
        return _json(self._service.render(changed), headers={"ETag": f'"{self._etag(changed)}"'})

    async def _delete(self, request: web.Request) -> web.Response:
        user = await self._user(request)
        session_id = _session_id(request)
        session = await self._find_own(request, session_id, user)
        await self._service.end(session)
        return web.Response(status=204)

    async def _list(self, request: web.Request) -> web.Response:
        user = await self._user(request)
        self._doors.refuse_flood(request, self._doors.lists.take(user.subject))
        limit = _limit(request.query.get("limit", str(PAGE_SIZE)))
        before = _read_cursor(request.query.get("cursor"))
        sessions = await self._service.list_own(user.subject, before, limit + 1)
        page = SessionPage(
            items=await self._service.describe_own(sessions[:limit]),
            next_cursor=str(sessions[limit - 1].number) if len(sessions) > limit else None,
        )
        return _json(page.model_dump_json(by_alias=True, exclude_none=True))

    # Help

    async def _find_own(self, request: web.Request, session_id: str, user: User) -> Session:
        with self._doors.guesses.trying_own(self._doors.address(request)):
            return await self._service.find_own(session_id, user.subject)

    async def _user(self, request: web.Request) -> User:
        header = request.headers.get("Authorization")
        if header is None:
            raise _unauthorized(codes.AUTH_MISSING_TOKEN, "Please sign in first.")
        match = _BEARER.fullmatch(header)
        if match is None:
            raise _unauthorized(codes.AUTH_TOKEN_INVALID, "This sign-in is not valid. Please sign in again.")
        try:
            user = await self._verifier.verify(match[1])
        except Problem as problem:
            if problem.status != 401:
                raise
            raise _unauthorized(problem.code, problem.message) from problem
        self._service.actions.current.user = user.subject
        return user

    def _expected_version(self, request: web.Request, session: Session) -> int | None:
        """The version that a change may replace, by If-Match; None for any."""
        if "If-Match" not in request.headers:
            return None
        return session.version if _is_current(request, self._etag(session)) else NO_VERSION

    def _etag(self, session: Session) -> str:
        """The version of the row, which If-Match looks at, and the listeners that the body also shows."""
        return f"{session.version}.{self._service.listener_count(session)}"


def _origin() -> Origin:
    return Origin(figures.HTTP, correlation_id())


def _unauthorized(code: str, message: str) -> Problem:
    # RFC 6750, section 3.
    return Problem(401, code, message, headers={"WWW-Authenticate": "Bearer"})


def _session_id(request: web.Request) -> str:
    session_id = request.match_info["session_id"]
    check_session_id(session_id)
    return session_id


def _idempotency_key(request: web.Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise Problem(400, codes.VALIDATION_INVALID_PARAMETER, "The Idempotency-Key is not usable.")
    return key


def _parse(model: type[Model], body: bytes) -> Model:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise from_validation(error) from error


def _is_current(request: web.Request, etag: str) -> bool:
    """RFC 9110, section 13.1.1: no weak tags. The number of listeners in a tag does not count."""
    version = etag.partition(".")[0]
    tags = tags_in(request, "If-Match")
    return "*" in tags or any(tag[:1] == '"' and tag[1:-1].partition(".")[0] == version for tag in tags)


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_PAGE_SIZE):
        raise Problem(
            400, codes.VALIDATION_INVALID_PARAMETER, f"The limit is a number from 1 to {MAX_PAGE_SIZE}."
        )
    return int(text)


def _read_cursor(text: str | None) -> int | None:
    """A cursor is the number of the last session shown; clients should not care."""
    if text is not None and not _CURSOR.fullmatch(text):
        raise Problem(400, codes.VALIDATION_INVALID_PARAMETER, "The cursor is not one of ours.")
    return None if text is None else int(text)


def _json(text: str, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    all_headers = {"Content-Type": "application/json", **(headers or {})}
    return web.Response(status=status, body=text.encode(), headers=all_headers)
