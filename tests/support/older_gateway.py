"""The live side of the original system's backend behind API Gateway, from docs/protocol.md alone."""

import itertools
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import WSMsgType, web

from tests.support.older_sessions import OlderSession, OlderSessions

MAX_FRAME_BYTES = 32 * 1024
KNOWN_QUERY = {"sessionId", "token", "targetLanguage", "action", "sourceLanguage", "qualityTier"}
FIELDS: dict[str, set[str]] = {
    "createSession": {"sourceLanguage", "qualityTier"},
    "joinSession": {"sessionId", "targetLanguage"},
    "sendAudio": {"audioData", "timestamp", "chunkId", "duration", "sampleRate"},
    "pauseBroadcast": set(),
    "resumeBroadcast": set(),
    "muteBroadcast": set(),
    "unmuteBroadcast": set(),
    "getSessionStatus": set(),
    "changeLanguage": {"targetLanguage"},
    "heartbeat": {"timestamp", "id"},
    "refreshConnection": {"sessionId"},
}
"""The routes, and the fields that each knows. There is none for endSession."""

BROADCASTS = {
    "pauseBroadcast": "broadcastPaused",
    "resumeBroadcast": "broadcastResumed",
    "muteBroadcast": "broadcastMuted",
    "unmuteBroadcast": "broadcastUnmuted",
}

Message = dict[str, Any]


class OlderConnection:
    """One connection: who it is, and the session it is in."""

    def __init__(self, socket: web.WebSocketResponse, connection_id: str, token: str) -> None:
        self.socket = socket
        self.connection_id = connection_id
        self.token = token
        self.session: OlderSession | None = None

    async def say(self, kind: str, **fields: Any) -> None:
        if not self.socket.closed:
            await self.socket.send_str(
                json.dumps({"type": kind, "timestamp": int(time.time() * 1000), **fields})
            )


