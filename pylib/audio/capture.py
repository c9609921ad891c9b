"""From blocks of samples to frames on the wire: level, mute, pause, sequence numbers."""

from array import array
from collections import deque
from typing import Any, Callable, NamedTuple

from pylib.audio.levels import SILENCE, LevelMeter, measure, to_db
from pylib.audio.soundcheck import SoundCheck
from pylib.ports import AudioBlock, AudioEncoder
from pylib.protocol.frames import FLAG_DISCONTINUITY, FLAG_SILENCE, FLOOR, FRAME_MS, FrameHeader, encode

MAX_IN_ENCODER = 500
"""Blocks inside the encoder; while there are so many, new ones are given up. A page that stood still, or is
slow, is handed up to ten seconds of blocks before it sees a packet. With new ones in place of the oldest, an
encoder that is further behind would give packets of blocks that were given up, and never others."""

STUCK_BLOCKS = 2 * MAX_IN_ENCODER
"""When no packet belonged to a block for so long, twenty seconds of sound, the encoder begins anew: its
packets do not fit the blocks they are counted by."""

GAP_MS = 200
"""Blocks whose capture times are further apart do not follow each other: a page that stood still for longer
than its worklet keeps sound, or an audio clock that was interrupted."""

Stamp = NamedTuple("Stamp", [("seq", int), ("capture_ms", int), ("flags", int)])
"""The header fields that all frames of one block share, whichever encoder makes them."""


class _Lane:
    """One encoder and the stamps of the blocks inside it.

    A block's number is also its timestamp in the encoder: unlike a capture time it only ever grows.
    """

    def __init__(self, encoder: AudioEncoder) -> None:
        self.encoder = encoder
        self._unanswered = 0
        self._inside = _places()

    def encode(self, samples: Any, stamp: Stamp) -> None:
        self._unanswered += 1
        if self._unanswered > STUCK_BLOCKS:
            self._unanswered = 0
            self._inside = _places()
            self.encoder.restart()
        if len(self._inside) < MAX_IN_ENCODER:
            self._inside.append(stamp)
            self.encoder.encode(samples, _timestamp_us(stamp))

    def stamp_of(self, timestamp_us: int) -> "Stamp | None":
        """The stamp of the block a packet was made of; the encoder made no packet of the blocks before it."""
        while self._inside and _timestamp_us(self._inside[0]) < timestamp_us:
            self._inside.popleft()
        if not self._inside or _timestamp_us(self._inside[0]) != timestamp_us:
            return None
        self._unanswered = 0
        stamp: Stamp = self._inside.popleft()
        return stamp


def _places() -> Any:
    return deque((), MAX_IN_ENCODER)  # noqa: RUF037 - MicroPython has no keyword here


def _timestamp_us(stamp: Stamp) -> int:
    return stamp.seq * FRAME_MS * 1000


class CapturePipeline:
    """Numbers the blocks, feeds the encoder and makes frames of what comes out.

    `session_ms` turns a capture time of the device's clock into milliseconds since the
    session began, `send` takes a block's number and a whole frame.
    """

    def __init__(self, session_ms: Callable[[float], float], send: Callable[[int, bytes], None]) -> None:
        self.muted = False
        self.paused = False
        self.level = SILENCE
        self.meter = LevelMeter()
        self.check = SoundCheck()
        self.next_seq = 0
        self._session_ms = session_ms
        self._send = send
        self._lane: _Lane | None = None
        self._twin: _Lane | None = None
        self._interrupted = True
        self._captured_ms = 0.0
        self._volume = 1.0

    @property
    def volume(self) -> float:
        """How strong the microphone is sent, 1 as it is."""
        return self._volume

    @volume.setter
    def volume(self, volume: float) -> None:
        self._volume = volume
        self.check.gain_db = to_db(volume)

    def use(self, encoder: AudioEncoder) -> None:
        """Encode with this from now on; blocks that the previous encoder still holds are given up."""
        if self._lane is not None:
            self._lane.encoder.close()
        self._lane = _Lane(encoder)
        self._interrupted = True

    @property
    def has_twin(self) -> bool:
        """Whether every block is encoded twice."""
        return self._twin is not None

    @property
    def sends_twin(self) -> bool:
        """Whether frames of the twin's kind go beside those of the encoder's own."""
        kinds = {lane.encoder.kind for lane in (self._lane, self._twin) if lane is not None}
        return self._twin is not None and len(kinds) == 2

    def use_twin(self, encoder: "AudioEncoder | None") -> None:
        """Encode every block with this as well, into frames with that block's number; None ends it.

        Its packets go to `on_twin_packet`. A twin of the encoder's own kind would repeat it, so it rests.
        """
        if self._twin is not None:
            self._twin.encoder.close()
        self._twin = None if encoder is None else _Lane(encoder)

    def on_block(self, block: AudioBlock) -> None:
        """Take one captured block. Meter and sound check follow the microphone even while muted."""
        self.level = measure(block.samples)
        self.meter.update(self.level.rms_db + self.check.gain_db)
        self.check.listen(block.samples, self.level, heard=not (self.muted or self.paused))
        if self.paused or self._lane is None:
            self._interrupted = True
            return
        samples = array("f", [0.0] * len(block.samples)) if self.muted else self._at_volume(block.samples)
        stamp = self._stamp(block.capture_ms)
        self._lane.encode(samples, stamp)
        if self._twin is not None and self._twin.encoder.kind != self._lane.encoder.kind:
            self._twin.encode(samples, stamp)

    def _stamp(self, capture_ms: float) -> Stamp:
        flags = FLAG_SILENCE if self.muted else 0
        if self._interrupted or abs(capture_ms - self._captured_ms - FRAME_MS) > GAP_MS:
            flags |= FLAG_DISCONTINUITY
        self._interrupted = False
        self._captured_ms = capture_ms
        seq = self.next_seq
        self.next_seq += 1
        return Stamp(seq, max(0, int(self._session_ms(capture_ms))), flags)

    def _at_volume(self, samples: Any) -> Any:
        if self._volume == 1.0:
            return samples
        return array("f", [sample * self._volume for sample in samples])

    def on_packet(self, payload: bytes, timestamp_us: int) -> None:
        """Take one packet from the encoder, with the timestamp of the block it was made of.

        Packets come in the order of their blocks.
        """
        self._pass_on(self._lane, payload, timestamp_us)

    def on_twin_packet(self, payload: bytes, timestamp_us: int) -> None:
        """Take one packet from the twin; see `on_packet`."""
        self._pass_on(self._twin, payload, timestamp_us)

    def _pass_on(self, lane: "_Lane | None", payload: bytes, timestamp_us: int) -> None:
        stamp = None if lane is None else lane.stamp_of(timestamp_us)
        if lane is not None and stamp is not None:
            header = FrameHeader(lane.encoder.kind, FLOOR, stamp.flags, stamp.seq, stamp.capture_ms)
            self._send(stamp.seq, encode(header, payload))

    def interrupt(self) -> None:
        """The next block does not follow the last, because the microphone was away or was replaced."""
        self._interrupted = True
        self.check.restart()

    def continue_from(self, seq: int) -> None:
        """Count on from where this session's last speaker page stopped, never backwards."""
        self.next_seq = max(self.next_seq, seq)

    def close(self) -> None:
        """Close the encoders."""
        self.use_twin(None)
        if self._lane is not None:
            self._lane.encoder.close()
            self._lane = None
