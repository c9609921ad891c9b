"""A page's batch of figures: read strictly, as anybody may send one, and added to the counts.

Only what `pylib/protocol/figures.py` knows becomes a label; an error code that is not ours becomes "other".
No number is taken that an honest page could not have: one batch can move the counts by no more than a page
in trouble would.
"""

from http import HTTPStatus
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from backend.figures.histogram import FACTOR, LAST_S
from backend.metrics import Metrics
from pylib.protocol import codes, figures
from pylib.protocol.figures import MAX_BATCH_BYTES, MAX_ROWS, RETRY_COUNTS

MAX_CALLS = 200
"""Calls of one kind in a batch, which holds at most some minutes of one page."""

MAX_MS = 24 * 3600 * 1000
OTHER = "other"
CODES = frozenset(
    [
        *(value for name, value in vars(codes).items() if name.isupper() and isinstance(value, str)),
        *(codes.for_status(status) for status in HTTPStatus if status >= HTTPStatus.BAD_REQUEST),
    ]
)
"""Ours, and what pages make of an answer without one, such as a proxy's 502."""

Name = TypeVar("Name", bound=str)
Outcome = Literal["ok", "failed", "aborted"]
Milliseconds = Annotated[float, Field(ge=-1, le=MAX_MS, allow_inf_nan=False)]
Calls = Annotated[int, Field(ge=0, le=MAX_CALLS)]


class _Row(BaseModel):
    """A list of values in the order of the fields."""

    model_config = ConfigDict(strict=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _by_position(cls, row: Any) -> Any:
        if not isinstance(row, list) or len(row) != len(cls.model_fields):
            raise ValueError("a row is a list of all its fields")
        return dict(zip(cls.model_fields, row, strict=True))


class ActionRow(_Row, Generic[Name]):
    """See `figures.Action`."""

    name: Name
    outcome: Outcome
    code: str
    created_ms: Milliseconds
    done_ms: Milliseconds
    first_today: bool


class ConnectRow(_Row):
    """See `figures.Connect`."""

    with_session_id: bool
    ok: bool
    ms: Milliseconds


class _Batch(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    connects: Annotated[list[ConnectRow], Field(max_length=MAX_ROWS)]
    retries: Annotated[list[Calls], Field(min_length=len(RETRY_COUNTS), max_length=len(RETRY_COUNTS))]


class SpeakerBatch(_Batch):
    """See `figures.SpeakerFigures`."""

    page: Literal["speaker"]
    mode: Literal["http", "websocket", "none"]
    actions: Annotated[list[ActionRow[Literal["start", "end"]]], Field(max_length=MAX_ROWS)]
    refreshes: Annotated[list[Calls], Field(min_length=2, max_length=2)]


class ListenerBatch(_Batch):
    """See `figures.ListenerFigures`."""

    page: Literal["listener"]
    mode: Annotated[Literal["none"], BeforeValidator(lambda _: figures.NO_MODE)] = "none"
    actions: Annotated[list[ActionRow[Literal["listen"]]], Field(max_length=MAX_ROWS)]


Batch = SpeakerBatch | ListenerBatch
_BATCH: TypeAdapter[Batch] = TypeAdapter(Annotated[Batch, Field(discriminator="page")])


def read_batch(body: bytes) -> Batch | None:
    """The batch in a request's body; None for what is none."""
    if len(body) > MAX_BATCH_BYTES:
        return None
    try:
        batch = _BATCH.validate_json(body)
    except (ValidationError, RecursionError):
        return None
    # One page is one device, which has one first start a day.
    return batch if sum(row.first_today for row in _starts(batch)) <= 1 else None


def begins_user_day(batch: Batch) -> bool:
    """Whether it tells of a device's first start of a day."""
    return any(row.first_today and row.outcome != figures.ABORTED for row in _starts(batch))


def count(batch: Batch, metrics: Metrics, *, with_user_day: bool) -> None:
    """Add a batch to the counts; a user's day in it only `with_user_day`."""
    pages = metrics.pages
    for row in batch.actions:
        pages.actions.labels(batch.page, row.name, batch.mode, row.outcome).inc()
        if row.outcome == figures.FAILED:
            code = row.code if row.code in CODES else OTHER
            pages.action_errors.labels(batch.page, row.name, batch.mode, code).inc()
    for row in _starts(batch):
        _count_start(row, batch.mode, metrics)
        if row.first_today and with_user_day:
            _count_user_day(row, batch.mode, metrics)
    for connect in batch.connects:
        labels = (batch.page, batch.mode, "with" if connect.with_session_id else "without")
        pages.connects.labels(*labels, figures.OK if connect.ok else figures.FAILED).inc()
        if connect.ok:
            pages.connect_seconds.labels(*labels).observe(_seconds(connect.ms))
    _count_calls(batch, metrics)


def _count_calls(batch: Batch, metrics: Metrics) -> None:
    pages = metrics.pages
    for retries, calls in zip(RETRY_COUNTS, batch.retries, strict=True):
        if calls:
            pages.retries.labels(batch.page, batch.mode, retries).inc(calls)
    if isinstance(batch, SpeakerBatch):
        for outcome, calls in zip((figures.OK, figures.FAILED), batch.refreshes, strict=True):
            if calls:
                pages.refreshes.labels(batch.mode, outcome).inc(calls)


def _starts(batch: Batch) -> list[Any]:
    return [row for row in batch.actions if row.name == figures.START]


def _count_start(row: ActionRow[Any], mode: str, metrics: Metrics) -> None:
    if row.created_ms >= 0:
        metrics.pages.start_seconds.labels(mode, "created").observe(_seconds(row.created_ms))
    if row.done_ms >= 0 and row.outcome == figures.OK:
        metrics.pages.start_seconds.labels(mode, "live").observe(_seconds(row.done_ms))


def _count_user_day(row: ActionRow[Any], mode: str, metrics: Metrics) -> None:
    if row.outcome == figures.ABORTED:
        return
    metrics.pages.user_days.labels(mode, row.outcome).inc()
    if row.outcome == figures.OK and row.done_ms >= 0:
        metrics.pages.user_day_seconds.labels(mode).observe(_seconds(row.done_ms))


def _seconds(milliseconds: float) -> float:
    """For a histogram: what is longer than its last edge is just longer, so that no sum runs away."""
    return min(max(milliseconds, 0) / 1000, LAST_S * FACTOR)
