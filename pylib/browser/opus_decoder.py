"""Decodes Opus packets: by the browser where it can, else by libopus in WebAssembly.

libopus is for Firefox on Android, older Safari and the like. It takes 57 kB, which other browsers do not
load, and up to a millisecond of the page's own thread for each packet of 20 ms.
"""

import asyncio
from typing import Any, Callable

import js

from pylib.browser.bridge import (
    Callbacks,
    JsException,
    NoAnswer,
    js_object,
    service,
    try_call,
    try_new,
    within,
    write_bytes,
)
from pylib.browser.clock import BrowserTimer
from pylib.browser.decoder_queue import DecoderQueue

SAMPLE_RATE = 48_000
"""The rate that Opus decodes to. The audio context has it too, so that nothing is resampled."""

LARGEST_PACKET = 3_840
"""Bytes that the WebAssembly decoder has room for: 256 kbit/s in packets of 120 ms."""

LOAD_S = 20.0

ANSWER_S = 3.0
"""How long the browser's own decoder may take to say what it can, and to show it."""

SILENCE = bytes((0xF8, 0xFF, 0xFE))
"""A packet of 20 ms (RFC 6716, section 3.1): no sound, mono, at 48 kHz."""

_LIBRARY = "opus-decoder"
"""Name of the library's global, once its script has run."""

OnSamples = Callable[[Any, float], None]
"""Takes a Float32Array (mono) and its rate in Hz."""

OnHole = Callable[[float], None]
"""Takes the length, in milliseconds, of the sound that is missing after the last samples."""


class WebCodecsDecoder:
    """The browser's own decoder, in a thread of its own: samples come out after `decode` returned."""

    def __init__(self, on_samples: OnSamples, on_hole: OnHole) -> None:
        self._on_samples = on_samples
        self._on_hole = on_hole
        self._callbacks = Callbacks()
        self._decoder: Any = None
        self._inside = DecoderQueue()
        self._tried: int | None = None
        # Format and plane are named, because engines differ in the format and channels they decode to.
        self._plane = js_object(planeIndex=0, format="f32-planar")

    async def works(self) -> bool:
        """Whether sound comes out of it: a decoder may fail or never answer, though called supported."""
        self._tried = 0
        self._build()
        if not self._is_configured:
            return False
        for number in range(3):
            chunk = js_object(type="key", timestamp=number * 20_000, data=write_bytes(SILENCE))
            try_call(self._decoder, "decode", js.EncodedAudioChunk.new(chunk))
        try:
            await within(ANSWER_S, self._decoder.flush())
        except (JsException, NoAnswer):
            return False
        came, self._tried = self._tried, None
        return came > 0

    @property
    def waiting_ms(self) -> float:
        """Milliseconds of sound that is still to come out."""
        return self._inside.waiting_ms

    def decode(self, packet: Any, timestamp_us: int) -> None:
        """Take a packet, a Uint8Array."""
        # A decoder in another state than "configured" throws, whether an error or the browser closed it.
        if not self._is_configured:
            self._build()
        if not self._is_configured:
            return
        self._inside.packet()
        chunk = js_object(type="key", timestamp=float(timestamp_us) + 0.5, data=packet)
        self._decoder.decode(js.EncodedAudioChunk.new(chunk))

    @property
    def _is_configured(self) -> bool:
        return self._decoder is not None and str(self._decoder.state) == "configured"

    def conceal(self, duration_ms: float) -> None:
        """Report a loss to `on_hole`, once the packets inside have come out."""
        if self._inside.hole(duration_ms):
            self._on_hole(duration_ms)

    def drop(self) -> None:
        """Do not play the packets that are inside now."""
        self._inside.drop()

    def write_off(self) -> None:
        """Forget the packets that are inside now, as they will not come out."""
        self._inside.write_off()

    def close(self) -> None:
        """Close the decoder and take the callbacks back."""
        if self._decoder is not None and str(self._decoder.state) != "closed":
            self._decoder.close()
        self._callbacks.release()

    def _build(self) -> None:
        self.write_off()
        self._callbacks.release()
        handlers = js_object(
            output=self._callbacks.lend(self._decoded), error=self._callbacks.lend(self._failed)
        )
        self._decoder = try_new(js.AudioDecoder, handlers)
        if self._decoder is not None:
            try_call(self._decoder, "configure", _config())

    def _decoded(self, audio: Any) -> None:
        if self._tried is not None:
            self._tried += 1
            audio.close()
            return
        if self._inside.came():
            samples = js.Float32Array.new(int(audio.numberOfFrames))
            audio.copyTo(samples, self._plane)
            self._on_samples(samples, float(audio.sampleRate))
        audio.close()
        for duration_ms in self._inside.due_holes():
            self._on_hole(duration_ms)

    def _failed(self, _error: Any) -> None:
        """Drop a decoder that an unreadable packet has closed; the next packet makes a new one.

        It is not made here: in a browser that refuses Opus each new one would fail at once, in a loop.
        """
        self._decoder = None
        self.write_off()


class WasmDecoder:
    """Libopus in WebAssembly, on the page's own thread: samples come out before `decode` returns."""

    waiting_ms = 0.0

    def __init__(self, decoder: Any, on_samples: OnSamples, on_hole: OnHole) -> None:
        self._decoder = decoder
        self._on_samples = on_samples
        self.conceal = on_hole  # at once, as no packet is ever inside

    def decode(self, packet: Any, _timestamp_us: int) -> None:
        """Take a packet, a Uint8Array. One that cannot be read gives no samples."""
        if int(packet.byteLength) > LARGEST_PACKET:
            return
        decoded = self._decoder.decodeFrame(packet)
        if int(decoded.samplesDecoded):
            self._on_samples(decoded.channelData[0], float(SAMPLE_RATE))

    def drop(self) -> None:
        """Does nothing, as no packet is ever inside."""

    def write_off(self) -> None:
        """Does nothing, as no packet is ever inside."""

    def close(self) -> None:
        """Does nothing, as JavaScript collects the decoder."""


async def open_decoder(
    url: str, on_samples: OnSamples, on_hole: OnHole
) -> "WebCodecsDecoder | WasmDecoder | None":
    """A decoder for this browser, or None when none can be had; `url` is that of the one in WebAssembly."""
    if await _browser_can():
        own = WebCodecsDecoder(on_samples, on_hole)
        if await own.works():
            return own
        own.close()
    if not js.Reflect.has(js.window, _LIBRARY):
        await _load(url)
    if not js.Reflect.has(js.window, _LIBRARY):
        return None
    library = js.Reflect.get(js.window, _LIBRARY)
    # Not `library.OpusDecoder`: MicroPython binds that as a method, and a bound method is no constructor.
    decoder = try_new(js.Reflect.get(library, "OpusDecoder"), js_object(channels=1))
    if decoder is None or not await _is_ready(decoder):
        return None
    return WasmDecoder(decoder, on_samples, on_hole)


def _config() -> Any:
    return js_object(codec="opus", sampleRate=SAMPLE_RATE, numberOfChannels=1)


async def _browser_can() -> bool:
    decoders = service(js.window, "AudioDecoder")
    if decoders is None or service(js.window, "EncodedAudioChunk") is None:
        return False
    asking = decoders.isConfigSupported(_config())
    try:
        support = await within(ANSWER_S, asking)
    except (JsException, NoAnswer):
        return False
    return bool(support.supported)


async def _load(url: str) -> None:
    """Run a script of this site. Raises nothing: on success its global is on the window afterwards."""
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
        await within(LOAD_S, decoder.ready)
    except (JsException, NoAnswer):
        return False
    return True
