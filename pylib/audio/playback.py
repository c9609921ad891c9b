"""From frames on the wire to the loudspeaker: what to play next, and how far behind live.

Two buffers in a row: the jitter buffer orders what the network brings and keeps what is too
much, the loudspeaker's ring goes on when network or main thread falter. Both together are the
depth that is steered.
"""

from typing import Any, Callable

from pylib.audio.jitter_buffer import JitterBuffer
from pylib.audio.pause import Pause
from pylib.audio.rate_control import RateControl
from pylib.audio.ring_watch import RingWatch
from pylib.ports import AudioOutput
from pylib.protocol.frames import FLAG_DISCONTINUITY, FRAME_MS, FrameHeader

MAX_CONCEALED_FRAMES = 5
"""A hole of up to so many lost frames is bridged and keeps its length; a longer one is jumped over."""

DEPTH_SMOOTHING = 0.01
"""Share of a new depth in its average, each 10 ms: a second's memory, for frames come in lumps."""

TICK_MS = 10.0
STEER_TICKS = 10
STEER_S = 0.1


class Playback:
    """Moves frames from the jitter buffer to the loudspeaker when the audio clock asks.

    `session_now_ms` is the time since the session began on the server's clock, so that the
    age of a frame is its true delay from mouth to ear. How unevenly frames come is measured by
    `steady_ms` instead, a clock that is never set. Set `at_rest` while the speaker sends nothing on
    purpose: a ring that runs dry is no gap then. `fed` while the loudspeaker holds sound that is to be heard.
    """

    def __init__(
        self, output: AudioOutput, session_now_ms: Callable[[], float], steady_ms: Callable[[], float]
    ) -> None:
        self.jitter = JitterBuffer()
        self.pace = RateControl()
        self.ring = RingWatch(output)
        self.skips = 0
        self.fed = False
        self.frames_played = 0
        self.ticks = 0
        self.at_rest = False
        self._pause = Pause()
        self._average_depth_ms = 0.0
        self._output = output
        self._session_now_ms = session_now_ms
        self._steady_ms = steady_ms
        self._newest_end_ms: float | None = None
        self._newest_came_ms = 0.0
        self._expected_seq: int | None = None
        self._silent_ms = 0.0

    @property
    def paused(self) -> bool:
        """Whether this listener wants silence; what comes meanwhile is kept, as far as there is room."""
        return self._pause.active

    @property
    def playing(self) -> bool:
        """Whether sound comes out of the loudspeaker: it got some, and did not stay silent with it."""
        return self.fed and not self.ring.silent

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
        return self.jitter.lost + self.ring.underruns

    @property
    def behind(self) -> bool:
        """Whether a pause has left so much to hear that jumping to live is worth a button."""
        return self._pause.is_behind(self.depth_ms)

    @property
    def cut(self) -> bool:
        """Whether the beginning of what the newest pause left is lost."""
        return self._pause.is_cut(self.jitter.dropped)

    def on_frame(self, header: FrameHeader, payload: Any) -> None:
        """A frame came from the network; while paused it is kept, as far as there is room."""
        if header.flags & FLAG_DISCONTINUITY:
            self.jitter.jitter.restart()
        self._newest_came_ms = self._steady_ms()
        self.jitter.push(header, payload, self._newest_came_ms)
        if self.ticks and not self.paused:
            self._fill_ring()

    def on_tick(self) -> None:
        """The audio clock moved on: keep the ring filled and the delay bounded."""
        self.ticks += 1
        if self.paused:
            return
        self._watch_ring()
        if self._pause.is_exceeded(self.depth_ms):
            self.skips += 1
            self.go_live()
        self._fill_ring()
        self._steer()

    def pause(self) -> None:
        """Fall silent at once; sound that is queued and that comes from now on is kept for later."""
        self._pause.begin(self.jitter.dropped)
        self.fed = False
        self._output.hold(True)

    def resume(self) -> None:
        """Go on where the pause began; the delay shrinks by itself, or at once by `go_live`."""
        self._pause.end(self.depth_ms)
        self.fed = self._output.queued_ms() > 0
        self._output.hold(False)

    def go_live(self) -> None:
        """Jump over all that is waiting."""
        if self.paused:
            self.resume()
        self._output.flush()
        self.jitter.skip_to(self.jitter.target_ms + self.ring.ring_ms)
        self._pause.skip()
        self._expected_seq = None
        self.fed = False
        self._average_depth_ms = self._wanted_ms

    def stalled(self) -> None:
        """The audio clock stands still: nothing is heard, however much is queued."""
        self.fed = False
        self.ring.stalled()

    def restart(self) -> None:
        """The sender numbers its frames from a new beginning; frames from before are still heard."""
        self.jitter.restart()
        self._expected_seq = None

    @property
    def _wanted_ms(self) -> float:
        return self.jitter.level_ms + self.ring.ring_ms

    def _fill_ring(self) -> None:
        """All sound held against jitter lies in the ring, where it also bridges a stalled main thread."""
        while self._output.queued_ms() < self.ring.ring_ms + self.jitter.target_ms:
            frame = self.jitter.pop(self.ring.ring_ms, self._steady_ms() - self._newest_came_ms)
            if frame is None:
                break
            self._play(frame.header, frame.payload)

    def _play(self, header: FrameHeader, payload: Any) -> None:
        missing = header.seq - self._expected_seq if self._expected_seq is not None else 0
        if missing > 0:
            # A short hole keeps its length: otherwise all later sound would be heard too early.
            self._output.conceal(missing * FRAME_MS if missing <= MAX_CONCEALED_FRAMES else 0.0)
        self._expected_seq = header.seq + 1
        self._newest_end_ms = header.capture_ms + FRAME_MS
        self._output.play(header.kind, payload, header.seq * FRAME_MS * 1000)
        self.frames_played += 1
        self.fed = True

    def _watch_ring(self) -> None:
        empty = self._output.queued_ms() <= 0 and self.jitter.buffered_ms <= 0
        self.ring.observe(self.fed, empty, self.at_rest)
        if empty:
            self.jitter.rebuffer()
            self.fed = False
            self._silent_ms += 0.0 if self.at_rest else TICK_MS
        elif self._silent_ms:
            self._pause.allow_late(self._silent_ms)
            self._silent_ms = 0.0

    def _steer(self) -> None:
        if not self.fed:
            self._average_depth_ms = self._wanted_ms
        self._average_depth_ms += (self.depth_ms - self._average_depth_ms) * DEPTH_SMOOTHING
        if self.ticks % STEER_TICKS:
            return
        if self.pace.steer(self._average_depth_ms - self._wanted_ms, STEER_S):
            self._output.set_speed(self.pace.speed)
            self._output.set_tempo(self.pace.tempo)
