"""What a listener's page knows of the speaker. Portable."""

from typing import Any, Callable

from pylib.protocol import message_types
from pylib.realtime.client import Message, RealtimeClient

MESSAGES = (
    (message_types.BROADCAST_PAUSED, "paused", True),
    (message_types.BROADCAST_RESUMED, "paused", False),
    (message_types.BROADCAST_MUTED, "muted", True),
    (message_types.BROADCAST_UNMUTED, "muted", False),
    (message_types.SPEAKER_AWAY, "away", True),
    (message_types.SPEAKER_BACK, "away", False),
)
"""The server's messages: the fact that each changes, and its new value."""


class SpeakerState:
    """Three facts, each changed only by its own messages: a speaker may be muted, paused and away at once.

    `came` when this speaker was there before: a speaker who is away and never came has not begun yet.
    """

    def __init__(self) -> None:
        self.away = False
        self.paused = False
        self.muted = False
        self.came = False

    def looked_up(self, session: Any) -> None:
        """What the HTTP API says of the session."""
        self.paused = session.status == "paused"

    def joined(self, message: Message) -> None:
        """What `sessionJoined` says; when the speaker is away, `speakerAway` follows it."""
        self.away = False
        self.paused = message.get("status") == "paused"
        self.muted = message.get("muted") is True

    def subscribe(self, client: RealtimeClient, changed: Callable[[], None]) -> None:
        """Learn from the server's messages; `changed` is called after each."""
        for message, fact, value in MESSAGES:
            client.on(message, self._setter(fact, value, changed))

    def _setter(self, fact: str, value: bool, changed: Callable[[], None]) -> Callable[[Message], None]:
        def receive(message: Message) -> None:
            setattr(self, fact, value)
            # `graceMs`, how long a talk waits for its speaker, comes only with a speaker who was there.
            self.came = self.came or message["type"] == message_types.SPEAKER_BACK or "graceMs" in message
            changed()

        return receive

    @property
    def at_rest(self) -> bool:
        """Whether no sound is to be expected."""
        return self.away or self.paused
