"""A session's sound: every frame once, in order, and to all listeners at once."""

import asyncio
from collections.abc import Callable

from backend.live.audio_joiner import AcceptedFrame, AudioJoiner
from backend.live.peer import Peer
from backend.live.text_audio import MAX_CHUNK_MS, ChunkCutter, audio_body, duration_ms
from backend.live.track import Track
from backend.live.ws_frames import BINARY, frame, json_frame
from backend.metrics import Metrics
from backend.ports import Clock
from backend.records import ACTIVE, Session
from backend.settings import Limits
from pylib.errors import FrameError
from pylib.protocol import codes
from pylib.protocol.client_messages import SendAudio
from pylib.protocol.frames import (
    FLAG_SILENCE,
    FLOOR,
    FRAME_MS,
    HEADER_BYTES,
    KIND_OPUS,
    KIND_PCM16,
    FrameHeader,
    decode_header,
)
from pylib.protocol.pacing import SHORT_FRAMES, FramePacer

OPUS_LATELY_S = 1.0
"""PCM that comes within this time after an Opus frame is the twin of Opus sound."""


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
        self._joined = Track(limits.replay_s, clock)
        self._cutter = ChunkCutter()
        self._pacer = FramePacer(clock, self._send)
        self._joiner = AudioJoiner(clock, self._send_joined)
        self._flush_is_due = False

    @property
    def session_ms(self) -> int:
        """Milliseconds since the session was created."""
        return round((self._clock.monotonic_s() - self._began_s) * 1000)

    @property
    def next_seq(self) -> int:
        """The number that a speaker who comes back goes on with."""
        newest: AcceptedFrame | None = self._pacer.newest
        return max(self._binary.next_seq, newest.header.seq + 1 if newest else 0)

    @property
    def waiting_s(self) -> float:
        """How long it takes until all that was said so far has left."""
        return self._pacer.waiting_s

    def track(self, *, text_only: bool, is_older: bool = False) -> Track:
        """The track of older clients, of others who hear text only, or of all others."""
        if is_older:
            return self._joined
        return self._text if text_only else self._binary

    def track_of(self, peer: Peer) -> Track:
        """The track that this connection hears."""
        return self.track(text_only=peer.text_only, is_older=peer.is_older)

    def join(self, peer: Peer) -> None:
        """Let this connection hear the sound from now on."""
        self.track_of(peer).fan_out.join(peer)

    def leave(self, peer: Peer) -> None:
        """Let this connection hear no more."""
        self.track_of(peer).fan_out.leave(peer)

    def publish(self, session: Session, data: bytes) -> None:
        """Take one binary frame. Raises FrameError when `data` is no frame, or one of another channel."""
        header = decode_header(data[:HEADER_BYTES], len(data))
        if header.channel != FLOOR:
            raise FrameError("There is no such channel.", code=codes.VALIDATION_INVALID_PARAMETER)
        self._pacer.flush()
        if header.kind == KIND_OPUS:
            self._opus_at = self._clock.monotonic_s()
        for accepted in self._accept(session, [data]):
            self._send(accepted)

    def publish_text(self, session: Session, chunk: SendAudio, longest_ms: int = MAX_CHUNK_MS) -> None:
        """Take a sendAudio chunk, cut into frames. Raises Problem when it holds no sound, or too much.

        Short chunks leave at once: they are a client's that keeps the delay small. Long ones are paced.
        """
        created_at = session.created_at
        frames = self._cutter.cut(chunk, self._next_pcm, created_at, created_at + self.session_ms, longest_ms)
        is_short = duration_ms(chunk) <= SHORT_FRAMES * FRAME_MS
        if is_short and chunk.sequence_number is not None:
            self._pacer.flush()
        self._take(session, frames, paced=not is_short)

    def complete(self, session: Session) -> None:
        """Send what waits for more sound: a message to listeners follows, or nothing more is to come."""
        rest = self._cutter.cut_rest(self._next_pcm, session.created_at, session.created_at + self.session_ms)
        self._take(session, rest, paced=False)
        self._joiner.flush()
        self.flush()

    def finish(self, session: Session) -> None:
        """Send all that waits, whether it is due or not: the session has ended."""
        self._pacer.flush()
        self.complete(session)

    def flush(self) -> None:
        """Send the frames that arrived since the last flush to every listener, as one write each."""
        self._flush_is_due = False
        for track in (self._binary, self._text, self._joined):
            if track.unsent:
                frames, track.unsent = track.unsent, []
                due = len(track.fan_out) * len(frames)
                dropped = track.fan_out.send(frames)
                self._metrics.frames_out.inc(due - dropped)
                self._metrics.frames_skipped.inc(dropped)

    @property
    def _next_pcm(self) -> int:
        """The number of the next frame of chunks, where the speaker does not number them."""
        return max(self._next_of_kind[KIND_PCM16], self._binary.next_seq)

    def _take(self, session: Session, frames: list[bytes], *, paced: bool) -> None:
        """Take the frames of a chunk; one that is not paced leaves at once, unless others wait before it."""
        accepted = self._accept(session, frames)
        if accepted and (paced or self._pacer.newest):
            self._pacer.add(accepted)
        else:
            for one in accepted:
                self._send(one)

    def _accept(self, session: Session, frames: list[bytes]) -> list[AcceptedFrame]:
        """The frames that did not come before. Older listeners, who play at their own pace, get them now."""
        audible = session.status == ACTIVE
        accepted = []
        for data in frames:
            header = decode_header(data[:HEADER_BYTES], len(data))
            if header.seq < self._next_of_kind[header.kind]:
                self._metrics.frames_repeated.inc()
                continue
            self._next_of_kind[header.kind] = header.seq + 1
            one = AcceptedFrame(header, data, session.created_at, audible)
            accepted.append(one)
            if audible:
                self._metrics.frames_in.inc()
                if header.kind == KIND_PCM16:
                    self._joiner.add(one)
        return accepted

    def _send(self, one: AcceptedFrame) -> None:
        """Pass a frame on to the listeners who can hear it, and have heard neither it nor its twin."""
        header = one.header
        is_pcm = header.kind == KIND_PCM16
        if one.audible:
            self._note_sound(header)
        if is_pcm:
            samples = one.data[HEADER_BYTES:]
            self._add(self._text, one, lambda: json_frame(audio_body(header, samples, one.created_at)))
        # PCM that comes beside Opus is for text-only listeners: binary ones get the Opus frame.
        twin = is_pcm and self._clock.monotonic_s() - self._opus_at < OPUS_LATELY_S
        if not twin and header.seq >= self._binary.next_seq:
            self._add(self._binary, one, lambda: frame(one.data, BINARY))

    def _note_sound(self, header: FrameHeader) -> None:
        if not header.flags & FLAG_SILENCE and header.seq >= self._next_sounding:
            self._next_sounding = header.seq + 1
            self.sounded += 1
            self.sounded_at = self._clock.monotonic_s()

    def _add(self, track: Track, one: AcceptedFrame, wire: Callable[[], bytes]) -> None:
        # Frames of a pause are numbered but not kept: a listener who comes back has not lost them.
        track.next_seq = one.header.seq + 1
        if one.audible:
            track.add(one.header.seq, wire())
            self._flush_soon()

    def _send_joined(self, frames: list[AcceptedFrame]) -> None:
        first = frames[0]
        samples = b"".join(one.data[HEADER_BYTES:] for one in frames)
        wire = json_frame(audio_body(first.header, samples, first.created_at))
        self._joined.next_seq = first.header.seq + len(frames)
        self._joined.add(first.header.seq, wire, len(frames))
        self._flush_soon()

    def _flush_soon(self) -> None:
        """Flush when the event loop comes round: frames that arrived together then leave together.

        A flush costs one write per listener however many frames it sends. So an audience that is too
        large for 50 flushes a second gets fewer and larger ones, instead of falling behind for good.
        """
        if not self._flush_is_due:
            self._flush_is_due = True
            asyncio.get_running_loop().call_soon(self.flush)
