"""The messages of one connection: each goes to its handler, and costs some of what may be sent."""

import json
import logging
import math
from contextlib import AbstractContextManager, suppress

from pydantic import ValidationError

from backend.action_log import CHANGE, CREATE, END, MUTE, PAUSE, RESUME, UNMUTE, Action
from backend.live.text_audio import MAX_CHUNK_MS, duration_ms
from backend.logs import usable_id
from backend.ports import StoreUnavailable
from backend.problems import (
    Problem,
    from_validation,
    in_words,
    internal_error,
    message_too_large,
    storage_unavailable,
)
from backend.rate_limit import Allowance, Pace, Verdict
from backend.settings import Limits
from backend.ws import connection_messages, listener_messages, older_requests, older_sound, speaker_messages
from backend.ws.participant import Participant
from pylib.errors import FrameError
from pylib.protocol import codes, message_types
from pylib.protocol.client_messages import (
    CLIENT_MESSAGE,
    AnyClientMessage,
    ClientMessage,
    OlderControlState,
    SendAudio,
)
from pylib.protocol.frames import FRAME_MS, HEADER_BYTES, KIND_PCM16, MAX_FRAME_BYTES, VERSION
from pylib.protocol.limits import MAX_AUDIO_TEXT_BYTES, MAX_OLDER_AUDIO_TEXT_BYTES, MAX_TEXT_BYTES
from pylib.protocol.message_types import SEND_AUDIO

TEXT_AUDIO_BURST = 250
"""In frames: room for a chunk of 3 s (150 frames) that comes a little early after another one."""

REFUSED_PER_S = 240
REFUSED_BURST = 500
"""Sound that is refused, and what is ignored, is read so fast; more of it holds up what comes behind it."""

PCM_FRAME_BYTES = 640
STANDARD_FRAME_BYTES = 240
PREMIUM_FRAME_BYTES = 960
"""The sound in one frame, at most: PCM16 at 256 kbit/s in both tiers, Opus at four times its tier's rate.

A larger frame costs as much as the frames that it is as large as.
"""

# Each of these has a pace of its own: PCM is sent beside Opus and must not use up what Opus may have.
FRAMES, PCM_FRAMES, CHUNKS, CONTROL, REFUSED = "frames", "pcm-frames", "chunks", "control", "refused"
_PCM = bytes([KIND_PCM16])
_OURS = bytes([VERSION])
_OPUS_BYTES = {"standard": STANDARD_FRAME_BYTES, "premium": PREMIUM_FRAME_BYTES}

_HANDLERS = {**speaker_messages.HANDLERS, **listener_messages.HANDLERS, **connection_messages.HANDLERS}
"""The handler of each message type but sendAudio, which is sound and is published here."""

_ACTIONS = {
    message_types.CREATE_SESSION: CREATE,
    message_types.PAUSE_BROADCAST: PAUSE,
    message_types.RESUME_BROADCAST: RESUME,
    message_types.MUTE_BROADCAST: MUTE,
    message_types.UNMUTE_BROADCAST: UNMUTE,
    message_types.SET_ADMISSION: CHANGE,
    message_types.END_SESSION: END,
}
"""The messages by which a speaker acts, each with what the log calls it."""

log = logging.getLogger("lectern.ws")


