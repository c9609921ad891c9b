"""What a server says over the WebSocket, as pydantic models.

On the wire each has its `type` and a `timestamp` (ms since the epoch, added when it is sent) beside the
fields here. A field with a default is left out while it has that default; one without is always there,
and null where nothing is known. The pages read plain dicts.
"""

from typing import Any, ClassVar, Literal, Self

from pydantic import ConfigDict

from pylib.protocol import message_types
from pylib.protocol.sessions import WireModel


class ServerMessage(WireModel):
    """Any message; the answer to a request repeats its `request_id`."""

    model_config = ConfigDict(extra="forbid")

    type: ClassVar[str]

    request_id: str | None = None

    def answering(self, request_id: str | None) -> Self:
        """A copy that answers this request; the message itself when the request had no id."""
        return self.model_copy(update={"request_id": request_id}) if request_id else self

    def body(self, now_ms: int) -> dict[str, Any]:
        """The JSON object that is sent at `now_ms`, milliseconds since the epoch."""
        fields = self.model_dump(by_alias=True, exclude_defaults=True)
        return {"type": self.type, "timestamp": now_ms, **fields}


# The connection


class Welcome(ServerMessage):
    """First of all. `session_id` is None, and `epoch` 0, on a legacy connection: it has no session yet.

    `epoch` names the room's life on this server: sequence numbers mean nothing across two of them.
    `from_seq` is the number that a speaker goes on with, a listener's next frame; `resumed` says that
    nothing was lost since the connection that was to be resumed. `grace_ms` is how long the session waits
    for a speaker who goes away.
    """

    type = message_types.WELCOME

    connection_id: str
    role: Literal["speaker", "listener"]
    session_id: str | None
    epoch: int
    resumed: bool
    from_seq: int
    grace_ms: int
    features: list[str]


class HeartbeatAck(ServerMessage):
    """The answer to a heartbeat: its own `timestamp` and `id`, and the server's clock in ms."""

    type = message_types.HEARTBEAT_ACK

    timestamp: int | float
    id: str | int | None
    server_time: int


class ConnectionRefreshRequired(ServerMessage):
    """This connection will be cut at `refresh_by`, in ms since the epoch: open another one before."""

    type = message_types.CONNECTION_REFRESH_REQUIRED

    refresh_by: int


class ConnectionRefreshComplete(ServerMessage):
    """The answer to refreshConnection; `session_id` is empty on a connection without a session."""

    type = message_types.CONNECTION_REFRESH_COMPLETE

    session_id: str
    connection_id: str


class Goaway(ServerMessage):
    """The server stops: come back after this delay."""

    type = message_types.GOAWAY

    reconnect_in_ms: int


class ErrorMessage(ServerMessage):
    """A refusal: one of `codes`, and English for developers. `retry_after` is in seconds."""

    type = message_types.ERROR

    code: str
    message: str
    details: dict[str, object]
    retry_after: int | None = None


# The session


class SessionCreated(ServerMessage):
    """The answer to createSession. Times are ms since the epoch."""

    type = message_types.SESSION_CREATED

    session_id: str
    source_language: str
    quality_tier: str
    connection_id: str
    created_at: int
    expires_at: int


class SessionJoined(ServerMessage):
    """To a listener whose connection has joined, by joinSession or by its address alone."""

    type = message_types.SESSION_JOINED

    session_id: str
    source_language: str
    target_language: str
    listener_count: int
    quality_tier: str
    connection_id: str
    status: str
    muted: bool
    created_at: int


class Hearing(WireModel):
    """What the listeners' playback reports of the last seconds say together."""

    audible: int
    blocked: int
    median_ear_delay_ms: int | None


class SessionStatus(ServerMessage):
    """To the speaker, asked for or when something changed. `session_duration` is in ms.

    `language_distribution`: the number of listeners for each language; listeners without one are left out.
    `max_listeners` is how many may listen, `listeners_bound` how far the speaker may raise that.
    """

    type = message_types.SESSION_STATUS

    session_id: str
    is_active: bool
    status: str
    muted: bool
    listener_count: int
    language_distribution: dict[str, int]
    hearing: Hearing
    session_duration: int
    created_at: int
    expires_at: int
    epoch: int
    max_listeners: int
    listeners_bound: int
    door_closed: bool


class SessionEnded(ServerMessage):
    """The session has ended; the connection closes next."""

    type = message_types.SESSION_ENDED

    session_id: str
    reason: str


class LanguageChanged(ServerMessage):
    """The answer to changeLanguage."""

    type = message_types.LANGUAGE_CHANGED

    target_language: str


# The speaker


class BroadcastPaused(ServerMessage):
    """No sound comes until broadcastResumed."""

    type = message_types.BROADCAST_PAUSED

    session_id: str


class BroadcastResumed(ServerMessage):
    """The pause is over."""

    type = message_types.BROADCAST_RESUMED

    session_id: str


class BroadcastMuted(ServerMessage):
    """What comes is silence until broadcastUnmuted."""

    type = message_types.BROADCAST_MUTED

    session_id: str


class BroadcastUnmuted(ServerMessage):
    """The speaker can be heard again."""

    type = message_types.BROADCAST_UNMUTED

    session_id: str


class SpeakerAway(ServerMessage):
    """The speaker's connection is gone. `grace_ms` is how long the session still waits for it.

    Left out while the speaker has not come for the first time.
    """

    type = message_types.SPEAKER_AWAY

    grace_ms: int | None = None


class SpeakerBack(ServerMessage):
    """The speaker is connected (again)."""

    type = message_types.SPEAKER_BACK


# The sound


class Audio(ServerMessage):
    """A frame of sound for a connection that carries text only: base64 of PCM16LE, captured at `timestamp`.

    Sent 50 times a second, so the server writes it without building this model; a test compares the two.
    """

    type = message_types.AUDIO

    audio_data: str
    format: Literal["pcm"]
    sample_rate: int
    channels: int
    sequence_number: int
    chunk_id: str
    duration: int
    timestamp: int


class AudioFormatRequired(ServerMessage):
    """To the speaker: whether frames of this kind are needed, for listeners that cannot decode Opus."""

    type = message_types.AUDIO_FORMAT_REQUIRED

    kind: int
    required: bool
