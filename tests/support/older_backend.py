"""The original system's own backend, played from docs/protocol.md ("... and older servers") alone.

    async with older_backend() as backend:
        AppConfig(backend="aws", websocket_url=backend.ws_url, http_api_url=backend.url, ...)

Nobody is told of an end over HTTP. `surprises` lists what a client did that is beyond the old protocol.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.support.older_gateway import OlderGateway
from tests.support.older_sessions import OlderSession, OlderSessions

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Content-Type,Authorization",
    "Access-Control-Allow-Methods": "GET,POST,PATCH,DELETE,OPTIONS",
}
OURS = ("x-request-id", "x-correlation-id", "traceparent", "idempotency-key", "if-match", "if-none-match")
"""Headers that a page of another origin cannot send there: a browser's preflight fails."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class OlderBackend:
    """`lets_join`: whether a session that was made over HTTP may be connected to with its id.

    `answers_speaker`: whether `getSessionStatus` is answered, and whether a speaker hears that listeners
    were told of a pause. `failures` are statuses that the next calls of
    the API are answered with, after they were carried out: the answer is lost, not the request.
    """

    def __init__(self, *, lets_join: bool = True, answers_speaker: bool = True) -> None:
        self.url = self.ws_url = ""
        self.failures: list[int] = []
        self.calls: list[tuple[str, str]] = []
        self.sessions = OlderSessions()
        self.gateway = OlderGateway(self.sessions, lets_join=lets_join, answers_speaker=answers_speaker)

    @property
    def surprises(self) -> list[str]:
        """What a client sent or asked for that this backend does not know."""
        return self.gateway.surprises

    def token(self) -> str:
        """A token that proves somebody."""
        return "a.speakers.token"

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._manners])
        app.router.add_post("/sessions", self._create)
        app.router.add_get("/sessions/{id}", self._read)
        app.router.add_patch("/sessions/{id}", self._change)
        app.router.add_delete("/sessions/{id}", self._delete)
        app.router.add_get("/prod", self.gateway.connect)
        return app

    @web.middleware
    async def _manners(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """CORS, the gateway's answers of its own, and the failures that a test wants."""
        if request.method == "OPTIONS":
            return web.Response(status=204, headers=CORS)
        if request.path == "/prod":
            return await handler(request)
        self.calls.append((request.method, request.path))
        self.gateway.surprises += [f"header {name}" for name in OURS if name in request.headers]
        try:
            answer = await handler(request)
        except web.HTTPException as problem:
            answer = web.json_response({"message": problem.reason}, status=problem.status)
        if self.failures:
            answer = web.json_response({"message": "Internal Server Error"}, status=self.failures.pop(0))
        answer.headers.update(CORS)
        return answer

    async def _create(self, request: web.Request) -> web.Response:
        owner = _owner(request)
        body = await request.json()
        session = self.sessions.create(owner, body["sourceLanguage"], body["qualityTier"], over_http=True)
        return web.json_response(session.body(), status=201)

    async def _read(self, request: web.Request) -> web.Response:
        session = self.sessions.by_id.get(request.match_info["id"])
        return _failed(404, "Session not found") if session is None else _as_text(session)

    async def _change(self, request: web.Request) -> web.Response:
        session = self._owned(request)
        if session is None:
            return _failed(403, "You do not own this session")
        session.status = (await request.json()).get("status", session.status)
        return _as_text(session)

    async def _delete(self, request: web.Request) -> web.Response:
        session = self._owned(request)
        if session is None:
            return _failed(403, "You do not own this session")
        session.status = "ended"
        return web.Response(status=204)

    def _owned(self, request: web.Request) -> OlderSession | None:
        owner = _owner(request)
        session = self.sessions.by_id.get(request.match_info["id"])
        return session if session is not None and session.owner == owner else None


@asynccontextmanager
async def older_backend(**manners: Any) -> AsyncIterator[OlderBackend]:
    """Serve on a free port until the block ends; `manners` are OlderBackend's."""
    backend = OlderBackend(**manners)
    runner = web.AppRunner(backend.app(), shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    backend.url = "http://{}:{}".format(*runner.addresses[0][:2])
    backend.ws_url = backend.url.replace("http", "ws") + "/prod"
    try:
        yield backend
    finally:
        await backend.gateway.close()
        await runner.cleanup()


def _owner(request: web.Request) -> str:
    """Every token counts as valid; two people never have one token, here."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        raise web.HTTPUnauthorized(reason="Unauthorized")
    return token


def _as_text(session: OlderSession) -> web.Response:
    """GET and PATCH tell numbers as text."""
    told = {name: str(value) if isinstance(value, int) else value for name, value in session.body().items()}
    return web.json_response(told)


def _failed(status: int, said: str) -> web.Response:
    return web.json_response({"error": said, "timestamp": int(time.time() * 1000)}, status=status)
