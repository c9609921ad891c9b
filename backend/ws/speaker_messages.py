"""The messages of speakers, but for sound."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from backend.action_log import REPLAYED, UNCHANGED
from backend.logs import correlation_id, usable_id
from backend.problems import Problem
from backend.records import ACTIVE, PAUSED
from backend.sessions.lifecycle import Origin
from backend.ws.participant import Participant
from pylib.protocol import codes, figures, message_types
from pylib.protocol.client_messages import (
    BroadcastControl,
    ClientMessage,
    CreateSession,
    EndSession,
    GetSessionStatus,
    RefuseAudioFormat,
    SetAdmission,
)
from pylib.protocol.server_messages import SessionCreated
from pylib.protocol.sessions import SessionConfig


async def _create_session(speaker: Participant, message: CreateSession) -> None:
    peer, arrived_s = speaker.peer, speaker.clock.monotonic_s()
    if not peer.subject:
        raise Problem(401, codes.AUTH_MISSING_TOKEN, "Please sign in first.")
    is_new = speaker.room is None
    if is_new:
        await _create_and_enter(speaker, message)
    else:
        speaker.service.actions.current.outcome = REPLAYED
    # A client that repeats the message gets the session that it created first: one click, one session.
    session = speaker.own_room().session
    created = SessionCreated(
        session_id=session.session_id,
        source_language=session.source_language,
        quality_tier=session.quality_tier,
        connection_id=peer.connection_id,
        created_at=session.created_at,
        expires_at=session.expires_at,
    )
    speaker.answer(message, created)
    if is_new:
        speaker.metrics.count_creation(figures.WEBSOCKET, speaker.clock.monotonic_s() - arrived_s)
    else:
        speaker.metrics.replays.labels(figures.WEBSOCKET).inc()


async def _create_and_enter(speaker: Participant, message: CreateSession) -> None:
    service, owner = speaker.service, speaker.peer.subject
    config = SessionConfig(source_language=message.source_language, quality_tier=message.quality_tier)
    origin = Origin(figures.WEBSOCKET, usable_id(message.request_id) or correlation_id())
    creation = await service.create(owner, config, origin=origin)
    speaker.guesses.learn(speaker.address, creation.session_id)
    session = await service.find_for_speaker(creation.session_id, owner)
    speaker.room = service.seat_speaker(session, speaker.peer)


async def _control_broadcast(speaker: Participant, message: BroadcastControl) -> None:
    room = speaker.own_room()
    if message.action in (message_types.MUTE_BROADCAST, message_types.UNMUTE_BROADCAST):
        speaker.is_muted = message.action == message_types.MUTE_BROADCAST
        if room.muted == speaker.is_muted:
            speaker.service.actions.current.outcome = UNCHANGED
        room.set_muted(speaker.is_muted, message.request_id)
        return
    status = PAUSED if message.action == message_types.PAUSE_BROADCAST else ACTIVE
    before = room.session.version
    session = await speaker.service.change(room.session, {"status": status}, request_id=message.request_id)
    if session.version == before:
        # The status was this one before, so the room got no message: answer the speaker alone.
        speaker.answer(message, room.pause_message())


async def _set_admission(speaker: Participant, message: SetAdmission) -> None:
    room = speaker.own_room()
    wanted = {"max_listeners": message.max_listeners, "door_closed": message.door_closed}
    changes = {name: value for name, value in wanted.items() if value is not None}
    if not changes:
        raise Problem(400, codes.VALIDATION_MISSING_PARAMETER, "This message says nothing to change.")
    await speaker.service.change(room.session, changes)
    room.answer_status(speaker.peer, message.request_id)


async def _get_session_status(speaker: Participant, message: GetSessionStatus) -> None:
    room = speaker.own_room()
    room.answer_status(speaker.peer, message.request_id)
    if room.pcm.required:
        # A page asks for the status when it starts, and may have missed the earlier message about formats.
        room.send_format_required()


async def _refuse_audio_format(speaker: Participant, _message: RefuseAudioFormat) -> None:
    speaker.own_room().refuse_pcm()


async def _end_session(speaker: Participant, message: EndSession) -> None:
    room = speaker.own_room()
    if message.session_id not in (None, "", room.session.session_id):
        raise Problem(409, codes.VALIDATION_INVALID_PARAMETER, "This connection is in another session.")
    await speaker.service.end(room.session, message.reason or "ended", message.request_id)


HANDLERS: Mapping[type[ClientMessage], Callable[[Participant, Any], Awaitable[None]]] = {
    CreateSession: _create_session,
    BroadcastControl: _control_broadcast,
    SetAdmission: _set_admission,
    GetSessionStatus: _get_session_status,
    EndSession: _end_session,
    RefuseAudioFormat: _refuse_audio_format,
}