class Conversation:
    """The messages of one participant.

    `binary` and `text` return for how many seconds no more may be read of this connection: nothing legal is
    dropped because it comes in a lump, as it does when a network stood still. Sound that is refused costs
    nothing of what control messages may; a flood of it is answered at their rate only, and then closed.
    """

    __slots__ = ("_limits", "_paces", "_refusals", "_warned_at", "participant")

    def __init__(self, participant: Participant, limits: Limits) -> None:
        self.participant = participant
        self._limits = limits
        # Made when needed: most connections are listeners', which send neither frames nor chunks.
        self._paces: dict[str, Pace] = {}
        self._refusals: Allowance | None = None
        self._warned_at = float("-inf")

    def binary(self, data: bytes) -> float:
        """A frame of audio. Returns seconds to wait."""
        now = self.participant.clock.monotonic_s()
        if self.participant.peer.is_older and data[:1] != _OURS:
            # Raw samples of an older client: its own gateway drops what is not text, without an error.
            return self._spend(REFUSED, 1, now)
        if len(data) > MAX_FRAME_BYTES:
            self.too_large()
            return 0
        try:
            room = self.participant.own_room()
            room.floor.publish(room.session, data)
        except FrameError as error:
            return self._refuse_sound(Problem(400, error.code, error.message), None, now)
        except Problem as problem:
            return self._refuse_sound(problem, None, now)
        is_pcm = data[1:2] == _PCM
        legal_bytes = PCM_FRAME_BYTES if is_pcm else _OPUS_BYTES[room.session.quality_tier]
        cost = max(1.0, (len(data) - HEADER_BYTES) / legal_bytes)
        return self._spend(PCM_FRAMES if is_pcm else FRAMES, cost, now)

    async def text(self, text: str) -> float:
        """A JSON message. Returns seconds to wait."""
        now = self.participant.clock.monotonic_s()
        size = len(text.encode())
        try:
            message = self._read(text)
        except ValidationError as error:
            if size > (self._audio_text_bytes if SEND_AUDIO in text else MAX_TEXT_BYTES):
                self.too_large()
            else:
                self._refuse_unread(from_validation(error), text, now)
            return self._spend(REFUSED if SEND_AUDIO in text else CONTROL, 1, now)
        is_audio = isinstance(message, SendAudio)
        if size > (self._audio_text_bytes if is_audio else MAX_TEXT_BYTES):
            self.too_large()
            return 0
        if isinstance(message, SendAudio):
            return self._publish_chunk(message, now)
        await self._handle(message)
        # A slider of an older client is dragged faster than other messages may come.
        return self._spend(REFUSED if isinstance(message, OlderControlState) else CONTROL, 1, now)

    def _read(self, text: str) -> AnyClientMessage:
        """Raises ValidationError when it is no message."""
        try:
            return CLIENT_MESSAGE.validate_json(text)
        except ValidationError:
            meant = older_requests.meant_by(text) if self.participant.peer.is_older else None
            if meant is None:
                raise
        return CLIENT_MESSAGE.validate_python(meant)

    def flooded(self) -> None:
        """Too much has come for too long: say so, and close the connection."""
        self._warn(1, self.participant.clock.monotonic_s())
        self.participant.peer.close(codes.CLOSE_RATE_LIMIT, codes.RATE_LIMIT_EXCEEDED)

    async def _handle(self, message: ClientMessage) -> None:
        try:
            await self._act(message)
        except Problem as problem:
            self.participant.send_error(problem, message.request_id)
        except StoreUnavailable:
            self.participant.send_error(storage_unavailable(), message.request_id)
        except Exception:
            log.exception("a message could not be handled", extra={"action": type(message).__name__})
            self.participant.send_error(internal_error(), message.request_id)

    async def _act(self, message: ClientMessage) -> None:
        """Call the message's handler; the log tells of what a speaker does."""
        participant, work = self.participant, _HANDLERS[type(message)](self.participant, message)
        name = _ACTIONS.get(getattr(message, "action", ""))
        if name is None:
            await work
            return
        with self._acting(name, message.request_id) as action:
            if participant.room is not None:
                action.is_about(participant.room.session)
            await work

    def _acting(self, name: str, request_id: str | None) -> AbstractContextManager[Action]:
        participant, ids = self.participant, usable_id(request_id) or ""
        return participant.service.actions.acting(
            name, participant.peer.subject, requestId=ids, correlationId=ids
        )

    def _refuse_unread(self, problem: Problem, text: str, now: float) -> None:
        """Refuse a message that is not as it should be."""
        request_id, action = _id_field(text, "requestId"), _id_field(text, "action") or ""
        if action in _ACTIONS:
            with suppress(Problem), self._acting(_ACTIONS[action], request_id):
                raise problem
        self._refuse(problem, request_id, now)

    def _publish_chunk(self, chunk: SendAudio, now: float) -> float:
        participant = self.participant
        is_older = participant.peer.is_older
        if is_older:
            chunk = older_sound.meant_by(chunk, muted=participant.is_muted)
            if not chunk.audio_data:
                return self._spend(CHUNKS, 1, now)
        try:
            room = participant.own_room()
            room.floor.publish_text(
                room.session, chunk, older_sound.MAX_CHUNK_MS if is_older else MAX_CHUNK_MS
            )
        except Problem as problem:
            return self._refuse_sound(problem, chunk.request_id, now)
        except Exception:
            log.exception("a message could not be handled", extra={"action": type(chunk).__name__})
            self.participant.send_error(internal_error(), chunk.request_id)
        return self._spend(CHUNKS, _frames_in(chunk), now)

    def _spend(self, what: str, count: float, now: float) -> float:
        pace = self._paces.get(what)
        if pace is None:
            pace = self._paces[what] = _pace(what, self._limits, now)
        wait_s = pace.spend(count, now)
        if pace.is_flooded(now):
            self.flooded()
        elif wait_s and what == CONTROL:
            self._warn(wait_s, now)
        return wait_s

    def _warn(self, wait_s: float, now: float) -> None:
        """Say that it is too much, at most once a second."""
        if now - self._warned_at < 1:
            return
        self._warned_at = now
        text = f"This connection sends too much at once. Please wait {in_words(wait_s)} and try again."
        problem = Problem(429, codes.RATE_LIMIT_EXCEEDED, text, retry_after_s=math.ceil(wait_s))
        self.participant.send_error(problem, None)

    def _refuse_sound(self, problem: Problem, request_id: str | None, now: float) -> float:
        self._refuse(problem, request_id, now)
        return self._spend(REFUSED, 1, now)

    def _refuse(self, problem: Problem, request_id: str | None, now: float) -> None:
        """Answer a wrong message with its problem; of a flood of them only some."""
        if self._refusals is None:
            rate, burst = self._limits.control_per_s, self._limits.control_burst
            patience_s = self._limits.flood_patience_s
            self._refusals = Allowance(rate=rate, burst=burst, now=now, patience_s=patience_s)
        verdict = self._refusals.judge(1, now)
        if verdict is Verdict.PASS:
            self.participant.send_error(problem, request_id)
        elif verdict is Verdict.WARN:
            self._warn(self._refusals.wait_s(1), now)
        elif verdict is Verdict.CLOSE:
            self.flooded()

    @property
    def _audio_text_bytes(self) -> int:
        """How long a sendAudio message may be."""
        return MAX_OLDER_AUDIO_TEXT_BYTES if self.participant.peer.is_older else MAX_AUDIO_TEXT_BYTES

    def too_large(self) -> None:
        """A message is too large: close. An older client would send it again, were it not told to stop."""
        if self.participant.peer.is_older:
            self.participant.send_error(message_too_large(), None)
        self.participant.peer.close(codes.CLOSE_TOO_LARGE, codes.VALIDATION_MESSAGE_TOO_LARGE)


def _pace(what: str, limits: Limits, now: float) -> Pace:
    rate, burst, patience_s = {
        FRAMES: (limits.audio_per_s, limits.audio_burst, limits.late_patience_s),
        PCM_FRAMES: (limits.audio_per_s, limits.audio_burst, limits.late_patience_s),
        CHUNKS: (limits.audio_per_s, TEXT_AUDIO_BURST, limits.late_patience_s),
        CONTROL: (limits.control_per_s, limits.control_burst, limits.flood_patience_s),
        REFUSED: (REFUSED_PER_S, REFUSED_BURST, limits.flood_patience_s),
    }[what]
    return Pace(rate=rate, burst=burst, now=now, patience_s=patience_s)


def _frames_in(chunk: SendAudio) -> int:
    """How many frames the chunk will be cut into."""
    return math.ceil(duration_ms(chunk) / FRAME_MS)


def _id_field(text: str, name: str) -> str | None:
    """A short field of a message that failed validation, so that its sender can match the error."""
    try:
        found = json.loads(text)[name]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return found if isinstance(found, str) and len(found) <= 64 else None
