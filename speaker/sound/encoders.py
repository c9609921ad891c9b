"""Which encoder a talk gets: Opus, or PCM16 where the browser cannot encode Opus."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from pylib.audio.pcm import PcmEncoder
from pylib.ports import AudioEncoder

OPUS_SAMPLE_RATE = 48_000

OnPacket = Callable[[bytes, int], None]


class Tier(NamedTuple):
    """What a quality tier means for the sound: bit/s, and whether it is tuned for speech."""

    bitrate: int
    voice: bool


TIERS = {"standard": Tier(24_000, voice=True), "premium": Tier(96_000, voice=False)}


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
            return self._new_opus(tier.bitrate, tier.voice, on_packet)
        return PcmEncoder(on_packet)

    async def _is_opus(self) -> bool:
        return not self._pcm_only and await self._can_encode_opus()
