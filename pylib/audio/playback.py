"""From frames on the wire to the loudspeaker: what to play next, and how far behind live.

Two buffers in a row: the jitter buffer orders what the network brings and keeps what is too
much, the loudspeaker's ring goes on when network or main thread falter. Both together are the
depth that is steered.
"""

from typing import Any, Callable

from pylib.audio.jitter_buffer import JitterBuffer
from pylib.audio.rate_control import RateControl
from pylib.ports import AudioOutput
from pylib.protocol.frames import FLAG_DISCONTINUITY, FRAME_MS, FrameHeader

DECODER_MS = 5.0
"""Kept ready beyond the network's jitter and what the sound card takes at once: time to decode a frame."""

MAX_RING_MS = 120.0
RING_STEP_MS = 10.0
RING_FADE_MS = 0.01
"""A page that ran dry gets more room at once, and loses it again at 1 ms a second."""

HARD_LIMIT_MS = 2000.0
"""More depth comes from a stall or a tab that slept, and is skipped; that frames are old is no reason."""

BEHIND_MS = 3000.0
MAX_CONCEALED_FRAMES = 5

DEPTH_SMOOTHING = 0.01
"""Share of a new depth in its average, each 10 ms: a second's memory, for frames come in lumps."""

STEER_TICKS = 10
STEER_S = 0.1


