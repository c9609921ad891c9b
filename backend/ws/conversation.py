"""What one connection says, and what it is answered."""

import json
import logging
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pydantic import ValidationError

from backend.live.peer import Peer
from backend.live.room import Room
from backend.metrics import Metrics
from backend.problems import Problem, check_session_id, from_validation, internal_error
from backend.rate_limit import Allowance, Verdict
from backend.service import SessionService
from backend.sessions.rows import ACTIVE, PAUSED
from backend.settings import Limits
from backend.ws import greetings
from pylib.errors import FrameError
from pylib.protocol import codes
from pylib.protocol import messages as wire
from pylib.protocol.frames import FRAME_MS, KIND_PCM16, MAX_FRAME_BYTES
from pylib.protocol.sessions import SessionConfig

TEXT_AUDIO_BURST = 250
"""In frames: one chunk of 3 s (150 frames) that follows another one a little early."""

# What is limited, each by itself: PCM is sent beside Opus, and must not use up its allowance.
FRAMES, PCM_FRAMES, CHUNKS, CONTROL = "frames", "pcm-frames", "chunks", "control"
_PCM = bytes([KIND_PCM16])

log = logging.getLogger("lectern.ws")


class Conversation:
    """The messages of one peer. `room` is where it sits, None before a legacy create or join."""

    __slots__ = ("_allowances", "_limits", "_metrics", "_service", "peer", "room")

    def __init__(self, peer: Peer, service: SessionService, limits: Limits, metrics: Metrics) -> None:
        self.peer = peer
        self.room: Room | None = None
        self._service = service
        self._metrics = metrics
        self._limits = limits
        self._allowances: dict[str, Allowance] = {}

    # Coming and going

    async def enter(self, session_id: str, resume: str, last_seq: int) -> None:
        """Sit down after a hybrid connect: the owner as speaker, without a token as listener.

        Raises Problem when the session is unknown, ended, full or somebody else's.
        """
        check_session_id(session_id)
        if self.peer.subject:
            session = await self._service.find_for_speaker(session_id, self.peer.subject)
            self.room = self._service.seat_speaker(session, self.peer)
            greetings.welcome_speaker(self.peer, self.room, resumed=bool(resume))
        else:
            session = await self._service.find_alive(session_id)
            self.room = self._service.seat_listener(session, self.peer, resume)
            greetings.welcome_listener(self.peer, self.room, resume, last_seq)

    def enter_unseated(self) -> None:
        """A legacy connection, which has no session yet."""
        greetings.welcome_unseated(self.peer)

    def leave(self) -> None:
        """The connection is gone."""
        room, self.room = self.room, None
        if room is not None:
            self._service.leave(room, self.peer)

    # What arrives

    def binary(self, data: bytes) -> None:
        """A frame of audio."""
        now = time.monotonic()
        if len(data) > MAX_FRAME_BYTES:
            self.peer.close(codes.CLOSE_TOO_LARGE, codes.VALIDATION_MESSAGE_TOO_LARGE)
        elif self._allowed(PCM_FRAMES if data[1:2] == _PCM else FRAMES, 1, now, None):
            try:
                room = self._own_room()
                room.floor.publish(room.session, data)
            except FrameError as error:
                self._refuse(Problem(400, error.code, error.message), None, now)
            except Problem as problem:
                self._refuse(problem, None, now)

    async def text(self, text: str) -> None:
        """A JSON message."""
        now = time.monotonic()
        size = len(text.encode())
        try:
            message = wire.CLIENT_MESSAGE.validate_json(text)
        except ValidationError as error:
            if size > wire.MAX_TEXT_BYTES:
                self.peer.close(codes.CLOSE_TOO_LARGE, codes.VALIDATION_MESSAGE_TOO_LARGE)
            else:
                self._refuse(from_validation(error), _request_id(text), now)
            return
        audio = isinstance(message, wire.SendAudio)
        if size > (wire.MAX_AUDIO_TEXT_BYTES if audio else wire.MAX_TEXT_BYTES):
            self.peer.close(codes.CLOSE_TOO_LARGE, codes.VALIDATION_MESSAGE_TOO_LARGE)
        elif audio or self._allowed(CONTROL, 1, now, message.request_id):
            await self._handle(message, now)

    async def _handle(self, message: wire.ClientMessage, now: float) -> None:
        try:
            await _HANDLERS[type(message)](self, message)
        except Problem as problem:
            if isinstance(message, wire.SendAudio):
                self._refuse(problem, message.request_id, now)
            else:
                self._error(problem, message.request_id)
        except Exception:
            log.exception("a message could not be handled", extra={"action": type(message).__name__})
            self._error(internal_error(), message.request_id)

    # Requests

    async def _create_session(self, message: wire.CreateSession) -> None:
        if not self.peer.subject:
            raise Problem(401, codes.AUTH_MISSING_TOKEN, "Please sign in first.")
        started = time.monotonic()
        if self.room is None:
            config = SessionConfig(source_language=message.source_language, quality_tier=message.quality_tier)
            creation = await self._service.create(self.peer.subject, config)
            session = await self._service.find_for_speaker(creation.session_id, self.peer.subject)
            self.room = self._service.seat_speaker(session, self.peer)
            self._metrics.creations.labels("websocket").inc()
            self._metrics.creation_seconds.labels("websocket").observe(time.monotonic() - started)
        # Asked again on the same connection, the answer is the same session: one click, one session.
        session = self._own_room().session
        self._answer(
            message,
            "sessionCreated",
            sessionId=session.session_id,
            sourceLanguage=session.source_language,
            qualityTier=session.quality_tier,
            connectionId=self.peer.connection_id,
            createdAt=session.created_at,
            expiresAt=session.expires_at,
        )

    async def _join_session(self, message: wire.JoinSession) -> None:
        if message.target_language is not None:
            self.peer.target_language = message.target_language
        if self.room is None:
            session = await self._service.find_alive(message.session_id)
            self.room = self._service.seat_listener(session, self.peer)
        elif self.room.session.session_id != message.session_id:
            raise Problem(409, codes.VALIDATION_INVALID_PARAMETER, "This connection is in another session.")
        self.room.stale = True
        greetings.send_joined(self.peer, self.room, message.request_id)

    async def _send_audio(self, message: wire.SendAudio) -> None:
        room = self._own_room()
        # Base64 of 16-bit samples has 8 characters for 3 samples.
        frames = math.ceil(len(message.audio_data) * 3 / 8 / message.sample_rate * 1000 / FRAME_MS)
        if self._allowed(CHUNKS, frames, time.monotonic(), message.request_id):
            room.floor.publish_text(room.session, message)

    async def _broadcast_control(self, message: wire.BroadcastControl) -> None:
        room = self._own_room()
        if message.action in ("muteBroadcast", "unmuteBroadcast"):
            room.set_muted(message.action == "muteBroadcast", message.request_id)
            return
        status = PAUSED if message.action == "pauseBroadcast" else ACTIVE
        before = room.session.version
        session = await self._service.change(room.session, {"status": status}, request_id=message.request_id)
        if session.version == before:
            kind = "broadcastPaused" if status == PAUSED else "broadcastResumed"
            self._answer(message, kind, sessionId=session.session_id)

    async def _get_session_status(self, message: wire.GetSessionStatus) -> None:
        room = self._own_room()
        room.send_status(self.peer, **_repeat(message))
        if room.hears_pcm_only:
            # Who asks has just begun, and may have begun to listen after we said so.
            room.send_format_required()

    async def _end_session(self, message: wire.EndSession) -> None:
        room = self._own_room()
        if message.session_id not in (None, "", room.session.session_id):
            raise Problem(409, codes.VALIDATION_INVALID_PARAMETER, "This connection is in another session.")
        await self._service.end(room.session, message.reason or "ended", message.request_id)

    async def _change_language(self, message: wire.ChangeLanguage) -> None:
        self.peer.target_language = message.target_language
        if self.room is not None:
            self.room.stale = True
        self._answer(message, "languageChanged", targetLanguage=message.target_language)

    async def _playback_report(self, message: wire.PlaybackReport) -> None:
        self.peer.note_report(message)
        if self.room is not None:
            self.room.stale = True

    async def _heartbeat(self, message: wire.Heartbeat) -> None:
        server_time = time.time_ns() // 1_000_000
        sent = server_time if message.timestamp is None else message.timestamp
        self._answer(message, "heartbeatAck", timestamp=sent, id=message.id, serverTime=server_time)

    async def _refresh_connection(self, message: wire.RefreshConnection) -> None:
        if self.room is None and message.session_id:
            await self.enter(message.session_id, "", -1)
        session_id = self.room.session.session_id if self.room else ""
        self._answer(
            message,
            "connectionRefreshComplete",
            sessionId=session_id,
            connectionId=self.peer.connection_id,
        )

    # Help

    def _own_room(self) -> Room:
        if self.room is None or self.room.speaker is not self.peer:
            raise Problem(403, codes.AUTH_UNAUTHORIZED, "Only the speaker of a session can do that.")
        return self.room

    def _answer(self, message: wire.ClientMessage, kind: str, **fields: Any) -> None:
        self.peer.send_message(kind, **fields, **_repeat(message))

    def _allowed(self, what: str, count: float, now: float, request_id: str | None) -> bool:
        allowance = self._allowances.get(what)
        if allowance is None:
            # Made when needed: most people are listeners, and send none of most of it.
            allowance = self._allowances[what] = _allowance(what, self._limits, now)
        verdict = allowance.judge(count, now)
        if verdict is Verdict.CLOSE:
            self.peer.close(codes.CLOSE_RATE_LIMIT, codes.RATE_LIMIT_EXCEEDED)
        elif verdict is Verdict.WARN:
            wait_s = math.ceil(allowance.wait_s(count))
            text = "This connection sends too much at once."
            self._error(Problem(429, codes.RATE_LIMIT_EXCEEDED, text, retry_after_s=wait_s), request_id)
        return verdict is Verdict.PASS

    def _refuse(self, problem: Problem, request_id: str | None, now: float) -> None:
        """Answer nonsense, but no faster than control messages may come."""
        if self._allowed(CONTROL, 1, now, request_id):
            self._error(problem, request_id)

    def _error(self, problem: Problem, request_id: str | None) -> None:
        self._metrics.errors.labels("websocket", problem.code).inc()
        fields: dict[str, Any] = {
            "code": problem.code,
            "message": problem.message,
            "details": problem.details,
        }
        if problem.retry_after_s is not None:
            fields["retryAfter"] = problem.retry_after_s
        if request_id:
            fields["requestId"] = request_id
        self.peer.send_message("error", **fields)


