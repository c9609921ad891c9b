"""A microphone that speaks what it is given and a loudspeaker that keeps what it hears.

Portable, so that the same tests run on CPython, MicroPython and Pyodide.
"""

import asyncio
from array import array
from typing import Any, Callable

from pylib.errors import Aborted, AudioError
from pylib.ports import AudioBlock, Microphone
from pylib.protocol.frames import FRAME_MS, KIND_PCM16, PCM_SAMPLE_RATE
from tests.support.pcm import PcmReader

SAMPLES_PER_MS = PCM_SAMPLE_RATE // 1000


class FakeMicrophone:
    """Delivers a block each time the test calls `speak`; devices come and go as the test says.

    `asked` holds the device ids of all openings. `errors` holds what opening a device id raises;
    `answer`, when set, is waited for before an opening goes on, as a person's permission is;
    `list_error` and `list_answer` do so for listing the devices.
    """

    def __init__(self, error: "Exception | None" = None) -> None:
        self.devices = [Microphone("built-in", "Built-in microphone"), Microphone("desk", "Desk microphone")]
        self.device_id = ""
        self.sample_rate = 0
        self.voice = False
        self.is_open = False
        self.asked: list[str] = []
        self.errors: dict[str, Exception] = {}
        self.answer: Any = None
        self.list_answer: Any = None
        self.list_error: Exception | None = None
        self._error = error
        self._attempt = 0
        self._on_block: Callable[[AudioBlock], None] = lambda block: None
        self._on_trouble: Callable[[str], None] = lambda word: None
        self._on_devices: Callable[[], None] = lambda: None

    def on_devices(self, handler: Callable[[], None]) -> None:
        self._on_devices = handler

    async def microphones(self) -> list[Microphone]:
        if self.list_answer is not None:
            await self.list_answer.wait()
        if self.list_error is not None:
            raise self.list_error
        return list(self.devices)

    async def open(
        self,
        device_id: str,
        sample_rate: int,
        voice: bool,
        on_block: Callable[[AudioBlock], None],
        on_trouble: Callable[[str], None],
    ) -> Microphone:
        self.close()
        attempt = self._attempt
        self._on_block, self._on_trouble = on_block, on_trouble
        self.asked.append(device_id)
        if self.answer is not None:
            await self.answer.wait()
        if attempt != self._attempt:
            raise Aborted("The microphone is not needed any more.")
        device = self._find(device_id)
        self.device_id, self.sample_rate, self.voice = device.device_id, sample_rate, voice
        self.is_open = True
        return device

    def _find(self, device_id: str) -> Microphone:
        error = self._error or self.errors.get(device_id)
        if error is not None:
            raise error
        for device in self.devices:
            if device_id in ("", device.device_id):
                return device
        raise AudioError("No microphone was found.", code="MICROPHONE_MISSING")

    def speak(self, samples: Any, capture_ms: float) -> None:
        if self.is_open:
            self._on_block(AudioBlock(array("f", samples), capture_ms))

    def trouble(self, word: str) -> None:
        """The browser reports a trouble, one of AudioInput's words."""
        if word == "ended":
            self.is_open = False
        self._on_trouble(word)

    def devices_changed(self) -> None:
        self._on_devices()

    def unplug(self, device_id: str) -> None:
        self.devices = [device for device in self.devices if device.device_id != device_id]
        if self.is_open and self.device_id == device_id:
            self.trouble("ended")
        self.devices_changed()

    def plug(self, device: Microphone) -> None:
        self.devices.append(device)
        self.devices_changed()

    def close(self) -> None:
        self._attempt += 1
        self.is_open = False
        self._on_trouble = lambda word: None


class FakeLoudspeaker:
    """Plays PCM at the pace of `run`.

    `heard` holds every sample that reached the ear, gaps as zeros; `played` those without the gaps.
    `late_ms` is what wireless headphones add. While `blocked`, opening it waits for `wake`.
    """

    def __init__(self, error: "Exception | None" = None) -> None:
        self.heard: Any = array("f")
        self.played: Any = array("f")
        self.dry_ms = self.late_ms = 0.0
        self.volume = 1.0
        self.speed = self.tempo = 1.0
        self.held = False
        self.revivals: list[bool] = []
        self.is_open = False
        self.kinds: list[int] = []
        self.error = error
        self.blocked = False
        self._woken = asyncio.Event()
        self._read = PcmReader()
        self._ring: Any = array("f")
        self._owed = 0.0
        self._on_tick: Callable[[], None] = lambda: None
        self._on_blocked: Callable[[], None] = lambda: None

    async def start(self, on_tick: Callable[[], None], on_blocked: Callable[[], None]) -> None:
        self._on_tick = on_tick
        self._on_blocked = on_blocked
        await self._open()

    def play(self, kind: int, payload: Any, timestamp_us: int) -> None:
        self.kinds.append(kind)
        if kind == KIND_PCM16:
            self._ring.extend(self._read(payload))
        else:
            self.conceal(FRAME_MS)

    def conceal(self, duration_ms: float) -> None:
        self._ring.extend(array("f", [0.0] * int(duration_ms * SAMPLES_PER_MS)))

    def queued_ms(self) -> float:
        return len(self._ring) / SAMPLES_PER_MS

    def burst_ms(self) -> float:
        return 10.0

    def starved_ms(self) -> float:
        return self.dry_ms

    def latency_ms(self) -> float:
        return self.late_ms

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
        self.stop()
        await self._open()

    async def _open(self) -> None:
        if self.error is not None:
            raise self.error
        if self.blocked:
            woken = self._woken
            self._on_blocked()
            await woken.wait()
            if woken is not self._woken:
                raise AudioError("It was stopped while it waited.")
        self.is_open = True

    def wake(self) -> None:
        """The device that was slow to begin plays now."""
        self.blocked = False
        self._woken.set()

    def stop(self) -> None:
        self._woken.set()
        self._woken = asyncio.Event()
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
