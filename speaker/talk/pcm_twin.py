"""PCM beside Opus, for listeners who cannot hear Opus, as long as the path to the server bears it."""

from pylib.audio.capture import CapturePipeline
from pylib.audio.pcm import PcmTwin
from pylib.protocol import message_types
from pylib.realtime.client import Message, RealtimeClient
from pylib.realtime.replay_buffer import ReplayBuffer

WEAK_S = 5.0
"""A path that keeps frames waiting for so long, though the server answers on it, is too weak for PCM.

PCM takes 256 kbit/s, Opus 24 or 96. A path that is dead is noticed sooner.
"""


class PcmTwinKeeper:
    """Begins and ends the twin as the server asks; ends it too when the path is too weak for it.

    Everybody who hears Opus would lose sound otherwise. The server asks again after a while.
    """

    def __init__(
        self, client: RealtimeClient, pipeline: CapturePipeline, replay_buffer: ReplayBuffer
    ) -> None:
        self._client = client
        self._pipeline = pipeline
        self._replay_buffer = replay_buffer
        client.on(message_types.AUDIO_FORMAT_REQUIRED, self._on_required)

    def watch(self) -> None:
        """Call for each frame."""
        is_open = self._client.state == "open"
        if is_open and self._pipeline.sends_twin and self._replay_buffer.held_s >= WEAK_S:
            self._use(False)
            self._replay_buffer.drop_waiting(PcmTwin.kind)
            self._client.send(message_types.REFUSE_AUDIO_FORMAT, {"kind": PcmTwin.kind})

    def _on_required(self, message: Message) -> None:
        """Some listener can hear PCM16 only, or none any more; the server repeats it after each reconnect."""
        self._use(message.get("kind") == PcmTwin.kind and bool(message.get("required", True)))

    def _use(self, required: bool) -> None:
        if required is not self._pipeline.has_twin:
            self._pipeline.use_twin(PcmTwin(self._pipeline.on_twin_packet) if required else None)
