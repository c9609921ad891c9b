"""A session's sound: every frame once, in order, and to all listeners at once."""

import asyncio
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from backend.live.fan_out import FanOut
from backend.live.peer import Peer
from backend.live.text_audio import ChunkCutter, audio_body
from backend.live.ws_frames import BINARY, frame, json_frame
from backend.metrics import Metrics
from backend.ports import Clock
from backend.records import PAUSED, Session
from backend.settings import Limits
from pylib.errors import FrameError
from pylib.protocol import codes
from pylib.protocol.client_messages import SendAudio
from pylib.protocol.frames import (
    FLAG_SILENCE,
    FLOOR,
    HEADER_BYTES,
    KIND_OPUS,
    KIND_PCM16,
    FrameHeader,
    decode_header,
)

OPUS_LATELY_S = 1.0
"""PCM that comes within this time after an Opus frame is the twin of Opus sound."""


class ReplayFrame(NamedTuple):
    """A frame kept for listeners who reconnect. `wire` is its WebSocket frame, `at` its arrival in s."""

    at: float
    seq: int
    wire: bytes


class Track:
    """The sound as one sort of listeners gets it: as binary frames, or as `audio` messages.

    Attributes:
        fan_out: these listeners.
        next_seq: the number after the last frame's.
        last_seq: the number of the last frame for listeners, -1 before the first; those of a pause are not.
        carried: how many frames were for listeners.
        unsent: frames that have not been sent yet.
    """

    __slots__ = ("_clock", "_keep_s", "_replay", "carried", "fan_out", "last_seq", "next_seq", "unsent")

    def __init__(self, keep_s: float, clock: Clock) -> None:
        self.fan_out = FanOut()
        self.next_seq = 0
        self.last_seq = -1
        self.carried = 0
        self.unsent: list[bytes] = []
        self._replay: deque[ReplayFrame] = deque()
        self._keep_s = keep_s
        self._clock = clock

    def add(self, seq: int, wire: bytes, now: float) -> None:
        """Take the next frame."""
        self.unsent.append(wire)
        self.last_seq = seq
        self.carried += 1
        self._replay.append(ReplayFrame(now, seq, wire))
        self._drop_old(now)

    def missed_since(self, last_seq: int) -> list[ReplayFrame]:
        """Frames after `last_seq` that are at most 2 s old, oldest first."""
        self._drop_old(self._clock.monotonic_s())
        return [one for one in self._replay if one.seq > last_seq]

    def _drop_old(self, now: float) -> None:
        while self._replay and now - self._replay[0].at > self._keep_s:
            self._replay.popleft()


