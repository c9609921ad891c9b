"""What a client says over the WebSocket, as pydantic models, told apart by `action`.

The backend checks with these; the pages send plain dicts that a test holds against them.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from pylib.protocol.sessions import LanguageCode, ListenerCount, QualityTier, SessionId, WireModel

RequestId = Annotated[str, Field(max_length=64)]


class ClientMessage(WireModel):
    """Any request; its answer repeats `request_id`."""

    request_id: RequestId | None = None


class CreateSession(ClientMessage):
    """Legacy creation."""

    action: Literal["createSession"]
    source_language: LanguageCode
    quality_tier: QualityTier = "standard"


class JoinSession(ClientMessage):
    """Legacy joining; repeated after a hybrid connect it counts once."""

    action: Literal["joinSession"]
    session_id: SessionId
    target_language: LanguageCode | None = None


class SendAudio(ClientMessage):
    """Audio for gateways that carry only text: base64 of PCM16LE, up to 3 s a chunk.

    With `sequence_number`, the number of its first 20 ms frame, a chunk may be sent again without
    being heard twice, and `timestamp` (server's clock) is when its first sample was captured.
    """

    action: Literal["sendAudio"]
    audio_data: str
    sequence_number: int | None = Field(default=None, ge=0, le=0xFFFFFFFF)
    timestamp: float | None = None
    chunk_id: str | int | None = None
    duration: float | None = None
    sample_rate: int = Field(default=16_000, ge=8_000, le=48_000)


class BroadcastControl(ClientMessage):
    """The speaker pauses, resumes, mutes or unmutes."""

    action: Literal["pauseBroadcast", "resumeBroadcast", "muteBroadcast", "unmuteBroadcast"]


class SetAdmission(ClientMessage):
    """The speaker says how many may listen, and whether anybody else may come in; what is left out stays."""

    action: Literal["setAdmission"]
    max_listeners: ListenerCount | None = None
    door_closed: bool | None = None


class GetSessionStatus(ClientMessage):
    """Ask for `sessionStatus`."""

    action: Literal["getSessionStatus"]


class EndSession(ClientMessage):
    """The speaker ends the session, for all listeners too."""

    action: Literal["endSession"]
    session_id: str | None = None
    reason: Annotated[str, Field(max_length=200)] | None = None


class RefuseAudioFormat(ClientMessage):
    """The speaker's path is too weak for the frames that audioFormatRequired asks for; 2 is PCM16."""

    action: Literal["refuseAudioFormat"]
    kind: Literal[2]


class ChangeLanguage(ClientMessage):
    """A listener wants another language; `switchLanguage` is its older name."""

    action: Literal["changeLanguage", "switchLanguage"]
    target_language: LanguageCode


class PlaybackReport(ClientMessage):
    """What a listener really hears, every 2 s."""

    action: Literal["playbackReport"]
    audible: bool
    state: Annotated[str, Field(max_length=32)]
    ear_delay_ms: float = Field(ge=0, le=3_600_000)
    buffer_ms: float = Field(ge=0, le=3_600_000)
    gaps: int = Field(ge=0)
    last_seq: int = Field(ge=-1)


class Heartbeat(ClientMessage):
    """Keeps the connection and the clock offset; answered at once with heartbeatAck."""

    action: Literal["heartbeat"]
    timestamp: float | None = None
    id: str | int | None = None


class RefreshConnection(ClientMessage):
    """Ask to move to a new connection (gateways that cut old ones)."""

    action: Literal["refreshConnection"]
    session_id: str | None = None
    target_language: LanguageCode | None = None


class OlderControlState(ClientMessage):
    """What older clients tell of their controls, for each other; ignored, because no client shows it."""

    action: Literal[
        "setVolume",
        "speakerStateChange",
        "updateSpeakerState",
        "notifySpeakerState",
        "listenerStateChange",
        "updateListenerState",
        "notifyListenerState",
        "pausePlayback",
        "resumePlayback",
    ]


AnyClientMessage = Annotated[
    CreateSession
    | JoinSession
    | SendAudio
    | BroadcastControl
    | SetAdmission
    | GetSessionStatus
    | EndSession
    | RefuseAudioFormat
    | ChangeLanguage
    | PlaybackReport
    | Heartbeat
    | RefreshConnection
    | OlderControlState,
    Field(discriminator="action"),
]

CLIENT_MESSAGE: TypeAdapter[AnyClientMessage] = TypeAdapter(AnyClientMessage)
