"""The messages of one connection: their rate and size are limited, then each goes to its handler."""

import json
import logging
import math

from pydantic import ValidationError

from backend.ports import StoreUnavailable
from backend.problems import Problem, from_validation, internal_error, storage_unavailable
from backend.rate_limit import Allowance, Verdict
from backend.settings import Limits
from backend.ws import connection_messages, listener_messages, speaker_messages
from backend.ws.participant import Participant
from pylib.errors import FrameError
from pylib.protocol import codes
from pylib.protocol.client_messages import CLIENT_MESSAGE, ClientMessage, SendAudio
from pylib.protocol.frames import FRAME_MS, KIND_PCM16, MAX_FRAME_BYTES
from pylib.protocol.limits import MAX_AUDIO_TEXT_BYTES, MAX_TEXT_BYTES

TEXT_AUDIO_BURST = 250
"""In frames: room for a chunk of 3 s (150 frames) that comes a little early after another one."""

# Each of these has a limit of its own: PCM is sent beside Opus and must not use up the limit of Opus.
FRAMES, PCM_FRAMES, CHUNKS, CONTROL = "frames", "pcm-frames", "chunks", "control"
_PCM = bytes([KIND_PCM16])

_HANDLERS = {**speaker_messages.HANDLERS, **listener_messages.HANDLERS, **connection_messages.HANDLERS}
"""The handler of each message type but sendAudio, which is sound and is published here."""

log = logging.getLogger("lectern.ws")


class Conversation:
    """The messages of one participant."""

    __slots__ = ("_allowances", "_limits", "participant")

    def __init__(self, participant: Participant, limits: Limits) -> None:
        self.participant = participant
        self._limits = limits
        self._allowances: dict[str, Allowance] = {}

    def binary(self, data: bytes) -> None:
        """A frame of audio."""
        now = self.participant.clock.monotonic_s()
        if len(data) > MAX_FRAME_BYTES:
            self._close_too_large()
        elif self._allowed(PCM_FRAMES if data[1:2] == _PCM else FRAMES, 1, now, None):
            try:
                room = self.participant.own_room()
                room.floor.publish(room.session, data)
            except FrameError as error:
                self._refuse(Problem(400, error.code, error.message), None, now)
            except Problem as problem:
                self._refuse(problem, None, now)

    async def text(self, text: str) -> None:
        """A JSON message."""
        now = self.participant.clock.monotonic_s()
        size = len(text.encode())
        try:
            message = CLIENT_MESSAGE.validate_json(text)
        except ValidationError as error:
            if size > MAX_TEXT_BYTES:
                self._close_too_large()
            else:
                self._refuse(from_validation(error), _request_id(text), now)
            return
        is_audio = isinstance(message, SendAudio)
        if size > (MAX_AUDIO_TEXT_BYTES if is_audio else MAX_TEXT_BYTES):
            self._close_too_large()
        elif is_audio or self._allowed(CONTROL, 1, now, message.request_id):
            await self._handle(message, now)

    async def _handle(self, message: ClientMessage, now: float) -> None:
        try:
            if isinstance(message, SendAudio):
                self._publish_chunk(message, now)
            else:
                await _HANDLERS[type(message)](self.participant, message)
        except Problem as problem:
            self.participant.send_error(problem, message.request_id)
        except StoreUnavailable:
            self.participant.send_error(storage_unavailable(), message.request_id)
        except Exception:
            log.exception("a message could not be handled", extra={"action": type(message).__name__})
            self.participant.send_error(internal_error(), message.request_id)

    def _publish_chunk(self, chunk: SendAudio, now: float) -> None:
        try:
            room = self.participant.own_room()
            if self._allowed(CHUNKS, _frames_in(chunk), now, chunk.request_id):
                room.floor.publish_text(room.session, chunk)
        except Problem as problem:
            self._refuse(problem, chunk.request_id, now)

    def _allowed(self, what: str, count: float, now: float, request_id: str | None) -> bool:
        allowance = self._allowances.get(what)
        if allowance is None:
            # Made when needed: most connections are listeners', which send neither frames nor chunks.
            allowance = self._allowances[what] = _allowance(what, self._limits, now)
        verdict = allowance.judge(count, now)
        if verdict is Verdict.CLOSE:
            self.participant.peer.close(codes.CLOSE_RATE_LIMIT, codes.RATE_LIMIT_EXCEEDED)
        elif verdict is Verdict.WARN:
            wait_s = math.ceil(allowance.wait_s(count))
            text = "This connection sends too much at once."
            problem = Problem(429, codes.RATE_LIMIT_EXCEEDED, text, retry_after_s=wait_s)
            self.participant.send_error(problem, request_id)
        return verdict is Verdict.PASS

    def _refuse(self, problem: Problem, request_id: str | None, now: float) -> None:
        """Answer a wrong message with its problem, at most at the rate of control messages."""
        if self._allowed(CONTROL, 1, now, request_id):
            self.participant.send_error(problem, request_id)

    def _close_too_large(self) -> None:
        self.participant.peer.close(codes.CLOSE_TOO_LARGE, codes.VALIDATION_MESSAGE_TOO_LARGE)


def _allowance(what: str, limits: Limits, now: float) -> Allowance:
    rate, burst = {
        FRAMES: (limits.audio_per_s, limits.audio_burst),
        PCM_FRAMES: (limits.audio_per_s, limits.audio_burst),
        CHUNKS: (limits.audio_per_s, TEXT_AUDIO_BURST),
        CONTROL: (limits.control_per_s, limits.control_burst),
    }[what]
    return Allowance(rate=rate, burst=burst, now=now, patience_s=limits.flood_patience_s)


def _frames_in(chunk: SendAudio) -> int:
    """How many frames the chunk will be cut into: base64 of 16-bit samples has 8 characters for 3 samples."""
    return math.ceil(len(chunk.audio_data) * 3 / 8 / chunk.sample_rate * 1000 / FRAME_MS)


def _request_id(text: str) -> str | None:
    """The request id of a message that failed validation, so that its sender can match the error."""
    try:
        found = json.loads(text)["requestId"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return found if isinstance(found, str) and len(found) <= 64 else None
