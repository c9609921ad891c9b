"""AudioEncoder: Opus, by WebCodecs."""

import logging
from array import array
from typing import Any, Callable

import js

from pylib.browser.bridge import (
    Callbacks,
    JsException,
    NoAnswer,
    js_object,
    read_bytes,
    service,
    within,
    write_bytes,
)
from pylib.browser.encoder_queue import EncoderQueue
from pylib.protocol.frames import FRAME_MS, KIND_OPUS

SAMPLE_RATE = 48_000
EXPECTED_LOSS_PERCENT = 5
ANSWER_S = 3.0

log = logging.getLogger("lectern.audio")


def opus_config(bitrate: int, voice: bool) -> Any:
    """WebCodecs' AudioEncoderConfig: 20 ms frames, mono, in-band error correction for voice."""
    opus = js_object(
        frameDuration=FRAME_MS * 1000,
        application="voip" if voice else "audio",
        useinbandfec=voice,
        packetlossperc=EXPECTED_LOSS_PERCENT if voice else 0,
    )
    return js_object(codec="opus", sampleRate=SAMPLE_RATE, numberOfChannels=1, bitrate=bitrate, opus=opus)


async def can_encode_opus() -> bool:
    """Whether this browser has WebCodecs with an Opus encoder."""
    if service(js.window, "AudioEncoder") is None or service(js.window, "AudioData") is None:
        return False
    try:
        support = await within(ANSWER_S, js.AudioEncoder.isConfigSupported(opus_config(24_000, True)))
    except (JsException, NoAnswer, AttributeError):
        return False
    return bool(support.supported)


class OpusEncoder:
    """Encodes blocks of 20 ms at 48 kHz. A block that the browser refuses is lost."""

    kind = KIND_OPUS
    sample_rate = SAMPLE_RATE

    def __init__(self, bitrate: int, voice: bool, on_packet: Callable[[bytes, int], None]) -> None:
        self._on_packet = on_packet
        self._config = opus_config(bitrate, voice)
        self._callbacks = Callbacks()
        self._blocks = EncoderQueue()
        self._encoder: Any = None

    def encode(self, samples: Any, timestamp_us: int) -> None:
        """See AudioEncoder."""
        try:
            if self._encoder is None or str(self._encoder.state) == "closed":
                self._build()
            self._blocks.add(samples, timestamp_us)
            self._pass_on()
        except JsException as error:
            self._failed(error)

    def _pass_on(self) -> None:
        """Encode the blocks that wait, unless the encoder is behind. Raises JsException when it refuses."""
        if not self._blocks.has_more:
            return
        blocks = self._blocks.take(int(self._encoder.encodeQueueSize))
        if not blocks:
            return
        samples = array("f")
        for block in blocks:
            samples += block.samples
        audio = js.AudioData.new(
            js_object(
                format="f32-planar",
                sampleRate=SAMPLE_RATE,
                numberOfFrames=len(samples),
                numberOfChannels=1,
                timestamp=blocks[0].timestamp_us,
                data=write_bytes(samples),
            )
        )
        try:
            self._encoder.encode(audio)
        finally:
            audio.close()
        # Only now: a block that was refused gives no packet, and would shift all later timestamps.
        self._blocks.went_in(blocks)

    def restart(self) -> None:
        """See AudioEncoder. The next block makes a new one."""
        log.warning("the encoder's packets fit no block: it is built anew")
        self._close()
        self._encoder = None

    def close(self) -> None:
        """See AudioEncoder."""
        self._close()
        self._callbacks.release()

    def _close(self) -> None:
        if self._encoder is not None and str(self._encoder.state) != "closed":
            self._encoder.close()

    def _build(self) -> None:
        """Make a new encoder. Blocks inside an earlier one are lost."""
        self._callbacks.release()
        self._blocks = EncoderQueue()
        handlers = js_object(
            output=self._callbacks.lend(self._encoded), error=self._callbacks.lend(self._failed)
        )
        self._encoder = js.AudioEncoder.new(handlers)
        self._encoder.configure(self._config)

    def _failed(self, error: Any) -> None:
        log.warning("the encoder failed and is built anew: %s", error)

    def _encoded(self, chunk: Any, _metadata: Any = None) -> None:
        """Pass a packet on with the timestamp of its block; packets come out one for each block, in order.

        The chunk's own timestamp is not used, because Chromium counts it from the first block and
        leaves pauses out.
        """
        packet = js.Uint8Array.new(chunk.byteLength)
        chunk.copyTo(packet)
        timestamp_us = self._blocks.came()
        if timestamp_us is not None:
            self._on_packet(read_bytes(packet), timestamp_us)
        try:
            self._pass_on()
        except JsException as error:
            self._failed(error)
