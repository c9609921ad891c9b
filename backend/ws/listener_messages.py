"""The messages of listeners."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from backend.metrics import UNKNOWN
from backend.problems import Problem
from backend.ws import greetings
from backend.ws.participant import Participant
from pylib.protocol import codes
from pylib.protocol.client_messages import ChangeLanguage, ClientMessage, JoinSession, PlaybackReport
from pylib.protocol.server_messages import LanguageChanged


async def _join_session(listener: Participant, message: JoinSession) -> None:
    peer = listener.peer
    if message.target_language is not None:
        peer.target_language = message.target_language
    if listener.room is None:
        session = await listener.find_alive(message.session_id)
        listener.room = listener.service.seat_listener(session, peer)
    elif listener.room.session.session_id != message.session_id:
        raise Problem(409, codes.VALIDATION_INVALID_PARAMETER, "This connection is in another session.")
    listener.room.stale = True
    greetings.send_joined(peer, listener.room, message.request_id)


async def _change_language(listener: Participant, message: ChangeLanguage) -> None:
    listener.peer.target_language = message.target_language
    room = listener.room
    if room is not None:
        room.stale = True
        if listener.peer.is_older:
            room.floor.complete(room.session)
    listener.answer(message, LanguageChanged(target_language=message.target_language))


async def _report_playback(listener: Participant, message: PlaybackReport) -> None:
    if listener.room is not None:
        listener.room.places.note_report(listener.peer, message)
        listener.room.stale = True
        if message.audible:
            mode = listener.room.session.creation_mode or UNKNOWN
            listener.metrics.ear_delay_seconds.labels(mode).observe(message.ear_delay_ms / 1000)


HANDLERS: Mapping[type[ClientMessage], Callable[[Participant, Any], Awaitable[None]]] = {
    JoinSession: _join_session,
    ChangeLanguage: _change_language,
    PlaybackReport: _report_playback,
}
