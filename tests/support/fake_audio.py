"""A microphone that speaks what it is given and a loudspeaker that keeps what it hears.

Portable, so that the same tests run on CPython, MicroPython and Pyodide.
"""

from array import array
from typing import Any, Callable

from pylib.ports import AudioBlock, Microphone
from pylib.protocol.frames import FRAME_MS, KIND_PCM16, PCM_SAMPLE_RATE
from tests.support.pcm import from_pcm16

SAMPLES_PER_MS = PCM_SAMPLE_RATE // 1000


class FakeMicrophone:
    """Delivers a block each time the test calls `speak`."""

    def __init__(self, error: "Exception | None" = None) -> None:
        self.device_id = ""
        self.sample_rate = 0
        self.voice = False
        self.is_open = False
        self._error = error
        self._on_block: Callable[[AudioBlock], None] = lambda block: None

    async def microphones(self) -> list[Microphone]:
        return [Microphone("built-in", "Built-in microphone"), Microphone("desk", "Desk microphone")]

    async def open(
        self, device_id: str, sample_rate: int, voice: bool, on_block: Callable[[AudioBlock], None]
    ) -> None:
        if self._error is not None:
            raise self._error
        self.device_id, self.sample_rate, self.voice = device_id, sample_rate, voice
        self.is_open = True
        self._on_block = on_block

    def speak(self, samples: Any, capture_ms: float) -> None:
        if self.is_open:
            self._on_block(AudioBlock(array("f", samples), capture_ms))

    def close(self) -> None:
        self.is_open = False


class FakeLoudspeaker:
    """Plays PCM at the pace of `run`.

    `heard` holds every sample that reached the ear, gaps as zeros; `played` the same without the gaps.
    """

    def __init__(self, error: "Exception | None" = None) -> None:
        self.heard: Any = array("f")
        self.played: Any = array("f")
        self.dry_ms = 0.0
        self.volume = 1.0
        self.speed = self.tempo = 1.0
        self.held = False
        self.revivals: list[bool] = []
        self.is_open = False
        self.kinds: list[int] = []
        self.error = error
        self._ring: Any = array("f")
        self._owed = 0.0
        self._on_tick: Callable[[], None] = lambda: None

    async def start(self, on_tick: Callable[[], None]) -> None:
        if self.error is not None:
            raise self.error
        self.is_open = True
        self._on_tick = on_tick

    def play(self, kind: int, payload: Any, timestamp_us: int) -> None:
        self.kinds.append(kind)
        if kind == KIND_PCM16:
            self._ring.extend(from_pcm16(payload))
        else:
            self.silence(FRAME_MS)

    def silence(self, duration_ms: float) -> None:
        self._ring.extend(array("f", [0.0] * int(duration_ms * SAMPLES_PER_MS)))

    def queued_ms(self) -> float:
        return len(self._ring) / SAMPLES_PER_MS

    def starved_ms(self) -> float:
        return self.dry_ms

    def flush(self) -> None:
        self._ring = array("f")

    def set_volume(self, volume: float) -> None:
        self.volume = volume

    def set_speed(self, factor: float) -> None:
        self.speed = factor

    def set_tempo(self, factor: float) -> None:
        self.tempo = factor

    def hold(self, held: bool) -> None:
        self.held = held

    async def revive(self, after_interruption: bool) -> None:
        self.revivals.append(after_interruption)
        self.flush()
        if self.error is not None:
            raise self.error

    def stop(self) -> None:
        self.is_open = False
        self.flush()

    def run(self, duration_ms: float, tick_ms: float = 10.0) -> None:
        """The audio clock moves on."""
        for _ in range(int(duration_ms / tick_ms)):
            if self.held:
                self.heard.extend(array("f", [0.0] * int(tick_ms * SAMPLES_PER_MS)))
                self._on_tick()
                continue
            self._owed += tick_ms * self.speed * self.tempo * SAMPLES_PER_MS
            wanted = int(self._owed)
            self._owed -= wanted
            played = self._ring[:wanted]
            self._ring = self._ring[wanted:]
            self.heard.extend(played)
            self.played.extend(played)
            missing = wanted - len(played)
            if missing:
                self.heard.extend(array("f", [0.0] * missing))
                self.dry_ms += missing / SAMPLES_PER_MS
            self._on_tick()
