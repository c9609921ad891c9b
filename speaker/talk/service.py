"""SpeakerService: everything a speaker does in a session that exists already.

It never creates one, so it is the same for both creation modes.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from pylib.audio.capture import CapturePipeline
from pylib.audio.pcm import PcmTwin
from pylib.errors import LecternError, RealtimeError
from pylib.ports import AudioEncoder, Clock
from pylib.protocol import message_types
from pylib.protocol.codes import CLOSE_GAVE_UP
from pylib.protocol.frames import FRAME_MS
from pylib.realtime.client import Message, RealtimeClient
from pylib.realtime.replay_buffer import ReplayBuffer
from speaker.sound.encoders import TIERS, OnPacket, Tier
from speaker.sound.microphone import MicrophoneKeeper
from speaker.talk.audience import Audience, audience_of
from speaker.talk.quality_warning import QualityWarning

_OUR_WISH = {"requestId": "as-wanted"}
_PAUSE = (message_types.PAUSE_BROADCAST, message_types.BROADCAST_PAUSED)
_RESUME = (message_types.RESUME_BROADCAST, message_types.BROADCAST_RESUMED)
_MUTE = (message_types.MUTE_BROADCAST, message_types.BROADCAST_MUTED)
_UNMUTE = (message_types.UNMUTE_BROADCAST, message_types.BROADCAST_UNMUTED)
_CONTROLS = (
    (message_types.BROADCAST_PAUSED, "paused", True),
    (message_types.BROADCAST_RESUMED, "paused", False),
    (message_types.BROADCAST_MUTED, "muted", True),
    (message_types.BROADCAST_UNMUTED, "muted", False),
)
"""The server's messages that change what this page does, and what they change."""

log = logging.getLogger("lectern.speaker")


