"""The HTTP API's bodies as pydantic models: camelCase on the wire, snake_case in Python."""

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from pylib.protocol.languages import ISO_639_1

SESSION_ID_PATTERN = r"^[a-z]+-[a-z]+-[0-9]{3}$"

QualityTier = Literal["standard", "premium"]
Status = Literal["active", "paused", "ended"]
SessionId = Annotated[str, StringConstraints(pattern=SESSION_ID_PATTERN, max_length=64)]


def _known_language(code: str) -> str:
    if code not in ISO_639_1:
        raise PydanticCustomError("language", "This is not an ISO 639-1 language code.")
    return code


LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$"), AfterValidator(_known_language)]


def _whole(value: object) -> object:
    """JSON has one kind of number, and JSON Schema calls 500.0 an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


ListenerCount = Annotated[int, Field(ge=1), BeforeValidator(_whole)]


class WireModel(BaseModel):
    """What both ends send: camelCase names. Unknown fields are ignored, so that either end may grow."""

    # NaN and the infinities are no JSON: passed on, they would break the other end's parser.
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, strict=True, allow_inf_nan=False
    )


class SessionConfig(WireModel):
    """Body of POST /sessions."""

    source_language: LanguageCode
    quality_tier: QualityTier


class SessionUpdateRequest(WireModel):
    """Body of PATCH /sessions/{sessionId}. Empty or unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")

    status: Status | None = None
    source_language: LanguageCode | None = None
    quality_tier: QualityTier | None = None
    max_listeners: ListenerCount | None = None
    door_closed: bool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "SessionUpdateRequest":
        if not self.model_fields_set or any(getattr(self, name) is None for name in self.model_fields_set):
            raise PydanticCustomError("empty_update", "An update must set at least one field.")
        return self


class SessionMetadata(WireModel):
    """A session as the API tells it. Times are milliseconds since the Unix epoch."""

    session_id: str
    speaker_id: str
    source_language: str
    quality_tier: str
    status: str
    listener_count: int = 0
    created_at: int
    updated_at: int
    expires_at: int | None = None
    max_listeners: int | None = None
    door_closed: bool | None = None


class Numbers(WireModel):
    """How a session was attended since its speaker was first there (`live_at`).

    `listened` counts listeners by how long they listened: LISTENED_MINUTES are the bounds.
    """

    live_at: int
    most_listeners: int
    total_listeners: int
    listened: list[int]
    interruptions: int


class OwnSession(SessionMetadata):
    """A session as its owner is told of it. `speaker_connected`: the speaker is there now."""

    speaker_connected: bool | None = None
    ended_at: int | None = None
    end_reason: str | None = None
    numbers: Numbers | None = None


class SessionPage(WireModel):
    """One page of GET /sessions; `next_cursor` is opaque, absent on the last page."""

    items: list[OwnSession]
    next_cursor: str | None = None


class ProblemDetails(WireModel):
    """Every error body (application/problem+json, RFC 9457); `message` repeats `detail`."""

    type: Literal["error"] = "error"
    title: str
    status: int
    detail: str
    code: str
    message: str
    details: dict[str, object] = Field(default_factory=dict)
    timestamp: int
    request_id: str
