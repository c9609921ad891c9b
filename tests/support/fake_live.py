"""A live connection that does as it is told: implements session.legacy_service.LiveClient."""

import asyncio
from collections.abc import Callable
from typing import Any

from pylib.errors import RequestUnanswered
from tests.support.fake_clock import FakeClock

HANG = "hang"


class FakeLive:
    """`connect_outcome` and `answer` are what to return, an exception to raise, or HANG.

    `join_outcome` is that of connecting with a session's id, where it differs.
    """

    def __init__(
        self, clock: FakeClock, *, connect_outcome: Any = None, join_outcome: Any = None, answer: Any = None
    ) -> None:
        self.session_id = ""
        self.connects: list[str] = []
        self.requests: list[tuple[str, dict[str, Any], str]] = []
        self.request_ids: list[str] = []
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.closed = 0
        self._clock = clock
        self._connect_outcome = connect_outcome or {"type": "welcome"}
        self._join_outcome = join_outcome or self._connect_outcome
        self._answer = answer or {"type": "sessionCreated", "sessionId": "golden-eagle-427"}
        self._handlers: dict[str, list[Callable[[dict[str, Any]], None]]] = {}

    async def connect(self, session_id: str = "", timeout_s: float = 10.0) -> dict[str, Any]:
        """Do as told."""
        self.connects.append(session_id)
        self.session_id = session_id
        return await self._outcome(self._join_outcome if session_id else self._connect_outcome, timeout_s)

    async def request(
        self,
        action: str,
        fields: dict[str, Any],
        expect: str,
        timeout_s: float = 10.0,
        *,
        request_id: str = "",
    ) -> dict[str, Any]:
        """Do as told."""
        self.request_ids.append(request_id)
        self.requests.append((action, fields, expect))
        return await self._outcome(self._answer, timeout_s)

    def send(self, action: str, fields: dict[str, Any] | None = None) -> None:
        """Note it, unless the connection is closed."""
        if not self.closed:
            self.sent.append((action, fields or {}))

    def on(self, message_type: str, handler: Callable[[dict[str, Any]], None], /) -> None:
        """Remember the handler for `hear`."""
        self._handlers.setdefault(message_type, []).append(handler)

    async def close(self) -> None:
        """Count it."""
        self.closed += 1

    def hear(self, message: dict[str, Any]) -> None:
        """The server says this."""
        for handler in self._handlers.get(message["type"], []):
            handler(message)

    async def _outcome(self, outcome: Any, timeout_s: float) -> dict[str, Any]:
        await asyncio.sleep(0)
        if outcome == HANG:
            await self._clock.sleep(timeout_s)
            raise RequestUnanswered("The server did not answer in time. Please try again.")
        if isinstance(outcome, Exception):
            raise outcome
        told: dict[str, Any] = outcome
        return told