class OlderGateway:
    """Accepts connections and carries out their messages; see OlderBackend for its manners.

    `heard` are the actions in their order, without sound and heartbeats.
    """

    def __init__(self, sessions: OlderSessions, *, lets_join: bool, answers_speaker: bool) -> None:
        self.surprises: list[str] = []
        self.heard: list[str] = []
        self.connections: list[OlderConnection] = []
        self._sessions = sessions
        self._lets_join = lets_join
        self._answers_speaker = answers_speaker
        self._ids = itertools.count(1)
        self._routes: dict[str, Callable[[OlderConnection, Message], Awaitable[None]]] = {
            "createSession": self._create,
            "joinSession": self._join,
            "sendAudio": self._sound,
            "getSessionStatus": self._status,
            "heartbeat": self._heartbeat,
            "refreshConnection": self._refresh,
            "changeLanguage": self._language,
            **dict.fromkeys(BROADCASTS, self._broadcast),
        }

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        """The upgrade selects no subprotocol."""
        if "Sec-WebSocket-Protocol" in request.headers:
            self.surprises.append("a subprotocol is offered: a browser closes this connection")
        self.surprises += [f"query {name}" for name in request.query if name not in KNOWN_QUERY]
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        token = request.query.get("token", "")
        connection = OlderConnection(socket, f"L{next(self._ids)}=", token)
        self.connections.append(connection)
        refusal = self._enter(connection, request.query.get("sessionId", ""))
        if refusal or "Sec-WebSocket-Protocol" in request.headers:
            await socket.close(code=1008, message=refusal.encode())
        else:
            await self._serve(connection)
        self._leave(connection)
        return socket

    async def drop_all(self) -> None:
        """The gateway cuts every connection, as after two hours."""
        for connection in list(self.connections):
            await connection.socket.close(code=1001)

    async def close(self) -> None:
        """The backend stops."""
        await self.drop_all()

    def _enter(self, connection: OlderConnection, session_id: str) -> str:
        """The speaker of a session is seated by the address; returns why not, empty when there is no why."""
        if not session_id or not connection.token:
            return ""
        session = self._sessions.by_id.get(session_id)
        if session is None:
            return "SESSION_NOT_FOUND"
        if session.status == "ended" or (session.over_http and not self._lets_join):
            return "SESSION_INACTIVE"
        connection.session, session.speaker = session, connection.socket
        return ""

    def _leave(self, connection: OlderConnection) -> None:
        session = connection.session
        if session is not None and connection.socket in session.listeners:
            session.listeners.remove(connection.socket)
        self.connections.remove(connection)

    async def _serve(self, connection: OlderConnection) -> None:
        async for frame in connection.socket:
            if frame.type is WSMsgType.BINARY:
                self.surprises.append("a binary frame, which the gateway drops")
            elif frame.type is WSMsgType.TEXT:
                if len(frame.data) > MAX_FRAME_BYTES:
                    self.surprises.append("a frame over 32 KB")
                    await connection.socket.close(code=1009)
                    return
                await self._carry_out(connection, json.loads(frame.data))

    async def _carry_out(self, connection: OlderConnection, message: Message) -> None:
        action = message.pop("action", "")
        if action not in ("sendAudio", "heartbeat"):
            self.heard.append(action)
        if action not in FIELDS:
            self.surprises.append(f"no route for {action}")
            await self._gateway_says(connection, "Forbidden")
            return
        self.surprises += [f"field {action}.{name}" for name in message if name not in FIELDS[action]]
        await self._routes[action](connection, {"action": action, **message})

    async def _gateway_says(self, connection: OlderConnection, what: str) -> None:
        """The gateway's own answers have no type, and a requestId that is no client's."""
        own = {"message": what, "connectionId": connection.connection_id, "requestId": "Kx7h2="}
        await connection.socket.send_str(json.dumps(own))

    async def _create(self, connection: OlderConnection, message: Message) -> None:
        if not connection.token:
            await connection.say("error", code="AUTH_MISSING_TOKEN", message="Unauthorized")
            return
        session = self._sessions.create(
            connection.token, message["sourceLanguage"], message["qualityTier"], over_http=False
        )
        connection.session, session.speaker = session, connection.socket
        await connection.say(
            "sessionCreated",
            sessionId=session.session_id,
            sourceLanguage=session.language,
            qualityTier=session.tier,
            connectionId=connection.connection_id,
            expiresAt=int(time.time() * 1000) + 7_200_000,
        )

    async def _join(self, connection: OlderConnection, message: Message) -> None:
        session = self._sessions.by_id.get(message["sessionId"])
        if session is None or session.status == "ended":
            code = "SESSION_NOT_FOUND" if session is None else "SESSION_INACTIVE"
            await connection.say("error", code=code, message="Session unavailable")
            return
        connection.session = session
        if connection.socket not in session.listeners:
            session.listeners.append(connection.socket)
        await connection.say(
            "sessionJoined",
            sessionId=session.session_id,
            sourceLanguage=session.language,
            targetLanguage=message["targetLanguage"],
            listenerCount=str(len(session.listeners)),
            qualityTier=session.tier,
            connectionId=connection.connection_id,
            status=session.status,
        )

    async def _sound(self, connection: OlderConnection, message: Message) -> None:
        session = connection.session
        if session is None or connection.socket is not session.speaker:
            await connection.say("error", code="AUTH_UNAUTHORIZED", message="Not the speaker")
            return
        await self._tell_listeners(
            session,
            "audio",
            audioData=message["audioData"],
            format="pcm",
            sampleRate=str(message.get("sampleRate", 16_000)),
            channels="1",
            sequenceNumber=str(next(session.chunks)),
            chunkId=message["chunkId"],
            duration=message["duration"],
            timestamp=message["timestamp"],
        )

    async def _status(self, connection: OlderConnection, _message: Message) -> None:
        session = connection.session
        if session is None or not self._answers_speaker:
            return
        await connection.say(
            "sessionStatus",
            sessionId=session.session_id,
            isActive=True,
            status=session.status,
            listenerCount=str(len(session.listeners)),
            languageDistribution={"en": str(len(session.listeners))},
            sessionDuration="1000",
            expiresAt="1790000000000",
        )

    async def _broadcast(self, connection: OlderConnection, message: Message) -> None:
        if connection.session is not None:
            kind, session_id = BROADCASTS[message["action"]], connection.session.session_id
            await self._tell_listeners(connection.session, kind, sessionId=session_id)
            if self._answers_speaker:
                await connection.say(kind, sessionId=session_id)

    async def _heartbeat(self, connection: OlderConnection, message: Message) -> None:
        await connection.say("heartbeatAck", id=message.get("id"), serverTime=int(time.time() * 1000))

    async def _refresh(self, connection: OlderConnection, message: Message) -> None:
        await connection.say(
            "connectionRefreshComplete",
            sessionId=message.get("sessionId", ""),
            connectionId=connection.connection_id,
        )

    async def _language(self, connection: OlderConnection, message: Message) -> None:
        await connection.say("languageChanged", targetLanguage=message["targetLanguage"])

    async def _tell_listeners(self, session: OlderSession, kind: str, **fields: Any) -> None:
        told = {"type": kind, "timestamp": int(time.time() * 1000), **fields}
        for listener in list(session.listeners):
            if not listener.closed:
                await listener.send_str(json.dumps(told))
