"""A session as the API describes it."""

from functools import lru_cache

from backend.records import ENDED, Session, SessionNumbers
from pylib.protocol.sessions import Numbers, OwnSession, SessionMetadata


def describe(session: Session, listener_count: int) -> SessionMetadata:
    """A session with the number of its listeners."""
    return SessionMetadata(
        session_id=session.session_id,
        speaker_id=session.speaker_id,
        source_language=session.source_language,
        quality_tier=session.quality_tier,
        status=session.status,
        listener_count=listener_count,
        created_at=session.created_at,
        updated_at=session.updated_at,
        expires_at=session.expires_at,
        max_listeners=session.max_listeners,
        door_closed=bool(session.door_closed),
    )


def describe_own(
    session: Session, listener_count: int, numbers: SessionNumbers | None, *, speaker_connected: bool
) -> OwnSession:
    """A session as its owner alone is told of it."""
    ended = session.status == ENDED
    return OwnSession(
        **describe(session, listener_count).model_dump(),
        speaker_connected=speaker_connected,
        ended_at=session.updated_at if ended else None,
        end_reason=session.end_reason if ended else None,
        numbers=None if numbers is None else _told(numbers),
    )


def _told(numbers: SessionNumbers) -> Numbers:
    listened = numbers.settled().listened
    return Numbers(
        live_at=numbers.live_at,
        most_listeners=numbers.most_listeners,
        total_listeners=sum(listened),
        listened=list(listened),
        interruptions=numbers.interruptions,
    )


@lru_cache(maxsize=1000)
def render(session: Session, listener_count: int) -> str:
    """The description as JSON, kept because most clients ask for a session again and again."""
    return describe(session, listener_count).model_dump_json(by_alias=True)
