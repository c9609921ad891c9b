"""The first messages over a new connection: `welcome`, and for listeners `sessionJoined`."""

from typing import Literal

from backend.live.peer import Peer
from backend.live.room import Room
from pylib.protocol import message_types
from pylib.protocol.server_messages import SessionJoined, Welcome

Role = Literal["speaker", "listener"]

FEATURES = ["binary", "resume", message_types.PLAYBACK_REPORT]


def welcome_unseated(peer: Peer, grace_ms: int) -> None:
    """Welcome a legacy connection, which has no session yet."""
    role: Role = "speaker" if peer.subject else "listener"
    _welcome(peer, role, None, grace_ms, resumed=False, from_seq=0)


def welcome_speaker(peer: Peer, room: Room, grace_ms: int, *, resumed: bool) -> None:
    """Welcome the speaker; `fromSeq` tells a page after a reload which sequence number to go on with."""
    _welcome(peer, "speaker", room, grace_ms, resumed=resumed, from_seq=room.floor.next_seq)
    if resumed or room.pcm.required:
        room.send_format_required()


def welcome_listener(peer: Peer, room: Room, grace_ms: int, resume: str, last_seq: int) -> None:
    """Welcome a listener; one who resumes is also sent the frames missed since `last_seq`."""
    track = room.floor.track_of(peer)
    missed = track.missed_since(last_seq) if resume else []
    from_seq = missed[0].seq if missed else track.next_seq
    nothing_lost = bool(resume) and from_seq == last_seq + 1
    _welcome(peer, "listener", room, grace_ms, resumed=nothing_lost, from_seq=from_seq)
    send_joined(peer, room, returning=bool(resume))
    if missed:
        peer.write(b"".join(one.wire for one in missed))


def send_joined(peer: Peer, room: Room, request_id: str | None = None, *, returning: bool = False) -> None:
    """Send `sessionJoined`, and the messages that say why there is no sound at the moment."""
    session = room.session
    joined = SessionJoined(
        session_id=session.session_id,
        source_language=session.source_language,
        target_language=peer.target_language or session.source_language,
        listener_count=len(room.listeners),
        quality_tier=session.quality_tier,
        connection_id=peer.connection_id,
        status=session.status,
        muted=room.muted,
        created_at=session.created_at,
    )
    peer.send_message(joined.answering(request_id))
    room.send_silence_reason(peer, returning=returning)


def _welcome(
    peer: Peer, role: Role, room: Room | None, grace_ms: int, *, resumed: bool, from_seq: int
) -> None:
    welcome = Welcome(
        connection_id=peer.connection_id,
        role=role,
        session_id=room.session.session_id if room else None,
        epoch=room.epoch if room else 0,
        resumed=resumed,
        from_seq=from_seq,
        grace_ms=grace_ms,
        features=FEATURES,
    )
    peer.send_message(welcome)
