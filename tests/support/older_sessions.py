"""What the original system's backend remembers: sessions, and who is connected to each."""

import itertools
import time
from typing import Any

from aiohttp import web


class OlderSession:
    """A session; `speaker` and `listeners` are those who joined over the socket."""

    def __init__(self, session_id: str, owner: str, language: str, tier: str, *, over_http: bool) -> None:
        self.session_id, self.owner = session_id, owner
        self.language, self.tier = language, tier
        self.over_http = over_http
        self.status = "active"
        self.speaker: web.WebSocketResponse | None = None
        self.listeners: list[web.WebSocketResponse] = []
        self.chunks = itertools.count()
        self._created_ms = int(time.time() * 1000)

    def body(self) -> dict[str, Any]:
        """SessionMetadata."""
        return {
            "sessionId": self.session_id,
            "speakerId": "speaker-1",
            "sourceLanguage": self.language,
            "qualityTier": self.tier,
            "status": self.status,
            "listenerCount": len(self.listeners),
            "createdAt": self._created_ms,
            "updatedAt": self._created_ms,
        }


class OlderSessions:
    """All sessions, by id."""

    def __init__(self) -> None:
        self.by_id: dict[str, OlderSession] = {}
        self._numbers = itertools.count(100)

    def create(self, owner: str, language: str, tier: str, *, over_http: bool) -> OlderSession:
        session = OlderSession(
            f"golden-eagle-{next(self._numbers)}", owner, language, tier, over_http=over_http
        )
        self.by_id[session.session_id] = session
        return session
