"""SpeakerService: everything a speaker does in a session that exists already.

It never creates one, so it serves both creation modes.
"""

import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from pylib.audio.capture import CapturePipeline
from pylib.errors import LecternError
from pylib.ports import AudioEncoder, Clock
from pylib.protocol import message_types
from pylib.protocol.codes import CLOSE_GAVE_UP
from pylib.protocol.frames import FRAME_MS
from pylib.protocol.limits import SPEAKER_GRACE_MS
from pylib.realtime.client import Message, RealtimeClient
from pylib.realtime.replay_buffer import ReplayBuffer
from speaker.model import Audience
from speaker.page_state import TalkFacts, talk_state
from speaker.sound.encoders import TIERS, OnPacket, Tier
from speaker.sound.microphone import MicrophoneKeeper
from speaker.talk.audience import audience_of
from speaker.talk.controls import BroadcastControls
from speaker.talk.pcm_twin import PcmTwinKeeper

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
        self._replay_buffer = ReplayBuffer(client.send_audio, clock)
        self.pipeline = CapturePipeline(self._session_ms, self._offer)
        self._twin = PcmTwinKeeper(client, self.pipeline, self._replay_buffer)
        self.pipeline.check.on_change = changed
        client.on(message_types.WELCOME, self._on_welcome)
        client.on(message_types.SESSION_STATUS, self._on_status)
        client.on(message_types.SESSION_ENDED, self._on_ended)
        self._controls = BroadcastControls(client, self.pipeline, lambda: self._is_live, changed)
        client.on_state = lambda _state: self._connection_changed()

    def return_as(self, *, paused: bool, muted: bool) -> None:
        """Call before `start` when a talk is continued, as after a reload: it stays paused or muted."""
        self.pipeline.paused, self.pipeline.muted = paused, muted
        self._returns = True

    async def start(self, tier: str, device_id: str) -> None:
        """Open the microphone and go live. Raises AudioError, RealtimeError."""
        status = await self._client.request(
            message_types.GET_SESSION_STATUS, {}, message_types.SESSION_STATUS
        )
        self._created_at_ms = float(status["createdAt"])
        self._on_welcome(self._client.welcome)
        # A client that created its session over this connection was welcomed before the room's epoch began.
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
            self._controls.repeat()
        self._changed()

    @property
    def length_s(self) -> float:
        """Seconds since the session began."""
        return max(0.0, self._session_ms(self._clock.steady_ms()) / 1000)

    @property
    def sent_s(self) -> float:
        """Seconds of sound that left this page."""
        return self._replay_buffer.sent * FRAME_MS / 1000

    @property
    def state(self) -> str:
        """live, paused, muted, reconnecting or ended."""
        return talk_state(self.facts)

    @property
    def facts(self) -> TalkFacts:
        """What the page's state is decided by."""
        return TalkFacts(
            over=self.is_over,
            connected=self._client.state == "open",
            gave_up=self.gave_up,
            paused=self.paused,
            muted=self.muted,
            close_code=self.close_code,
            close_reason=self.close_reason,
        )

    @property
    def is_over(self) -> bool:
        """Whether the talk was ended, here or elsewhere, or cannot be joined any more."""
        return self._ended or (self._client.state == "closed" and not self.gave_up)

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
    def grace_ms(self) -> int:
        """For how long the server keeps the session for a speaker who is away."""
        return int(self._client.welcome.get("graceMs", SPEAKER_GRACE_MS))

    @property
    def close_code(self) -> int:
        """Why the connection closed, 0 while it lives."""
        return self._client.close_code if self._client.state == "closed" else 0

    @property
    def close_reason(self) -> str:
        """The server's word for it: an error code, or why the session ended."""
        return self._ended_reason or self._client.close_reason

    def set_paused(self, paused: bool) -> Coroutine[Any, Any, None]:
        """Paused sends nothing at all, at once; to be awaited as `BroadcastControls.set_paused`."""
        if paused:
            self._replay_buffer.clear()
        return self._controls.set_paused(paused)

    def set_muted(self, muted: bool) -> Coroutine[Any, Any, None]:
        """Muted sends silence, at once; to be awaited as `BroadcastControls.set_muted`."""
        return self._controls.set_muted(muted)

    async def admit(self, **fields: Any) -> None:
        """Change `maxListeners` or `doorClosed`. Raises RealtimeError when the server does not confirm."""
        await self._client.request(message_types.SET_ADMISSION, fields, message_types.SESSION_STATUS)

    def set_volume(self, volume: float) -> None:
        """How strong the microphone is sent, 1 as it is."""
        self.pipeline.volume = volume

    async def end(self, reason: str = "the speaker ended it") -> None:
        """End the session for all listeners. Raises RealtimeError when the server does not confirm."""
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
        # Only once: when the server answers at last, the microphone may belong to the next talk.
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
        pipeline, replay, client = self.pipeline, self._replay_buffer, self._client
        return {
            "framesSent": replay.sent,
            "framesSentAgain": replay.sent_again,
            "framesWaiting": replay.waiting,
            "framesDropped": replay.dropped,
            "reconnects": client.reconnects,
            "refreshes": client.refreshes,
            "levelDb": pipeline.level.rms_db,
            "roundTripMs": client.server_clock.round_trip_ms or 0.0,
            "listeners": self.audience.listeners,
            "hearing": self.audience.hearing,
        }

    def _session_ms(self, capture_ms: float) -> float:
        """A moment of the device's steady clock as milliseconds since the session began on the server's."""
        return capture_ms + self._client.server_clock.offset_ms - self._created_at_ms

    def _offer(self, seq: int, frame: bytes) -> None:
        self._replay_buffer.offer(seq, frame)
        self._twin.watch()

    def _on_welcome(self, message: Message) -> None:
        """The server tells which frame it expects: number frames from there, send again what it lacks."""
        from_seq, epoch = int(message.get("fromSeq", 0)), message.get("epoch")
        self.pipeline.continue_from(from_seq)
        if not self._is_live:
            self._epoch = epoch
            return
        self._controls.repeat()
        if epoch == self._epoch and "fromSeq" in message:
            self._replay_buffer.resume_from(from_seq)
        else:
            # A restarted server knows no frame, but listeners have heard those that had left this page.
            self._replay_buffer.push()
        self._epoch = epoch

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
