"""LegacySessionService: create a session over the WebSocket, the way before the HTTP API.

There is no idempotency key here, so a lost answer is handled differently: each attempt
has a connection of its own, asks once, and when no answer comes that connection is told to
end whatever it made before it closes.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from pylib.errors import LecternError, RealtimeError, RequestUnanswered
from pylib.ports import Clock
from pylib.protocol import codes, message_types
from pylib.protocol.plain import is_session_id
from pylib.session.deadlines import Background
from pylib.session.error_texts import BY_CODE
from pylib.session.live import LiveClient

LATE_ANSWER_S = 2.0
"""How long an abandoned connection still waits for its answer, to end the session by name."""

ABANDONED = "creation abandoned"


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

    async def create_session(self, config: dict[str, Any]) -> LiveClient:
        """Create a session from a SessionConfig body; returns the client connected to it.

        Raises ConnectionRefused, RequestFailed, RequestUnanswered or RealtimeError; no session
        is left behind then.
        """
        client = self._new_client()
        try:
            await client.connect("", self._timeout_s)
            answer = await client.request(
                message_types.CREATE_SESSION, config, message_types.SESSION_CREATED, self._timeout_s
            )
            # From here on a reconnect asks for this session instead of making another.
            client.session_id = _session_id(answer)
        except (RequestUnanswered, asyncio.CancelledError):
            self.background.start(self._end_what_comes(client))
            raise
        except LecternError:
            await client.close()
            raise
        return client

    async def _end_what_comes(self, client: LiveClient) -> None:
        """End the session that nobody waits for any more, with or without knowing its id."""
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
