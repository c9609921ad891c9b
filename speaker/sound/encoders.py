"""Which encoder a talk gets: Opus, or PCM16 where the browser cannot encode Opus."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from pylib.audio.pcm import PcmEncoder, PcmTwin
from pylib.ports import AudioEncoder

OPUS_SAMPLE_RATE = 48_000

FIRST_PATIENCE = 50
"""Blocks, of 20 ms, after which an encoder that never gave a packet counts as broken."""

LATER_PATIENCE = 1500
"""Blocks without a packet after the first one, half a minute: a page that stood still hands over ten seconds
at once, and before it gives way to PCM an encoder begins anew (`STUCK_BLOCKS`)."""

log = logging.getLogger("lectern.audio")

OnPacket = Callable[[bytes, int], None]


class Tier(NamedTuple):
    """What a quality tier means for the sound: bit/s, and whether it is tuned for speech."""

    bitrate: int
    voice: bool


TIERS = {"standard": Tier(24_000, voice=True), "premium": Tier(96_000, voice=False)}


class FallbackEncoder:
    """Opus, until the browser's encoder gives no packets; from then on PCM16."""

    sample_rate = OPUS_SAMPLE_RATE

    def __init__(self, new_opus: Callable[[OnPacket], AudioEncoder], on_packet: OnPacket) -> None:
        self._on_packet = on_packet
        self._encoder: AudioEncoder = new_opus(self._came)
        self.kind = self._encoder.kind
        self._unanswered = 0
        self._patience = FIRST_PATIENCE

    def encode(self, samples: Any, timestamp_us: int) -> None:
        """See AudioEncoder."""
        self._unanswered += 1
        if self._unanswered > self._patience and self.kind != PcmTwin.kind:
            log.warning("the browser's encoder gives no packets: the sound goes out as PCM")
            self._encoder.close()
            self._encoder = PcmTwin(self._came)
            self.kind = self._encoder.kind
        self._encoder.encode(samples, timestamp_us)

    def restart(self) -> None:
        """See AudioEncoder."""
        self._encoder.restart()

    def close(self) -> None:
        """See AudioEncoder."""
        self._encoder.close()

    def _came(self, payload: bytes, timestamp_us: int) -> None:
        self._unanswered = 0
        self._patience = LATER_PATIENCE
        self._on_packet(payload, timestamp_us)


class EncoderChoice:
    """Chooses anew for each talk.

    `new_opus` takes bitrate, voice and the packet callback. Sound that travels as text is PCM16:
    listeners that need text cannot hear Opus. `asked_for` is "pcm" to do without, as tests do.
    """

    def __init__(
        self,
        can_encode_opus: Callable[[], Awaitable[bool]],
        new_opus: Callable[[int, bool, OnPacket], AudioEncoder],
        *,
        transport: str = "binary",
        asked_for: str = "",
    ) -> None:
        self._can_encode_opus = can_encode_opus
        self._new_opus = new_opus
        self._pcm_only = asked_for == "pcm" or transport == "text"

    async def sample_rate(self) -> int:
        """Of the blocks that the next encoder takes, in Hz."""
        return OPUS_SAMPLE_RATE if await self._is_opus() else PcmEncoder.sample_rate

    async def new(self, tier: Tier, on_packet: OnPacket) -> AudioEncoder:
        """An encoder that gives its packets to `on_packet`."""
        if await self._is_opus():
            return FallbackEncoder(lambda came: self._new_opus(tier.bitrate, tier.voice, came), on_packet)
        return PcmEncoder(on_packet)

    async def _is_opus(self) -> bool:
        return not self._pcm_only and await self._can_encode_opus()
