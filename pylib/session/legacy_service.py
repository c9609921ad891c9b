"""LegacySessionService: create a session over the WebSocket, the way before the HTTP API.

A WebSocket message carries no idempotency key. So each call makes a connection of its own and asks
once; when the answer does not come in time, the connection stays a moment longer, and the session that
the server may have made is ended over it.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from pylib.errors import LecternError, RealtimeError, RequestUnanswered
from pylib.ports import Clock
from pylib.protocol import codes, message_types
from pylib.protocol.plain import is_session_id
from pylib.session.deadlines import Background
from pylib.session.error_texts import BY_CODE

LATE_ANSWER_S = 2.0
"""How long a connection whose caller gave up still waits for the new session's id, to end it by that id."""

ABANDONED = "creation abandoned"


class LiveClient(Protocol):
    """What creating a session needs of a live connection; `realtime.client.RealtimeClient` is one."""

    session_id: str

    async def connect(self, session_id: str = "", timeout_s: float = 10.0) -> dict[str, Any]:
        """Connect; returns `welcome`. Raises ConnectionRefused or RequestUnanswered."""

    async def request(
        self,
        action: str,
        fields: dict[str, Any],
        expect: str,
        timeout_s: float = 10.0,
        *,
        request_id: str = "",
    ) -> dict[str, Any]:
        """Send a request; returns its answer. Raises RequestFailed, RequestUnanswered or RealtimeError."""

    def send(self, action: str, fields: dict[str, Any] | None = None) -> None:
        """Send a message, or forget it when there is no connection."""

    def on(self, message_type: str, handler: Callable[[dict[str, Any]], None], /) -> None:
        """Call `handler` with each message of this type."""

    async def close(self) -> None:
        """Leave for good; closing twice is fine."""


class LegacySessionService:
    """Creates sessions with `createSession`.

    Args:
        new_client: Makes a client that is not connected yet.
        clock: Time.
        timeout_s: For connecting, and again for the answer.
    """

    def __init__(
        self, new_client: Callable[[], LiveClient], clock: Clock, *, timeout_s: float = 10.0
    ) -> None:
        self._new_client = new_client
        self._clock = clock
        self._timeout_s = timeout_s
        self.background = Background()

    async def create_session(self, config: dict[str, Any], *, correlation_id: str = "") -> LiveClient:
        """Create a session from a SessionConfig body; returns the client connected to it.

        The request's id is the correlation id of the user action, where one is given.
        Raises ConnectionRefused, RequestFailed, RequestUnanswered or RealtimeError; no session
        is left behind then.
        """
        client = self._new_client()
        try:
            await client.connect("", self._timeout_s)
            answer = await client.request(
                message_types.CREATE_SESSION,
                config,
                message_types.SESSION_CREATED,
                self._timeout_s,
                request_id=correlation_id,
            )
            # From here on a reconnect asks for this session instead of making another.
            client.session_id = _session_id(answer)
        except (RequestUnanswered, asyncio.CancelledError):
            self.background.start(self._end_late_session(client))
            raise
        except LecternError:
            await client.close()
            raise
        return client

    async def _end_late_session(self, client: LiveClient) -> None:
        """End the session of a caller that gave up: at once without an id, then by the id in the answer."""
        answered = asyncio.Event()

        def end(message: dict[str, Any]) -> None:
            client.send(
                message_types.END_SESSION, {"sessionId": message.get("sessionId"), "reason": ABANDONED}
            )
            answered.set()

        client.on(message_types.SESSION_CREATED, end)
        client.send(message_types.END_SESSION, {"reason": ABANDONED})
        timer = self._clock.call_later(LATE_ANSWER_S, answered.set)
        await answered.wait()
        timer.cancel()
        await client.close()


def _session_id(answer: dict[str, Any]) -> str:
    session_id = answer.get("sessionId")
    if not isinstance(session_id, str) or not is_session_id(session_id):
        raise RealtimeError(BY_CODE[codes.ANSWER_UNREADABLE], code=codes.ANSWER_UNREADABLE)
    return session_id
