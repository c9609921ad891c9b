"""AudioOutput: a decoder turns packets into samples, and a ring in a worklet plays them.

Packets and samples stay in JavaScript; Python passes references.
"""

import asyncio
from typing import Any, Callable

import js

from pylib.browser.bridge import (
    Callbacks,
    JsException,
    NoAnswer,
    js_list,
    js_object,
    service,
    try_new,
    within,
    write_bytes,
)
from pylib.browser.opus_decoder import SAMPLE_RATE, open_decoder
from pylib.browser.outputs import SoundRoute
from pylib.browser.ring_count import RingCount
from pylib.errors import AudioError
from pylib.protocol import codes
from pylib.protocol.frames import KIND_OPUS, PCM_SAMPLE_RATE

TICK_MS = 512 / SAMPLE_RATE * 1000
"""How often the worklet reports: every four quanta of 128 samples."""

STUCK_TICKS = 50
"""Ticks (10 ms) with an empty ring after which packets inside the decoder count as lost."""

NEEDED = ("AudioContext", "AudioWorkletNode")

MODULES = ("windowed-sinc.js", "rate-converter.js", "sample-ring.js", "playback-worklet.js")
"""Each module imports the one before it. All are requested by name, so that they load at the same time."""

LOAD_S = 20.0
"""How long the worklet may take to come."""

VOLUME_S = 0.01
"""Time constant of a change of volume: a step would click."""

UNLOCK_CHECK_S = 0.05
UNLOCK_CHECKS = 30
"""`on_blocked` is called when the context is not running after this many checks."""


