"""A session as the API describes it."""

from functools import lru_cache

from backend.records import Session
from pylib.protocol.sessions import SessionMetadata


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


@lru_cache(maxsize=1000)
def render(session: Session, listener_count: int) -> str:
    """The description as JSON, kept because most clients ask for a session again and again."""
    return describe(session, listener_count).model_dump_json(by_alias=True)
