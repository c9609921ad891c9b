"""The second listening socket. It shares the event loop with the public one, and takes turns with it."""

import errno
import logging
import random
import socket
from collections.abc import AsyncIterator, Iterable

from aiohttp import web
from aiohttp.typedefs import Handler

from backend.attack_log import NO_OPERATOR
from backend.doorkeeper import Doorkeeper
from backend.doors import Doors
from backend.http.connection import DoorRunner
from backend.operators.access import Access, OperatorsUnusable, read_token
from backend.ports import StoreUnavailable
from backend.problems import (
    Problem,
    from_http_exception,
    internal_error,
    problem_response,
    storage_unavailable,
)
from backend.settings import AdminSettings

SHUTDOWN_S = 1.0
MAX_CONNECTIONS = 64
"""Beside those of the public: operators can look also while that is full. Only half of these may be idle."""

TAKEN = (errno.EADDRINUSE, errno.EACCES)

log = logging.getLogger("lectern.operators")


class OperatorsSocket:
    """Serves `routes` to operators.

    Attributes:
        url: where, once it listens; empty before.

    Args:
        doors: where requests take turns with those of the public, and attacks are told.
    """

    def __init__(
        self,
        admin: AdminSettings,
        routes: Iterable[web.RouteDef],
        doors: Doors,
    ) -> None:
        self.url = ""
        self._admin = admin
        keeper = Doorkeeper(MAX_CONNECTIONS, doors.limits, doors.attacks, doors.clock)
        self._doors = doors._replace(keeper=keeper)
        self._access = Access("")
        self._app = web.Application(middlewares=[self._handle])
        self._app.add_routes(routes)

    async def run(self, _: web.Application) -> AsyncIterator[None]:
        """Listen while the app runs that this is a cleanup context of. Raises OperatorsUnusable."""
        self._access = Access(read_token(self._admin))
        runner = DoorRunner(self._app, self._doors, shutdown_timeout=SHUTDOWN_S)
        await runner.setup()
        try:
            await self._listen(runner)
            host = f"[{self._admin.host}]" if ":" in self._admin.host else self._admin.host
            self.url = f"http://{host}:{runner.addresses[0][1]}"
            yield
        finally:
            await runner.cleanup()

    async def _listen(self, runner: web.AppRunner) -> None:
        admin = self._admin
        try:
            try:
                await web.TCPSite(runner, admin.host, admin.port).start()
            except OSError as error:
                if not admin.or_any_port or error.errno not in TAKEN:
                    raise
                await web.TCPSite(runner, admin.host, 0).start()
        except (OSError, UnicodeError) as error:
            raise _unusable(admin, error) from error

    @web.middleware
    async def _handle(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            self._check(request)
            answer = await handler(request)
        except Problem as problem:
            answer = self._refuse(problem)
        except web.HTTPException as error:
            answer = self._refuse(from_http_exception(error))
        except StoreUnavailable:
            answer = self._refuse(storage_unavailable())
        except Exception:
            log.exception("a request of an operator could not be answered")
            answer = self._refuse(internal_error())
        if not answer.prepared:
            answer.headers.setdefault("Cache-Control", "no-store")
            answer.headers["X-Content-Type-Options"] = "nosniff"
            answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return answer

    def _check(self, request: web.Request) -> None:
        try:
            self._access.check(request)
        except Problem:
            # A browser asks without a token first, and then its visitor for one.
            if "Authorization" in request.headers or not self._access.asks_for_token:
                self._doors.attacks.note(NO_OPERATOR, self._doors.address(request))
            raise

    def _refuse(self, problem: Problem) -> web.Response:
        request_id = f"{random.getrandbits(128):032x}"
        answer = problem_response(problem, request_id, self._doors.clock.now_ms())
        answer.headers["X-Request-ID"] = request_id
        return answer


def _unusable(admin: AdminSettings, error: OSError | UnicodeError) -> OperatorsUnusable:
    if isinstance(error, UnicodeError | socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return OperatorsUnusable(
            f"{admin.host} is no address of this machine. Choose another one: --admin 127.0.0.1:8001"
        )
    return OperatorsUnusable(
        f"Port {admin.port} on {admin.host}, for /status, cannot be used ({error.strerror}). "
        "Choose another one: --admin 127.0.0.1:8002"
    )