class SpeakerService:
    """Captures, streams, pauses, mutes, reports and ends.

    `changed` is called whenever something that a page shows may have changed. `pipeline` is what
    the microphone's blocks go through, with their level and the sound check.
    """

    def __init__(
        self,
        client: RealtimeClient,
        microphone: MicrophoneKeeper,
        new_encoder: Callable[[Tier, OnPacket], Awaitable[AudioEncoder]],
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        self.audience = Audience()
        self.server_warning = QualityWarning(client, clock, changed)
        self._client = client
        self._microphone = microphone
        self._new_encoder = new_encoder
        self._clock = clock
        self._changed = changed
        self._ended_reason = ""
        self._created_at_ms = 0.0
        self._epoch: Any = None
        self._ended = False
        self._is_live = self._returns = self._is_silent = False
        self._outbox = ReplayBuffer(client.send_audio, clock)
        self.pipeline = CapturePipeline(self._session_ms, self._outbox.offer)
        self.pipeline.check.on_change = changed
        client.on(message_types.WELCOME, self._on_welcome)
        client.on(message_types.SESSION_STATUS, self._on_status)
        client.on(message_types.SESSION_ENDED, self._on_ended)
        client.on(message_types.AUDIO_FORMAT_REQUIRED, self._on_format_required)
        for message_type, name, value in _CONTROLS:
            client.on(message_type, self._control_handler(name, value))
        client.on_state = lambda _state: self._connection_changed()

    def return_as(self, *, paused: bool, muted: bool) -> None:
        """Before `start`: the talk goes on after a reload, as silent as it was."""
        self.pipeline.paused, self.pipeline.muted = paused, muted
        self._returns = True

    async def start(self, tier: str, device_id: str) -> None:
        """Open the microphone and go live. Raises AudioError, RealtimeError."""
        status = await self._client.request(
            message_types.GET_SESSION_STATUS, {}, message_types.SESSION_STATUS
        )
        self._created_at_ms = float(status["createdAt"])
        self._on_welcome(self._client.welcome)
        # Who created the session over this connection was welcomed before there was a room.
        self._epoch = status.get("epoch", self._epoch)
        settings = TIERS[tier]
        encoder = await self._new_encoder(settings, self.pipeline.on_packet)
        self.pipeline.use(encoder)
        self.pipeline.check.music = not settings.voice
        await self._microphone.open(
            device_id, encoder.sample_rate, settings.voice, self.pipeline.on_block, self.pipeline.interrupt
        )
        self._is_live = True
        if self._returns:
            self._say_what_is_wanted()
        self._changed()

    @property
    def length_s(self) -> float:
        """Seconds since the session began."""
        return max(0.0, self._session_ms(self._clock.now_ms()) / 1000)

    @property
    def sent_s(self) -> float:
        """Seconds of sound that left this page."""
        return self._outbox.sent * FRAME_MS / 1000

    @property
    def state(self) -> str:
        """live, paused, muted, reconnecting or ended."""
        if self._ended or (self._client.state == "closed" and not self.gave_up):
            return "ended"
        if self._client.state != "open":
            return "reconnecting"
        if self.paused:
            return "paused"
        return "muted" if self.muted else "live"

    @property
    def paused(self) -> bool:
        """What the speaker wants, also while the connection is lost."""
        return self.pipeline.paused

    @property
    def muted(self) -> bool:
        """What the speaker wants, also while the connection is lost."""
        return self.pipeline.muted

    @property
    def gave_up(self) -> bool:
        """All attempts to reconnect are used up: a person has to ask for more."""
        return not self._ended and self._client.close_code == CLOSE_GAVE_UP and self._client.state == "closed"

    @property
    def close_code(self) -> int:
        """Why the connection closed, 0 while it lives."""
        return self._client.close_code if self._client.state == "closed" else 0

    @property
    def close_reason(self) -> str:
        """The server's word for it: an error code, or why the session ended."""
        return self._ended_reason or self._client.close_reason

    async def set_paused(self, paused: bool) -> None:
        """Paused sends nothing at all. Raises RealtimeError when the server does not confirm."""
        self.pipeline.paused = paused
        if paused:
            self._outbox.clear()
        self._changed()
        await self._tell(*(_PAUSE if paused else _RESUME))

    async def set_muted(self, muted: bool) -> None:
        """Muted sends silence, so that the line stays warm. Raises RealtimeError as `set_paused`."""
        self.pipeline.muted = muted
        self._changed()
        await self._tell(*(_MUTE if muted else _UNMUTE))

    def set_volume(self, volume: float) -> None:
        """How strong the microphone is sent, 1 as it is."""
        self.pipeline.volume = volume

    async def end(self, reason: str = "the speaker ended it") -> None:
        """End the session for everybody. Raises RealtimeError when the server does not confirm."""
        fields = {"sessionId": self._client.session_id, "reason": reason}
        try:
            await self._client.request(message_types.END_SESSION, fields, message_types.SESSION_ENDED)
        finally:
            self.stop()

    async def abandon(self) -> None:
        """Going live failed: leave no open microphone behind and, once the server knows, no session."""
        self._fall_silent()
        try:
            await self.end("the talk could not begin")
        except LecternError as error:
            log.warning("the session could not be ended by name: %s", error.code)

    def stop(self) -> None:
        """Let go of microphone, encoder and connection."""
        self._ended = True
        self._fall_silent()
        self._client.leave()
        self._changed()

    def _fall_silent(self) -> None:
        """Once: the microphone may belong to the next talk by the time the server has answered."""
        if not self._is_silent:
            self._is_silent = True
            self._microphone.close()
            self.pipeline.close()

    def retry_now(self) -> None:
        """Begin anew after giving up."""
        if self.gave_up:
            self._client.retry_now()

    def network_changed(self, online: bool) -> None:
        """The device says whether it has a network; with one, begin anew also after giving up."""
        self._client.network_changed(online)
        if online:
            self.retry_now()

    def page_seen(self) -> None:
        """The page came back to the front, perhaps after a long sleep."""
        self._client.check()
        self.retry_now()

    def stats(self) -> dict[str, float]:
        """Counts and timings as plain numbers, for `window.lectern.stats()`."""
        pipeline, outbox, client = self.pipeline, self._outbox, self._client
        return {
            "framesSent": outbox.sent,
            "framesSentAgain": outbox.sent_again,
            "framesWaiting": outbox.waiting,
            "framesDropped": outbox.dropped,
            "reconnects": client.reconnects,
            "refreshes": client.refreshes,
            "levelDb": pipeline.level.rms_db,
            "roundTripMs": client.server_clock.round_trip_ms or 0.0,
            "listeners": self.audience.listeners,
            "hearing": self.audience.hearing,
        }

    def _session_ms(self, capture_ms: float) -> float:
        """A moment of the device's clock as milliseconds since the session began on the server's."""
        return capture_ms + self._client.server_clock.offset_ms - self._created_at_ms

    def _on_welcome(self, message: Message) -> None:
        """Count on from what the server has seen, send what it has not, say again what the speaker wants."""
        from_seq, epoch = int(message.get("fromSeq", 0)), message.get("epoch")
        self.pipeline.continue_from(from_seq)
        if not self._is_live:
            self._epoch = epoch
            return
        self._say_what_is_wanted()
        if epoch == self._epoch and "fromSeq" in message:
            self._outbox.resume_from(from_seq)
        else:
            # A server that was restarted has seen nothing, but its listeners have heard what had left.
            self._outbox.push()
        self._epoch = epoch

    def _say_what_is_wanted(self) -> None:
        """With an id, so that the answers are not taken for what somebody else wants meanwhile."""
        self._client.send((_PAUSE if self.paused else _RESUME)[0], _OUR_WISH)
        self._client.send((_MUTE if self.muted else _UNMUTE)[0], _OUR_WISH)

    def _on_format_required(self, message: Message) -> None:
        """Somebody can hear PCM16 only, or nobody any more; said again after each reconnect."""
        required = message.get("kind") == PcmTwin.kind and bool(message.get("required", True))
        if required is not self.pipeline.has_twin:
            self.pipeline.use_twin(PcmTwin(self.pipeline.on_twin_packet) if required else None)

    def _control_handler(self, name: str, value: bool) -> Callable[[Message], None]:
        """Somebody else paused or muted this session (over HTTP); answers to our own requests are known."""

        def handle(message: Message) -> None:
            if "requestId" not in message and self._is_live and self._client.state == "open":
                setattr(self.pipeline, name, value)
                self._changed()

        return handle

    async def _tell(self, action: str, answer: str) -> None:
        """Tell everybody through the server. While the connection is lost, `_on_welcome` will."""
        if self._client.state != "open":
            return
        try:
            await self._client.request(action, {}, answer)
        except RealtimeError:
            if self._client.state == "open":
                raise

    def _on_status(self, message: Message) -> None:
        self.audience = audience_of(message)
        self._changed()

    def _on_ended(self, message: Message) -> None:
        self._ended_reason = str(message.get("reason", ""))
        self.stop()

    def _connection_changed(self) -> None:
        if self._client.state == "closed" and not self._ended and not self.gave_up:
            self.stop()
        self._changed()
