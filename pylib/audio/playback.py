"""From frames on the wire to the loudspeaker: what to play next, and how far behind live.

Two buffers in a row: the jitter buffer heals the network, the loudspeaker's ring heals a
busy main thread. Both together are the depth that is steered.
"""

from typing import Any, Callable

from pylib.audio.jitter import JitterBuffer
from pylib.ports import AudioOutput
from pylib.protocol.frames import FLAG_DISCONTINUITY, FRAME_MS, FrameHeader

MIN_RING_MS = 30.0
"""Kept ready beyond the network's jitter: one audio tick (10 ms) and a frame (20 ms) for the decoder."""

MAX_RING_MS = 120.0
RING_STEP_MS = 10.0
RING_FADE_MS = 0.002
"""A page that ran dry gets more room at once, and loses it again at 0.2 ms a second."""

SLACK_MS = 40.0
"""Depth above target that is left alone; steering at every small swing would be heard."""

HARD_LIMIT_MS = 2000.0
MAX_CONCEALED_FRAMES = 5
MAX_SPEED = 1.04
MIN_SPEED = 0.98
DEFICIT_MS = 10.0
"""Depth below target that is left alone."""

DEPTH_SMOOTHING = 0.02
"""Share of a new depth in its average, each 10 ms: half a second's memory, for frames come in lumps."""


def speed_for(depth_ms: float, target_ms: float) -> float:
    """How fast to play so that the depth comes back to its target.

    1 within the slack; above it 1 % faster for each 50 ms, at most 4 % (well under the
    15 % at which speech sounds hurried), so that the delay never just grows; below it 1 %
    slower for each 10 ms, at most 2 %, so that the ring does not run dry again and again.
    """
    excess_ms = depth_ms - target_ms - SLACK_MS
    if excess_ms > 0:
        return min(MAX_SPEED, 1.005 + excess_ms / 5000)
    deficit_ms = target_ms - DEFICIT_MS - depth_ms
    if deficit_ms > 0:
        return max(MIN_SPEED, 1 - deficit_ms / 1000)
    return 1.0


class Playback:
    """Moves frames from the jitter buffer to the loudspeaker when the audio clock asks.

    `session_now_ms` is the time since the session began on the server's clock, so that the
    age of a frame is its true delay from mouth to ear. Set `at_rest` while the speaker sends
    nothing on purpose: running dry is no gap then.
    """

    def __init__(self, output: AudioOutput, session_now_ms: Callable[[], float]) -> None:
        self.jitter = JitterBuffer()
        self.delay_ms = 0.0
        self.underruns = 0
        self.skips = 0
        self.speed = 1.0
        self.playing = False
        self.frames_played = 0
        self.ticks = 0
        self.paused = False
        self.at_rest = False
        self.ring_ms = MIN_RING_MS
        self._average_depth_ms = 0.0
        self._output = output
        self._session_now_ms = session_now_ms
        self._expected_seq: int | None = None
        self._starved_ms = 0.0
        self._was_dry = False

    @property
    def depth_ms(self) -> float:
        """All sound between network and ear."""
        return self.jitter.buffered_ms + self._output.queued_ms()

    @property
    def gaps(self) -> int:
        """How often sound was missing: frames lost and rings run dry."""
        return self.jitter.lost + self.underruns

    def on_frame(self, header: FrameHeader, payload: Any) -> None:
        """A frame came from the network."""
        if self.paused:
            return
        if header.flags & FLAG_DISCONTINUITY:
            self.jitter.jitter.restart()
        self.jitter.push(header, payload, self._session_now_ms())

    def on_tick(self) -> None:
        """The audio clock moved on: keep the ring filled and the delay bounded."""
        self.ticks += 1
        if self.depth_ms > HARD_LIMIT_MS:
            self.jitter.skip_to(self.jitter.target_ms)
            self.skips += 1
        self._watch_the_ring()
        while self._output.queued_ms() < self.ring_ms:
            frame = self.jitter.pop(self.ring_ms)
            if frame is None:
                break
            self._play(frame.header, frame.payload)
        self._steer()

    def pause(self) -> None:
        """Stop for this listener; what is queued is forgotten."""
        self.paused = True
        self.playing = False
        self.jitter.clear()
        self._output.flush()

    def resume(self) -> None:
        """Go on, live."""
        self.paused = False
        self._expected_seq = None

    def stalled(self) -> None:
        """The audio clock stands still: whatever is queued, nothing is heard."""
        self.playing = False

    def restart(self) -> None:
        """The sender counts from a new beginning; what is in the ring is still heard."""
        self.jitter.restart()
        self._expected_seq = None

    def _play(self, header: FrameHeader, payload: Any) -> None:
        missing = header.seq - self._expected_seq if self._expected_seq is not None else 0
        if 0 < missing <= MAX_CONCEALED_FRAMES:
            # Keeping time: a short hole stays a short hole instead of pulling all later sound forward.
            self._output.silence(missing * FRAME_MS)
        self._expected_seq = header.seq + 1
        self.delay_ms = self._session_now_ms() - header.capture_ms + self._output.queued_ms()
        self._output.play(header.kind, payload, header.seq * FRAME_MS * 1000)
        self.frames_played += 1
        self.playing = True

    def _watch_the_ring(self) -> None:
        """Count each time it ran dry, and keep more from then on."""
        starved_ms = self._output.starved_ms()
        empty = self._output.queued_ms() <= 0 and self.jitter.buffered_ms <= 0
        dry = self.playing and (empty or starved_ms > self._starved_ms)
        self._starved_ms = starved_ms
        if dry and not self._was_dry and not self.at_rest:
            self.underruns += 1
            self.ring_ms = min(MAX_RING_MS, self.ring_ms + RING_STEP_MS)
        if empty:
            self.jitter.rebuffer()
        self._was_dry = dry
        self.ring_ms = max(MIN_RING_MS, self.ring_ms - RING_FADE_MS)
        self.playing = self.playing and not empty

    def _steer(self) -> None:
        if not self.playing:
            self._average_depth_ms = self.jitter.target_ms + self.ring_ms
        self._average_depth_ms += (self.depth_ms - self._average_depth_ms) * DEPTH_SMOOTHING
        speed = round(speed_for(self._average_depth_ms, self.jitter.target_ms + self.ring_ms), 3)
        if speed != self.speed:
            self.speed = speed
            self._output.set_speed(speed)
