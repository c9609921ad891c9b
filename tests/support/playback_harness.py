"""Playback with a fake loudspeaker, for tests that need no page. Portable."""

from array import array

from pylib.audio.pcm import to_pcm16
from pylib.audio.playback import Playback
from pylib.protocol.frames import KIND_PCM16, FrameHeader
from tests.support.fake_audio import FakeLoudspeaker


class PlaybackHarness:
    """A playback whose network and audio clock the test moves."""

    def __init__(self) -> None:
        self.now_ms = 0.0
        self.loudspeaker = FakeLoudspeaker()
        self.playback = Playback(self.loudspeaker, lambda: self.now_ms, lambda: self.now_ms)
        self.loudspeaker._on_tick = self.playback.on_tick
        self._packets: dict[float, bytes] = {}

    def receive(self, seq: int, value: float = 0.5, flags: int = 0) -> None:
        header = FrameHeader(KIND_PCM16, 0, flags, seq, seq * 20)
        self.playback.on_frame(header, self._packet(value))

    def _packet(self, value: float) -> bytes:
        """20 ms of this value, made once: MicroPython takes a millisecond for it."""
        if value not in self._packets:
            self._packets[value] = to_pcm16(array("f", [value] * 320))
        return self._packets[value]

    def listen(self, duration_ms: float) -> None:
        for _ in range(int(duration_ms / 10)):
            self.now_ms += 10
            self.loudspeaker.run(10)

    def stream(self, first: int, last: int) -> None:
        for seq in range(first, last):
            self.receive(seq)
            self.listen(20)
