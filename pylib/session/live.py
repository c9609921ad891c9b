"""What creating a session needs of the live connection; `realtime.client.RealtimeClient` is one."""

from collections.abc import Callable
from typing import Any, Protocol


class LiveClient(Protocol):
    """One person's live connection."""

    session_id: str

    async def connect(self, session_id: str = "", timeout_s: float = 10.0) -> dict[str, Any]:
        """Connect; returns `welcome`. Raises ConnectionRefused or RequestUnanswered."""

    async def request(
        self, action: str, fields: dict[str, Any], expect: str, timeout_s: float = 10.0
    ) -> dict[str, Any]:
        """Send a request; returns its answer. Raises RequestFailed, RequestUnanswered or RealtimeError."""

    def send(self, action: str, fields: dict[str, Any] | None = None) -> None:
        """Send a message, or forget it when there is no connection."""

    def on(self, message_type: str, handler: Callable[[dict[str, Any]], None], /) -> None:
        """Call `handler` with each message of this type."""

    async def close(self) -> None:
        """Leave for good; closing twice is fine."""
