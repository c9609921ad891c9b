"""The messages of speakers and listeners alike: heartbeats, and the move to a fresh connection."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from backend.ws.participant import Participant
from pylib.protocol.client_messages import ClientMessage, Heartbeat, OlderControlState, RefreshConnection
from pylib.protocol.server_messages import ConnectionRefreshComplete, HeartbeatAck


async def _heartbeat(participant: Participant, message: Heartbeat) -> None:
    server_time = participant.server_ms
    sent = server_time if message.timestamp is None else message.timestamp
    participant.answer(message, HeartbeatAck(timestamp=sent, id=message.id, server_time=server_time))


async def _refresh_connection(participant: Participant, message: RefreshConnection) -> None:
    if message.target_language is not None:
        participant.peer.target_language = message.target_language
    if participant.room is None and message.session_id:
        await participant.enter(message.session_id, "", -1)
    session_id = participant.room.session.session_id if participant.room else ""
    complete = ConnectionRefreshComplete(session_id=session_id, connection_id=participant.peer.connection_id)
    participant.answer(message, complete)


async def _ignore(_participant: Participant, _message: OlderControlState) -> None:
    """This server needs no such state, and an `error` would be shown to a person who did nothing wrong."""


HANDLERS: Mapping[type[ClientMessage], Callable[[Participant, Any], Awaitable[None]]] = {
    Heartbeat: _heartbeat,
    RefreshConnection: _refresh_connection,
    OlderControlState: _ignore,
}
