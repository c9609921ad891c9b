"""Sound on its way from a speaker to a listener, minute by minute or hour by hour, in no time. Portable."""

from typing import Any, Callable, TypeAlias

from pylib.audio.playback import Playback
from pylib.protocol.frames import FRAME_MS, KIND_OPUS, FrameHeader

TICK_MS = 10.0

Delay: TypeAlias = "Callable[[float], float]"
"""What the path adds, in ms, to a frame that is complete at this millisecond."""


class CountingLoudspeaker:
    """An AudioOutput that only counts how much sound is queued; it makes hours cheap."""

    def __init__(self) -> None:
        self.in_order = True
        self.fastest = self.volume = 1.0
        self.held = False
        self._newest_us = -1
        self._queued_ms = self._starved_ms = 0.0
        self._speed = self._tempo = 1.0

    async def start(self, on_tick: Callable[[], None], on_blocked: Callable[[], None]) -> None:
        """Its clock is the Journey's, which also calls `on_tick`."""

    async def revive(self, after_interruption: bool) -> None:
        self.flush()

    def play(self, kind: int, payload: Any, timestamp_us: int) -> None:
        self._queued_ms += FRAME_MS
        self.in_order = self.in_order and timestamp_us > self._newest_us
        self._newest_us = timestamp_us

    def conceal(self, duration_ms: float) -> None:
        self._queued_ms += duration_ms

    def queued_ms(self) -> float:
        return self._queued_ms

    def burst_ms(self) -> float:
        return 10.0

    def latency_ms(self) -> float:
        return 0.0

    def starved_ms(self) -> float:
        return self._starved_ms

    def flush(self) -> None:
        self._queued_ms = 0.0

    def set_volume(self, volume: float) -> None:
        self.volume = volume

    def set_speed(self, factor: float) -> None:
        self._speed = factor

    def set_tempo(self, factor: float) -> None:
        self._tempo = factor
        self.fastest = max(self.fastest, factor)

    def hold(self, held: bool) -> None:
        self.held = held

    def stop(self) -> None:
        self.flush()

    def run(self, duration_ms: float) -> None:
        """The audio clock moves on."""
        if self.held:
            return
        wanted_ms = duration_ms * self._speed * self._tempo
        self._starved_ms += max(0.0, wanted_ms - self._queued_ms)
        self._queued_ms = max(0.0, self._queued_ms - wanted_ms)


class Journey:
    """A speaker whose clock is `drift_ppm` fast, a path that keeps the order (TCP), and a listener.

    `clock_is_fast_ms` is by how much the listener's device is mistaken about the time of day.
    """

    def __init__(self, delay: Delay, drift_ppm: float = 0.0) -> None:
        self.now_ms = self.clock_is_fast_ms = 0.0
        self.loudspeaker = CountingLoudspeaker()
        self.playback = Playback(
            self.loudspeaker, lambda: self.now_ms + self.clock_is_fast_ms, lambda: self.now_ms
        )
        self._delay = delay
        self._frame_ms = FRAME_MS * (1 - drift_ppm / 1e6)
        self._seq = 0
        self._newest_ms = 0.0
        self._coming: list[tuple[float, FrameHeader]] = []

    def run(self, seconds: float, watch: "Callable[[Playback], None] | None" = None) -> None:
        """Let time pass; `watch` is called each 100 ms."""
        for tick in range(int(seconds * 1000 / TICK_MS)):
            self.now_ms += TICK_MS
            self._speak()
            self._arrive()
            self.loudspeaker.run(TICK_MS)
            self.playback.on_tick()
            if watch is not None and tick % 10 == 0:
                watch(self.playback)

    def _speak(self) -> None:
        while (self._seq + 1) * self._frame_ms <= self.now_ms:
            complete_ms = (self._seq + 1) * self._frame_ms
            header = FrameHeader(KIND_OPUS, 0, 0, self._seq, int(complete_ms - self._frame_ms))
            self._newest_ms = max(self._newest_ms, complete_ms + self._delay(complete_ms))
            self._coming.append((self._newest_ms, header))
            self._seq += 1

    def _arrive(self) -> None:
        while self._coming and self._coming[0][0] <= self.now_ms:
            self.playback.on_frame(self._coming.pop(0)[1], b"")
