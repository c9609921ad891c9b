"""What a listener knows of the speaker."""

from typing import Any

from pylib.realtime.client import Message

MESSAGES = (
    ("broadcastPaused", "paused", True),
    ("broadcastResumed", "paused", False),
    ("broadcastMuted", "muted", True),
    ("broadcastUnmuted", "muted", False),
    ("speakerAway", "away", True),
    ("speakerBack", "away", False),
)
"""The server's messages: which fact they tell, and what of it."""


class SpeakerState:
    """Three facts, each changed only by its own messages: a speaker may be muted, paused and away at once."""

    def __init__(self) -> None:
        self.away = False
        self.paused = False
        self.muted = False

    def looked_up(self, session: Any) -> None:
        """What the HTTP API says of the session."""
        self.paused = session.status == "paused"

    def joined(self, message: Message) -> None:
        """What `sessionJoined` says; a speaker who is away is told right after it."""
        self.away = False
        self.paused = message.get("status") == "paused"
        self.muted = message.get("muted") is True

    @property
    def detail(self) -> str:
        """The most important of it, as a key of `texts.STATES`; empty while speaking."""
        if self.away:
            return "speaker-away"
        if self.paused:
            return "speaker-paused"
        return "speaker-muted" if self.muted else ""

    @property
    def at_rest(self) -> bool:
        """Whether no sound is to be expected."""
        return self.away or self.paused
