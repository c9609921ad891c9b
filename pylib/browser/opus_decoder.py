"""Opus packets into samples: by the browser where it can, else by libopus in WebAssembly.

The second is for Firefox on Android, older Safari and the like: 57 kB, which no other browser loads,
and up to a millisecond of the page's own thread for each packet of 20.
"""

import asyncio
from typing import Any, Callable

import js

from pylib.browser.bridge import Callbacks, JsException, js_object, try_new
from pylib.browser.clock import BrowserTimer
from pylib.browser.decoder_queue import DecoderQueue

SAMPLE_RATE = 48_000
"""Opus always decodes at this rate, so the sound context plays at it without resampling."""

LARGEST_PACKET = 3_840
"""Bytes that the WebAssembly decoder has room for: 256 kbit/s in packets of 120 ms."""

LOAD_S = 20.0

_LIBRARY = "opus-decoder"
"""The name it has on the window, once it is loaded."""

OnSamples = Callable[[Any, float], None]
"""Takes a Float32Array (mono) and its rate in Hz."""

OnHole = Callable[[float], None]
"""Takes how many milliseconds are missing behind the samples that came last."""


class WebCodecsDecoder:
    """The browser's own, in a thread of its own: packets go in now, samples come out later."""

    def __init__(self, on_samples: OnSamples, on_hole: OnHole) -> None:
        self._on_samples = on_samples
        self._on_hole = on_hole
        self._callbacks = Callbacks()
        self._decoder: Any = None
        self._inside = DecoderQueue()
        # Asked for by name: each engine decodes to a format and a number of channels of its own.
        self._plane = js_object(planeIndex=0, format="f32-planar")

    @property
    def waiting_ms(self) -> float:
        """Sound that is still to come."""
        return self._inside.waiting_ms

    def decode(self, packet: Any, timestamp_us: int) -> None:
        """Take a packet, a Uint8Array."""
        # Whatever closed it: one that is not configured throws.
        if self._decoder is None or str(self._decoder.state) != "configured":
            self._build()
        self._inside.packet()
        chunk = js_object(type="key", timestamp=float(timestamp_us) + 0.5, data=packet)
        self._decoder.decode(js.EncodedAudioChunk.new(chunk))

    def conceal(self, duration_ms: float) -> None:
        """Packets were lost; told on after what is inside now."""
        if self._inside.hole(duration_ms):
            self._on_hole(duration_ms)

    def drop(self) -> None:
        """What is inside now is not wanted any more."""
        self._inside.drop()

    def write_off(self) -> None:
        """What is inside now never comes out."""
        self._inside.write_off()

    def close(self) -> None:
        """Let everything go."""
        if self._decoder is not None and str(self._decoder.state) != "closed":
            self._decoder.close()
        self._callbacks.release()

    def _build(self) -> None:
        self.write_off()
        self._callbacks.release()
        handlers = js_object(
            output=self._callbacks.lend(self._decoded), error=self._callbacks.lend(self._failed)
        )
        self._decoder = js.AudioDecoder.new(handlers)
        self._decoder.configure(_config())

    def _decoded(self, audio: Any) -> None:
        if self._inside.came():
            samples = js.Float32Array.new(int(audio.numberOfFrames))
            audio.copyTo(samples, self._plane)
            self._on_samples(samples, float(audio.sampleRate))
        audio.close()
        for duration_ms in self._inside.due_holes():
            self._on_hole(duration_ms)

    def _failed(self, _error: Any) -> None:
        """A decoder that met a packet it cannot read is closed for good; the next packet gets a new one.

        Not before: a browser that refuses Opus would refuse each new one at once, without end.
        """
        self._decoder = None
        self.write_off()


class WasmDecoder:
    """Libopus in WebAssembly, on the page's own thread: samples come out before `decode` returns."""

    waiting_ms = 0.0

    def __init__(self, decoder: Any, on_samples: OnSamples, on_hole: OnHole) -> None:
        self._decoder = decoder
        self._on_samples = on_samples
        self.conceal = on_hole  # nothing is ever inside, so its turn is at once

    def decode(self, packet: Any, _timestamp_us: int) -> None:
        """Take a packet, a Uint8Array. One that cannot be read gives no samples."""
        if int(packet.byteLength) > LARGEST_PACKET:
            return
        decoded = self._decoder.decodeFrame(packet)
        if int(decoded.samplesDecoded):
            self._on_samples(decoded.channelData[0], float(SAMPLE_RATE))

    def drop(self) -> None:
        """Nothing is ever inside."""

    def write_off(self) -> None:
        """Nothing is ever inside."""

    def close(self) -> None:
        """JavaScript collects it."""


async def open_decoder(
    url: str, on_samples: OnSamples, on_hole: OnHole
) -> "WebCodecsDecoder | WasmDecoder | None":
    """The decoder for this browser, or None; `url` is where the one in WebAssembly lies."""
    if await _browser_can():
        return WebCodecsDecoder(on_samples, on_hole)
    if not js.Reflect.has(js.window, _LIBRARY):
        await _load(url)
    if not js.Reflect.has(js.window, _LIBRARY):
        return None
    library = js.Reflect.get(js.window, _LIBRARY)
    # Not `library.OpusDecoder`: MicroPython would take that for a method, which nothing can be made of.
    decoder = try_new(js.Reflect.get(library, "OpusDecoder"), js_object(channels=1))
    if decoder is None or not await _is_ready(decoder):
        return None
    return WasmDecoder(decoder, on_samples, on_hole)


def _config() -> Any:
    return js_object(codec="opus", sampleRate=SAMPLE_RATE, numberOfChannels=1)


async def _browser_can() -> bool:
    if not js.Reflect.has(js.window, "AudioDecoder"):
        return False
    try:
        support = await js.AudioDecoder.isConfigSupported(_config())
    except JsException:
        return False
    return bool(support.supported)


async def _load(url: str) -> None:
    """Run a script of this site; whether it came, its name on the window tells."""
    callbacks, done = Callbacks(), asyncio.Event()
    script = js.document.createElement("script")
    for outcome in ("load", "error"):
        callbacks.listen(script, outcome, lambda _event: done.set())
    script.src = url
    js.document.head.append(script)
    timer = BrowserTimer(LOAD_S, done.set)
    await done.wait()
    timer.cancel()
    callbacks.release()
    script.remove()


async def _is_ready(decoder: Any) -> bool:
    try:
        await decoder.ready
    except JsException:
        return False
    return True
