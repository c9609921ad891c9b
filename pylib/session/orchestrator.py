"""SessionCreationOrchestrator: from "start" to a live connection, the new way or the older one.

    http:       POST /sessions, then connect with the session's id
    websocket:  connect, then createSession (LegacySessionService)

It never falls back from one to the other while the first answer is unknown: that would make two
sessions. Whatever fails or is aborted on the way leaves no session behind.

Some deployed states of the original system's backend make a session over HTTP and then let nobody
connect with its id. With `falls_back` such a session is ended, and one is made the older way.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, NamedTuple

from pylib.config.rollout import CreationMode, Mode
from pylib.errors import Aborted, LecternError, RequestTimeout
from pylib.ports import Clock
from pylib.protocol import codes
from pylib.session.deadlines import Background, within
from pylib.session.error_texts import text_for_error
from pylib.session.http_service import SessionHttpService
from pylib.session.legacy_service import LegacySessionService, LiveClient

CREATE_TIMEOUT_S = 60.0
"""Room for four attempts of 10 s with their waits; a person rarely has more patience."""

CONNECT_TIMEOUT_S = 10.0

JOIN_TIMEOUT_S = 5.0
"""Where there is another way. A gateway refuses in the handshake, which looks like no network to a page."""

MODE_NAMES: dict[Mode, str] = {
    "http": "HTTP-based session creation (hybrid mode)",
    "websocket": "WebSocket-based session creation (legacy mode)",
}

_ABORT = "aborted"
"""The message of a cancellation that `abort` asked for, to tell it from any other."""

log = logging.getLogger("lectern.session")


class CreationResult(NamedTuple):
    """A session id and a connected client, or an error (a sentence), its code and the wait it asks for."""

    success: bool
    session_id: str
    client: LiveClient | None
    error: str
    error_code: str
    mode: Mode
    duration_ms: float
    retry_after_s: float | None = None


class SessionCreationOrchestrator:
    """Creates one session at a time.

    Args:
        mode: Which way, and why (`rollout.creation_mode`).
        clock: Time.
        new_http_service: Gives the service for http mode; not called in the other.
        new_legacy_service: Gives the service for websocket mode; not called in the other.
        new_client: Makes a client that is not connected yet, for http mode.
        new_id: Makes the correlation id of each creation, by which logs follow it.
        falls_back: Whether a session that was made over HTTP and cannot be joined is made the older way.
        on_created: Called once there is a session, before it is connected to in http mode.
    """

    def __init__(
        self,
        mode: CreationMode,
        clock: Clock,
        *,
        new_http_service: Callable[[], SessionHttpService],
        new_legacy_service: Callable[[], LegacySessionService],
        new_client: Callable[[], LiveClient],
        new_id: Callable[[], str],
        falls_back: bool = False,
        on_created: Callable[[], None] = lambda: None,
        create_timeout_s: float = CREATE_TIMEOUT_S,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
    ) -> None:
        self.background = Background()
        self._mode = mode
        self._clock = clock
        self._new_http_service = new_http_service
        self._new_legacy_service = new_legacy_service
        self._new_client = new_client
        self._new_id = new_id
        self._correlation_id = ""
        self._falls_back = falls_back
        self._on_created = on_created
        self._create_timeout_s = create_timeout_s
        self._connect_timeout_s = connect_timeout_s
        self._creating: asyncio.Task[Any] | None = None

    async def create(self, session_config: dict[str, Any]) -> CreationResult:
        """Create a session from a SessionConfig body and connect to it. Never raises a LecternError."""
        started_s = self._clock.monotonic_s()
        if self._creating is not None:
            busy = LecternError("A talk is already being opened.", code=codes.CREATION_IN_PROGRESS)
            return self._failed(busy, started_s)
        log.info("Using %s: %s", MODE_NAMES[self._mode.mode], self._mode.why)
        self._correlation_id = self._new_id()
        self._creating = asyncio.current_task()
        try:
            client, mode = await self._create(session_config)
        except LecternError as error:
            return self._failed(error, started_s)
        except asyncio.CancelledError as cancellation:
            if self._creating is None or _ABORT not in cancellation.args:
                raise
            self._creating.uncancel()
            return self._failed(Aborted("Starting was cancelled."), started_s)
        finally:
            self._creating = None
        log.info("session %s is live, correlation %s", client.session_id, self._correlation_id)
        return CreationResult(True, client.session_id, client, "", "", mode, self._elapsed_ms(started_s))

    def abort(self) -> None:
        """The person changed their mind: `create` ends with ABORTED, and no session is left behind.

        Cancelling the task that runs `create` does that, too, and ends with CancelledError as usual.
        """
        if self._creating is not None and not self._creating.cancelling():
            self._creating.cancel(_ABORT)

    async def _create(self, session_config: dict[str, Any]) -> tuple[LiveClient, Mode]:
        """The connected client, and the mode in which its session was made."""
        if self._mode.mode == "http":
            service = self._new_http_service()
            session_id = await self._make_over_http(service, session_config)
            self._on_created()
            try:
                return await self._join(service, session_id), "http"
            except LecternError as error:
                if not self._falls_back:
                    raise
                log.warning("session %s cannot be joined, %s: the older way now", session_id, error.code)
        legacy_service = self._new_legacy_service()
        client = await legacy_service.create_session(session_config, correlation_id=self._correlation_id)
        self._on_created()
        return client, "websocket"

    async def _join(self, service: SessionHttpService, session_id: str) -> LiveClient:
        """Connect to a session that was made over HTTP; when that fails, the session is ended."""
        client = self._new_client()
        try:
            limit_s = JOIN_TIMEOUT_S if self._falls_back else self._connect_timeout_s
            await client.connect(session_id, limit_s)
        except (LecternError, asyncio.CancelledError):
            self.background.start(_end_unjoined(service, client, session_id, self._correlation_id))
            raise
        return client

    async def _make_over_http(self, service: SessionHttpService, session_config: dict[str, Any]) -> str:
        """Create; returns the id. After a timeout the key stays, so the next press finds the same session."""
        correlation_id = self._correlation_id
        making = asyncio.create_task(service.create_session(session_config, correlation_id=correlation_id))
        try:
            session = await within(self._clock, asyncio.shield(making), self._create_timeout_s)
        except RequestTimeout:
            making.cancel()
            raise
        except asyncio.CancelledError:
            # The server may have acted already: let it finish, so that there is an id to end. The
            # next press must not share its key, or it would be given the session that is ended here.
            self.background.start(_end_when_made(service, making, correlation_id))
            service.forget_pending_creation()
            raise
        return str(session.session_id)

    def _failed(self, error: LecternError, started_s: float) -> CreationResult:
        log.warning("no session was made: %s, correlation %s", error.code, self._correlation_id)
        return CreationResult(
            *(False, "", None, text_for_error(error), error.code, self._mode.mode),
            duration_ms=self._elapsed_ms(started_s),
            retry_after_s=error.retry_after_s,
        )

    def _elapsed_ms(self, started_s: float) -> float:
        return (self._clock.monotonic_s() - started_s) * 1000


async def _end_unjoined(
    service: SessionHttpService, client: LiveClient, session_id: str, correlation_id: str
) -> None:
    await client.close()
    await service.delete_session(session_id, correlation_id=correlation_id)


async def _end_when_made(
    service: SessionHttpService, making: "asyncio.Task[Any]", correlation_id: str
) -> None:
    session = await making
    await service.delete_session(session.session_id, correlation_id=correlation_id)