class Channel:
    """Takes the speaker's frames and fans them out. No method waits.

    A speaker numbers its frames, and sends the same numbers twice: after a reconnect, because it
    cannot know what had arrived, and as PCM beside Opus when a listener hears only PCM.

    Attributes:
        sounded: how many frames for listeners were no silence, twins counted once.
        sounded_at: when the newest of them came, by the clock's `monotonic_s()`.

    Args:
        limits: how long frames are kept.
        metrics: counts frames.
        clock: dates frames.
        began_s: when the session was created, by the clock's `monotonic_s()`.
    """

    def __init__(self, limits: Limits, metrics: Metrics, clock: Clock, began_s: float) -> None:
        self._metrics = metrics
        self._clock = clock
        self._began_s = began_s
        self._next_of_kind = {KIND_OPUS: 0, KIND_PCM16: 0}
        self._opus_at = float("-inf")
        self.sounded = 0
        self.sounded_at = float("-inf")
        self._next_sounding = 0
        self._binary = Track(limits.replay_s, clock)
        self._text = Track(limits.replay_s, clock)
        self._cutter = ChunkCutter()
        self._flush_is_due = False

    @property
    def session_ms(self) -> int:
        """Milliseconds since the session was created."""
        return round((self._clock.monotonic_s() - self._began_s) * 1000)

    @property
    def next_seq(self) -> int:
        """The number that a speaker who comes back goes on with."""
        return self._binary.next_seq

    def track(self, *, text_only: bool) -> Track:
        """The track of listeners who hear text only, or of all others."""
        return self._text if text_only else self._binary

    def join(self, peer: Peer) -> None:
        """Let this connection hear the sound from now on."""
        self.track(text_only=peer.text_only).fan_out.join(peer)

    def leave(self, peer: Peer) -> None:
        """Let this connection hear no more."""
        self.track(text_only=peer.text_only).fan_out.leave(peer)

    def publish(self, session: Session, data: bytes) -> None:
        """Take one binary frame. Raises FrameError when `data` is no frame, or one of another channel."""
        header = decode_header(data[:HEADER_BYTES], len(data))
        if header.channel != FLOOR:
            raise FrameError("There is no such channel.", code=codes.VALIDATION_INVALID_PARAMETER)
        now = self._clock.monotonic_s()
        if header.kind == KIND_OPUS:
            self._opus_at = now
        self._take(session, header, data, now)

    def publish_text(self, session: Session, chunk: SendAudio) -> None:
        """Take a sendAudio chunk, cut into frames. Raises Problem when it holds no sound."""
        now = self._clock.monotonic_s()
        next_seq = max(self._next_of_kind[KIND_PCM16], self._binary.next_seq)
        for data in self._cutter.cut(
            chunk, next_seq, session.created_at, session.created_at + self.session_ms
        ):
            self._take(session, decode_header(data[:HEADER_BYTES], len(data)), data, now)

    def flush(self) -> None:
        """Send the frames that arrived since the last flush to every listener, as one write each."""
        self._flush_is_due = False
        for track in (self._binary, self._text):
            if track.unsent:
                frames, track.unsent = track.unsent, []
                due = len(track.fan_out) * len(frames)
                dropped = track.fan_out.send(frames)
                self._metrics.frames_out.inc(due - dropped)
                self._metrics.frames_skipped.inc(dropped)

    def _take(self, session: Session, header: FrameHeader, data: bytes, now: float) -> None:
        if header.seq < self._next_of_kind[header.kind]:
            self._metrics.frames_repeated.inc()
            return
        self._next_of_kind[header.kind] = header.seq + 1
        paused = session.status == PAUSED
        if not paused:
            self._metrics.frames_in.inc()
            self._note_sound(header, now)
        for track in self._tracks_for(header, now):
            # Frames of a pause are numbered but not kept: a listener who comes back has not lost them.
            track.next_seq = header.seq + 1
            if not paused:
                track.add(header.seq, self._wire(track, session, header, data), now)
                self._flush_soon()

    def _note_sound(self, header: FrameHeader, now: float) -> None:
        if not header.flags & FLAG_SILENCE and header.seq >= self._next_sounding:
            self._next_sounding = header.seq + 1
            self.sounded += 1
            self.sounded_at = now

    def _tracks_for(self, header: FrameHeader, now: float) -> Iterator[Track]:
        """The tracks whose listeners can hear this frame, and have heard neither it nor its twin."""
        is_pcm = header.kind == KIND_PCM16
        if is_pcm:
            yield self._text
        # PCM that comes beside Opus is for text-only listeners: binary ones get the Opus frame.
        twin = is_pcm and now - self._opus_at < OPUS_LATELY_S
        if not twin and header.seq >= self._binary.next_seq:
            yield self._binary

    def _wire(self, track: Track, session: Session, header: FrameHeader, data: bytes) -> bytes:
        if track is self._text:
            return json_frame(audio_body(header, data, session.created_at))
        return frame(data, BINARY)

    def _flush_soon(self) -> None:
        """Flush when the event loop comes round: frames that arrived together then leave together.

        A flush costs one write per listener however many frames it sends. So an audience that is too
        large for 50 flushes a second gets fewer and larger ones, instead of falling behind for good.
        """
        if not self._flush_is_due:
            self._flush_is_due = True
            asyncio.get_running_loop().call_soon(self.flush)