_HANDLERS: Mapping[type[wire.ClientMessage], Callable[[Conversation, Any], Awaitable[None]]] = {
    wire.CreateSession: Conversation._create_session,
    wire.JoinSession: Conversation._join_session,
    wire.SendAudio: Conversation._send_audio,
    wire.BroadcastControl: Conversation._broadcast_control,
    wire.GetSessionStatus: Conversation._get_session_status,
    wire.EndSession: Conversation._end_session,
    wire.ChangeLanguage: Conversation._change_language,
    wire.PlaybackReport: Conversation._playback_report,
    wire.Heartbeat: Conversation._heartbeat,
    wire.RefreshConnection: Conversation._refresh_connection,
}


def _allowance(what: str, limits: Limits, now: float) -> Allowance:
    rate, burst = {
        FRAMES: (limits.audio_per_s, limits.audio_burst),
        PCM_FRAMES: (limits.audio_per_s, limits.audio_burst),
        CHUNKS: (limits.audio_per_s, TEXT_AUDIO_BURST),
        CONTROL: (limits.control_per_s, limits.control_burst),
    }[what]
    return Allowance(rate=rate, burst=burst, now=now, patience_s=limits.flood_patience_s)


def _repeat(message: wire.ClientMessage) -> dict[str, str]:
    return {"requestId": message.request_id} if message.request_id else {}


def _request_id(text: str) -> str | None:
    """The id of a request that is otherwise wrong, so that its sender learns of it."""
    try:
        found = json.loads(text)["requestId"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return found if isinstance(found, str) and len(found) <= 64 else None