class Playback:
    """Moves frames from the jitter buffer to the loudspeaker when the audio clock asks.

    `session_now_ms` is the time since the session began on the server's clock, so that the
    age of a frame is its true delay from mouth to ear. How unevenly frames come is measured by
    `steady_ms` instead, which nobody sets while it runs. Set `at_rest` while the speaker sends
    nothing on purpose: running dry is no gap then. `missing_ms` is how long new sound was due and
    not there, which the loudspeaker bridges as far as it can.
    """

    def __init__(
        self, output: AudioOutput, session_now_ms: Callable[[], float], steady_ms: Callable[[], float]
    ) -> None:
        self.jitter = JitterBuffer()
        self.pace = RateControl()
        self.underruns = 0
        self.missing_ms = 0.0
        self.skips = 0
        self.playing = False
        self.frames_played = 0
        self.ticks = 0
        self.paused = False
        self.at_rest = False
        self.ring_ms = DECODER_MS
        self._limit_ms = HARD_LIMIT_MS
        self._average_depth_ms = 0.0
        self._output = output
        self._session_now_ms = session_now_ms
        self._steady_ms = steady_ms
        self._newest_end_ms: float | None = None
        self._newest_came_ms = 0.0
        self._expected_seq: int | None = None
        self._starved_ms = 0.0
        self._was_dry = False
        self._sounding = False
        self._heard = False
        self._dropped_before = 0

    @property
    def depth_ms(self) -> float:
        """All sound between network and ear."""
        return self.jitter.buffered_ms + self._output.queued_ms()

    @property
    def delay_ms(self) -> float:
        """How long ago the sound that is at the ear now was spoken; 0 before there was any."""
        if self._newest_end_ms is None:
            return 0.0
        return self._session_now_ms() - self._newest_end_ms + self._output.queued_ms()

    @property
    def gaps(self) -> int:
        """How often sound was missing: frames lost and rings run dry."""
        return self.jitter.lost + self.underruns

    @property
    def behind(self) -> bool:
        """Whether much is kept because of a pause, and not because the audio clock stood still."""
        pause = self.paused or self._limit_ms > HARD_LIMIT_MS + BEHIND_MS
        return pause and self.depth_ms > BEHIND_MS

    @property
    def cut(self) -> bool:
        """Whether the newest pause was longer than what is kept, so that its beginning is lost."""
        return self.jitter.dropped > self._dropped_before

    def on_frame(self, header: FrameHeader, payload: Any) -> None:
        """A frame came from the network; while paused it is kept, as far as there is room."""
        if header.flags & FLAG_DISCONTINUITY:
            self.jitter.jitter.restart()
        self._newest_came_ms = self._steady_ms()
        self.jitter.push(header, payload, self._newest_came_ms)
        if self.ticks and not self.paused:
            self._fill_the_ring()

    def on_tick(self) -> None:
        """The audio clock moved on: keep the ring filled and the delay bounded."""
        self.ticks += 1
        if self.paused:
            return
        self._bound_the_depth()
        self._watch_the_ring()
        self._fill_the_ring()
        self._steer()

    def pause(self) -> None:
        """Silent at once for this listener; what is queued and what comes now is kept for later."""
        self.paused = True
        self.playing = False
        self._dropped_before = self.jitter.dropped
        self._output.hold(True)

    def resume(self) -> None:
        """Go on where it stopped; the delay returns by itself, or at once by `go_live`."""
        self.paused = False
        self.playing = self._output.queued_ms() > 0
        self._limit_ms = self.depth_ms + HARD_LIMIT_MS
        self._output.hold(False)

    def go_live(self) -> None:
        """Jump over all that is waiting."""
        if self.paused:
            self.resume()
        self._output.flush()
        self.jitter.skip_to(self.jitter.target_ms + self.ring_ms)
        self._limit_ms = HARD_LIMIT_MS
        self._expected_seq = None
        self.playing = False
        self._average_depth_ms = self._wanted_ms

    def stalled(self) -> None:
        """The audio clock stands still: whatever is queued, nothing is heard."""
        self.playing = False

    def restart(self) -> None:
        """The sender counts from a new beginning; what came before is still heard."""
        self.jitter.restart()
        self._expected_seq = None

    @property
    def _least_ring_ms(self) -> float:
        return DECODER_MS + self._output.burst_ms()

    @property
    def _wanted_ms(self) -> float:
        return self.jitter.level_ms + self.ring_ms

    def _fill_the_ring(self) -> None:
        """All that is meant to be held lies in the ring: then it also heals a main thread that stalls."""
        while self._output.queued_ms() < self.ring_ms + self.jitter.target_ms:
            frame = self.jitter.pop(self.ring_ms, self._steady_ms() - self._newest_came_ms)
            if frame is None:
                break
            self._play(frame.header, frame.payload)

    def _play(self, header: FrameHeader, payload: Any) -> None:
        missing = header.seq - self._expected_seq if self._expected_seq is not None else 0
        if missing > 0:
            # Keeping time: a short hole stays a short hole instead of pulling all later sound forward.
            self._output.conceal(missing * FRAME_MS if missing <= MAX_CONCEALED_FRAMES else 0.0)
        self._expected_seq = header.seq + 1
        self._newest_end_ms = header.capture_ms + FRAME_MS
        self._output.play(header.kind, payload, header.seq * FRAME_MS * 1000)
        self.frames_played += 1
        self.playing = True

    def _bound_the_depth(self) -> None:
        """Skip what piled up while nothing could be heard; after a pause the limit sinks with the depth."""
        depth_ms = self.depth_ms
        self._limit_ms = max(HARD_LIMIT_MS, min(self._limit_ms, depth_ms + HARD_LIMIT_MS))
        if depth_ms > self._limit_ms:
            self.skips += 1
            self.go_live()

    def _watch_the_ring(self) -> None:
        """Count each time it ran dry, and keep more from then on."""
        starved_ms = self._output.starved_ms() - self._starved_ms
        self._starved_ms += starved_ms
        starved = starved_ms > 0
        self._heard = not self.at_rest and (self._heard or not starved)
        if self._heard:
            self.missing_ms += starved_ms
        empty = self._output.queued_ms() <= 0 and self.jitter.buffered_ms <= 0
        # Up to the moment at which the first frame reached the ring, nothing was missing.
        self._sounding = self.playing and (self._sounding or not starved)
        dry = self.playing and (empty or (starved and self._sounding))
        if dry and not self._was_dry and not self.at_rest:
            self.underruns += 1
            self.ring_ms = min(MAX_RING_MS, self.ring_ms + RING_STEP_MS)
        if empty:
            self.jitter.rebuffer()
        self._was_dry = dry
        self.ring_ms = max(self._least_ring_ms, self.ring_ms - RING_FADE_MS)
        self.playing = self.playing and not empty

    def _steer(self) -> None:
        if not self.playing:
            self._average_depth_ms = self._wanted_ms
        self._average_depth_ms += (self.depth_ms - self._average_depth_ms) * DEPTH_SMOOTHING
        if self.ticks % STEER_TICKS:
            return
        if self.pace.steer(self._average_depth_ms - self._wanted_ms, STEER_S):
            self._output.set_speed(self.pace.speed)
            self._output.set_tempo(self.pace.tempo)