class BrowserAudioOutput:
    """The loudspeaker. A `start` after `stop` builds everything anew.

    `worklets_url` is the folder of MODULES; `decoder_url` a decoder for browsers that have none.
    """

    def __init__(self, worklets_url: str, decoder_url: str, route: SoundRoute) -> None:
        self._worklets_url = worklets_url
        self._decoder_url = decoder_url
        self._route = route
        self._callbacks = Callbacks()
        self._context: Any = None
        self._node: Any = None
        self._gain: Any = None
        self._decoder: Any = None
        self._on_tick: Callable[[], None] = lambda: None
        self._on_blocked: Callable[[], None] = lambda: None
        self._ring = RingCount(SAMPLE_RATE)
        self._burst_ms = TICK_MS
        self._reads_latency = _can_read_latency()
        self._volume = self._speed = self._tempo = 1.0
        self._held = False

    async def start(self, on_tick: Callable[[], None], on_blocked: Callable[[], None]) -> None:
        """See AudioOutput.start."""
        if any(service(js.window, name) is None for name in NEEDED):
            raise AudioError(
                "This browser cannot play live sound. Please use a current version of Chrome, Edge, "
                "Firefox or Safari.",
                code=codes.AUDIO_UNSUPPORTED,
            )
        self._on_tick = on_tick
        self._on_blocked = on_blocked
        self._speed = self._tempo = 1.0
        self._held = False
        self._route.prepare()
        await self._open()

    async def _open(self) -> None:
        options = js_object(sampleRate=SAMPLE_RATE, latencyHint="interactive")
        context = self._context = try_new(js.AudioContext, options)
        if context is None:
            raise _failed()
        try:
            await self._build(context)
        except AudioError:
            if self._context is context:
                self.stop()
            raise

    async def _build(self, context: Any) -> None:
        context.onstatechange = self._callbacks.lend(self._state_changed)
        self._unlock()
        await self._load_modules(context)
        self._check_current(context)
        self._build_graph()
        decoder = await open_decoder(self._decoder_url, self._append, self._append_hole)
        self._check_current(context)
        if decoder is None:
            raise _failed()
        self._decoder = decoder
        await self._wait_until_running(context)

    async def _load_modules(self, context: Any) -> None:
        """Await every module, also after one has failed: otherwise a second failure would be unhandled."""
        failed = False
        for loading in [context.audioWorklet.addModule(self._worklets_url + name) for name in MODULES]:
            try:
                await within(LOAD_S, loading)
            except (JsException, NoAnswer):
                failed = True
        if failed:
            raise _failed()

    def _check_current(self, context: Any) -> None:
        """Call it after each await: raises when `stop` or another `start` came meanwhile."""
        if self._context is not context:
            raise _failed()

    async def revive(self, after_interruption: bool) -> None:
        """See AudioOutput.revive."""
        if self._context is None or (str(self._context.state) == "interrupted" and not after_interruption):
            return
        self.stop()
        await self._open()

    def play(self, kind: int, payload: Any, timestamp_us: int) -> None:
        """See AudioOutput.play."""
        if self._node is None or self._decoder is None:
            return
        if isinstance(payload, bytes):
            payload = write_bytes(payload)
        if kind == KIND_OPUS:
            self._decoder.decode(payload, timestamp_us)
        else:
            self._play_pcm(payload)

    def queued_ms(self) -> float:
        """See AudioOutput.queued_ms."""
        return self._ring.waiting_ms + (self._decoder.waiting_ms if self._decoder is not None else 0.0)

    def burst_ms(self) -> float:
        """See AudioOutput.burst_ms."""
        return self._burst_ms

    def starved_ms(self) -> float:
        """See AudioOutput.starved_ms."""
        return self._ring.starved_ms

    def latency_ms(self) -> float:
        """See AudioOutput.latency_ms."""
        if self._context is None or not self._reads_latency:
            return 0.0
        return float(self._context.outputLatency) * 1000

    def conceal(self, duration_ms: float) -> None:
        """See AudioOutput.conceal."""
        if self._decoder is not None:
            self._decoder.conceal(duration_ms)

    def flush(self) -> None:
        """See AudioOutput.flush."""
        if self._node is not None:
            self._ring.flushed()
            if self._decoder is not None:
                self._decoder.drop()
            self._node.port.postMessage(js_object(flush=True))

    def set_volume(self, volume: float) -> None:
        """See AudioOutput.set_volume."""
        self._volume = volume
        if self._gain is not None:
            self._gain.gain.setTargetAtTime(volume, self._context.currentTime, VOLUME_S)

    def set_speed(self, factor: float) -> None:
        """See AudioOutput.set_speed."""
        self._speed = factor
        self._tell_pace()

    def set_tempo(self, factor: float) -> None:
        """See AudioOutput.set_tempo."""
        self._tempo = factor
        self._tell_pace()

    def hold(self, held: bool) -> None:
        """See AudioOutput.hold."""
        self._held = held
        self._tell_pace()

    def stop(self) -> None:
        """See AudioOutput.stop."""
        self._route.close()
        if self._node is not None:
            self._node.port.onmessage = None
            self._node.disconnect()
        if self._decoder is not None:
            self._decoder.close()
        if self._context is not None:
            self._context.onstatechange = None
            self._context.close()
        self._context = self._node = self._gain = self._decoder = None
        self._ring.ended()
        self._callbacks.release()

    def _tell_pace(self) -> None:
        if self._node is not None:
            pace = js_object(speed=self._speed, tempo=self._tempo, hold=self._held)
            self._node.port.postMessage(pace)

    def _build_graph(self) -> None:
        self._ring.rate = float(self._context.sampleRate)
        if js.Reflect.has(self._context, "baseLatency"):
            self._burst_ms = max(TICK_MS, float(self._context.baseLatency) * 1000)
        self._node = try_new(js.AudioWorkletNode, self._context, "playback-worklet")
        if self._node is None:
            raise _failed()
        self._gain = self._context.createGain()
        self._gain.gain.value = self._volume
        self._node.connect(self._gain)
        self._route.connect(self._context, self._gain)
        self._node.port.onmessage = self._callbacks.lend(self._ticked)
        self._tell_pace()

    async def _wait_until_running(self, context: Any) -> None:
        """A context stays suspended while the browser wants another tap, or while the device wakes up."""
        checks = 0
        while str(context.state) != "running":
            await asyncio.sleep(UNLOCK_CHECK_S)
            self._check_current(context)
            checks += 1
            if checks == UNLOCK_CHECKS:
                self._on_blocked()

    def _state_changed(self, _event: Any) -> None:
        """Resume a context that the browser suspended; one in state "interrupted" must not be resumed."""
        if str(self._context.state) == "suspended":
            self._unlock()

    def _unlock(self) -> None:
        # allSettled, because a context closed before it runs rejects this promise, which is not awaited.
        js.Promise.allSettled(js_list([self._context.resume()]))

    def _ticked(self, event: Any) -> None:
        data = event.data
        self._ring.reported(float(data[0]), float(data[1]))
        if self._ring.silent_reports >= STUCK_TICKS and self._decoder is not None:
            self._decoder.write_off()
        self._on_tick()

    def _play_pcm(self, payload: Any) -> None:
        """PCM16 needs no decoder. It is copied because an Int16Array must begin at an even address."""
        whole = int(payload.byteLength) // 2 * 2
        if whole:
            self._append(js.Int16Array.new(payload.slice(0, whole).buffer), PCM_SAMPLE_RATE)

    def _append(self, samples: Any, rate: float) -> None:
        """Post samples, a Float32Array or a full-scale Int16Array, to the ring."""
        if self._node is None:
            return
        self._ring.posted(int(samples.length) / rate)
        message = js_object(samples=samples, rate=rate)
        self._node.port.postMessage(message, js_list([samples.buffer]))

    def _append_hole(self, duration_ms: float) -> None:
        if self._node is None:
            return
        self._ring.posted(duration_ms / 1000)
        self._node.port.postMessage(js_object(conceal=duration_ms / 1000))


def _can_read_latency() -> bool:
    """Whether the browser has `outputLatency` and can read it safely.

    Firefox asks the sound system on the page's own thread, and freezes when PulseAudio asks for sound at
    that moment: each waits for the other (seen in Firefox 153 on Linux).
    """
    has = js.Reflect.has
    contexts = service(js.window, "AudioContext")
    known = contexts is not None and has(contexts.prototype, "outputLatency")
    return bool(known) and "Gecko/" not in str(js.navigator.userAgent)


def _failed() -> AudioError:
    return AudioError(
        "The sound could not be started. Check your connection, then tap “Listen” again.",
        code=codes.AUDIO_FAILED,
    )
