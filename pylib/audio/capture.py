"""From blocks of samples to frames on the wire: level, mute, pause, sequence numbers."""

from array import array
from collections import deque
from typing import Any, Callable

from pylib.audio.levels import SILENCE, LevelMeter, measure
from pylib.ports import AudioBlock, AudioEncoder
from pylib.protocol.frames import FLAG_DISCONTINUITY, FLAG_SILENCE, FrameHeader, encode

MAX_IN_ENCODER = 50
"""Blocks inside the encoder; more than a second's worth means it is stuck, and the oldest is given up."""

FLOOR_CHANNEL = 0


class CapturePipeline:
    """Feeds the encoder and numbers what comes out.

    `session_ms` turns a capture time of the device's clock into milliseconds since the
    session began, `send` takes a whole frame and says whether it left.
    """

    def __init__(self, session_ms: Callable[[float], float], send: Callable[[bytes], bool]) -> None:
        self.muted = False
        self.paused = False
        self.volume = 1.0
        self.level = SILENCE
        self.meter = LevelMeter()
        self.blocks = 0
        self.frames_sent = 0
        self.frames_dropped = 0
        self.next_seq = 0
        self._session_ms = session_ms
        self._send = send
        self._encoder: AudioEncoder | None = None
        self._in_encoder: Any = deque((), MAX_IN_ENCODER)  # noqa: RUF037 - MicroPython has no keyword here
        self._interrupted = True

    def use(self, encoder: AudioEncoder) -> None:
        """Encode with this from now on; what the previous one still holds is given up."""
        if self._encoder is not None:
            self._encoder.close()
        self._encoder = encoder
        self._in_encoder = deque((), MAX_IN_ENCODER)  # noqa: RUF037 - MicroPython has no keyword here
        self._interrupted = True

    def on_block(self, block: AudioBlock) -> None:
        """Take one captured block. The meter shows the microphone even while muted."""
        self.blocks += 1
        self.level = measure(block.samples)
        self.meter.update(self.level)
        if self.paused or self._encoder is None:
            self._interrupted = True
            return
        samples, flags = self._at_volume(block.samples), 0
        if self.muted:
            samples, flags = array("f", [0.0] * len(samples)), FLAG_SILENCE
        if self._interrupted:
            flags |= FLAG_DISCONTINUITY
            self._interrupted = False
        capture_ms = max(0, int(self._session_ms(block.capture_ms)))
        self._in_encoder.append((capture_ms, flags))
        self._encoder.encode(samples, capture_ms * 1000)

    def _at_volume(self, samples: Any) -> Any:
        if self.volume == 1.0:
            return samples
        return array("f", [sample * self.volume for sample in samples])

    def on_packet(self, payload: bytes, timestamp_us: int) -> None:
        """Take one packet from the encoder, with the timestamp of the block it was made of.

        Packets come in the order of their blocks; blocks without one were swallowed.
        """
        while self._in_encoder and self._in_encoder[0][0] * 1000 < timestamp_us:
            self._in_encoder.popleft()
        if self._encoder is None or not self._in_encoder:
            return
        capture_ms, flags = self._in_encoder.popleft()
        header = FrameHeader(self._encoder.kind, FLOOR_CHANNEL, flags, self.next_seq, capture_ms)
        self.next_seq += 1
        if self._send(encode(header, payload)):
            self.frames_sent += 1
        else:
            self.frames_dropped += 1

    def continue_from(self, seq: int) -> None:
        """Count on from where this session's last speaker page stopped, never backwards."""
        self.next_seq = max(self.next_seq, seq)

    def close(self) -> None:
        """Let the encoder go."""
        if self._encoder is not None:
            self._encoder.close()
            self._encoder = None
