"""One session's connected people, and who hears what."""

import time
from collections import Counter as Tally
from collections import deque
from statistics import median
from typing import Any, NamedTuple

from backend.metrics import Metrics
from backend.peer import Peer
from backend.problems import Problem
from backend.session_rows import ENDED, PAUSED, Session, now_ms
from backend.settings import Limits
from backend.text_audio import ChunkCutter, audio_fields
from backend.wire import BINARY, frame, message
from pylib.protocol.frames import HEADER_BYTES, KIND_OPUS, KIND_PCM16, FrameHeader, decode_header
from pylib.protocol.messages import CLOSE_REPLACED, SendAudio

OPUS_LATELY_S = 1.0


class _Kept(NamedTuple):
    """A frame kept for listeners who come back."""

    at: float
    seq: int
    frame: bytes


class Room:
    """Fan-out for one session. Nothing here waits, so nothing can come between two lines.

    Attributes:
        session: the row as last announced.
        epoch: names this room's life; sequence numbers mean nothing across two of them.
        stale: the speaker has not been told the latest numbers.
    """

    def __init__(self, session: Session, limits: Limits, metrics: Metrics) -> None:
        self.session = session
        self.epoch = now_ms()
        self.speaker: Peer | None = None
        self.listeners: dict[str, Peer] = {}
        self.muted = False
        self.stale = False
        self._away_since: float | None = None
        self._limits = limits
        self._metrics = metrics
        self._next_seq = 0
        self._opus_at = float("-inf")
        self._kept: deque[_Kept] = deque()
        self._cutter = ChunkCutter()
        self._told: dict[str, Any] = {}

    # People

    def seat_speaker(self, peer: Peer) -> None:
        """Take a speaker; an earlier connection of theirs is closed."""
        before, self.speaker = self.speaker, peer
        if before is not None:
            before.close(CLOSE_REPLACED, "replaced by a newer connection")
        else:
            self.tell_listeners("speakerBack")
        self._away_since = None
        self._told = {}
        self.stale = True
        if any(listener.text_only for listener in self.listeners.values()):
            peer.tell("audioFormatRequired", kind=KIND_PCM16, required=True)

    def seat_listener(self, peer: Peer, resume: str = "") -> None:
        """Take a listener, in the place of its own earlier connection `resume`. Raises Problem when full."""
        before = self.listeners.pop(resume, None)
        if before is not None:
            before.abort()
        elif len(self.listeners) >= self.session.max_listeners and peer.connection_id not in self.listeners:
            raise Problem(409, "SESSION_MAX_LISTENERS_REACHED", "This session is full at the moment.")
        self.listeners[peer.connection_id] = peer
        self.stale = True
        self._ask_for_pcm(peer, before)

    def leave(self, peer: Peer) -> None:
        """Forget a connection that is gone."""
        if peer is self.speaker:
            self.speaker = None
            self._away_since = time.monotonic()
            self.tell_listeners("speakerAway", **self._grace())
        elif self.listeners.pop(peer.connection_id, None) is not None:
            self.stale = True
            if peer.text_only and not self._text_listeners() and self.speaker is not None:
                self.speaker.tell("audioFormatRequired", kind=KIND_PCM16, required=False)

    def everyone(self) -> list[Peer]:
        """All connected people."""
        return [*([self.speaker] if self.speaker else []), *self.listeners.values()]

    # Messages

    def tell_listeners(self, kind: str, /, **fields: Any) -> None:
        """The same message to every listener, built once."""
        built = message(kind, fields)
        for listener in list(self.listeners.values()):
            listener.write(built)

    def announce(self, kind: str, request_id: str | None = None, /, **fields: Any) -> None:
        """The same message to everybody; the speaker's copy repeats `request_id`."""
        self.tell_listeners(kind, **fields)
        if self.speaker is not None:
            answer = {"requestId": request_id} if request_id else {}
            self.speaker.tell(kind, **fields, **answer)

    def set_muted(self, muted: bool, request_id: str | None) -> None:
        """The speaker mutes or unmutes; sound keeps flowing, silent."""
        self.muted = muted
        self.stale = True
        kind = "broadcastMuted" if muted else "broadcastUnmuted"
        self.announce(kind, request_id, sessionId=self.session.session_id)

    def tell_why_silent(self, peer: Peer, *, returning: bool) -> None:
        """What a listener who comes now has missed, in the messages the others got."""
        if self.muted:
            peer.tell("broadcastMuted", sessionId=self.session.session_id)
        if self.speaker is None:
            peer.tell("speakerAway", **self._grace())
        elif returning:
            peer.tell("speakerBack")

    def _grace(self) -> dict[str, int]:
        """How long the session still waits, for a speaker who was here before."""
        if self._away_since is None:
            return {}
        left_s = self._limits.grace_s - (time.monotonic() - self._away_since)
        return {"graceMs": max(0, round(left_s * 1000))}

    def status(self) -> dict[str, Any]:
        """The fields of `sessionStatus`."""
        session = self.session
        return {
            **self._changing(),
            "sessionDuration": now_ms() - session.created_at,
            "createdAt": session.created_at,
            "expiresAt": session.expires_at,
        }

    def push_status(self) -> None:
        """Tell the speaker what changed since the last time, if anything did."""
        self.stale = False
        changing = self._changing()
        if self.speaker is not None and changing != self._told:
            self.tell_status(self.speaker)

    def tell_status(self, speaker: Peer, **answer: str) -> None:
        """Send `sessionStatus`."""
        self._told = self._changing()
        speaker.tell("sessionStatus", **self.status(), **answer)

    def _changing(self) -> dict[str, Any]:
        session = self.session
        languages = Tally(peer.target_language for peer in self.listeners.values() if peer.target_language)
        return {
            "sessionId": session.session_id,
            "isActive": session.status != ENDED,
            "status": session.status,
            "muted": self.muted,
            "listenerCount": len(self.listeners),
            "languageDistribution": dict(languages),
            "hearing": self._hearing(),
        }

    def _hearing(self) -> dict[str, Any]:
        since = time.monotonic() - self._limits.hearing_valid_s
        reports = [
            peer.report
            for peer in self.listeners.values()
            if peer.report is not None and peer.reported_at >= since
        ]
        delays = [report.ear_delay_ms for report in reports if report.audible]
        return {
            "audible": len(delays),
            "blocked": sum(report.state == "blocked" for report in reports),
            "medianEarDelayMs": round(median(delays)) if delays else None,
        }

    # Sound

    @property
    def next_seq(self) -> int:
        """The sequence number after the last one seen."""
        return self._next_seq

    def speak(self, data: bytes) -> None:
        """Pass one binary frame on. Raises FrameError when it is none."""
        header = decode_header(data[:HEADER_BYTES], len(data))
        now = time.monotonic()
        if header.kind == KIND_OPUS:
            self._opus_at = now
        self._fan_out([(header, data)], now)

    def speak_text(self, chunk: SendAudio) -> None:
        """Pass a sendAudio chunk on, cut into frames. Raises Problem when it holds no sound."""
        end_ms = now_ms() - self.session.created_at
        frames = self._cutter.cut(chunk, self._next_seq, end_ms)
        if frames:
            decoded = [(decode_header(data[:HEADER_BYTES], len(data)), data) for data in frames]
            self._fan_out(decoded, time.monotonic())

    def missed_since(self, last_seq: int) -> list[tuple[int, bytes]]:
        """Frames after `last_seq` that are at most 2 s old, as (seq, frame), oldest first."""
        self._forget_old(time.monotonic())
        kept = list(self._kept)
        seen = [index for index, one in enumerate(kept) if one.seq <= last_seq]
        return [(one.seq, one.frame) for one in kept[seen[-1] + 1 if seen else 0 :]]

    def replay(self, peer: Peer, missed: list[tuple[int, bytes]]) -> None:
        """Send missed frames to a listener who came back."""
        if missed and not peer.text_only:
            peer.write(b"".join(frame(data, BINARY) for _, data in missed))

    def _fan_out(self, frames: list[tuple[FrameHeader, bytes]], now: float) -> None:
        if self.session.status == PAUSED:
            return
        header = frames[-1][0]
        self._next_seq = header.seq + 1
        self._metrics.frames_in.add(count=len(frames))
        # A speaker that was asked for PCM sends it beside Opus: those who can hear Opus get only that.
        twin = header.kind == KIND_PCM16 and now - self._opus_at < OPUS_LATELY_S
        if not twin:
            self._keep(frames, now)
            self._deliver(b"".join(frame(data, BINARY) for _, data in frames), len(frames), now, text=False)
        if header.kind == KIND_PCM16 and self._text_listeners():
            created_at = self.session.created_at
            texts = [message("audio", audio_fields(head, data, created_at)) for head, data in frames]
            self._deliver(b"".join(texts), len(frames), now, text=True)

    def _deliver(self, wire: bytes, count: int, now: float, *, text: bool) -> None:
        sent = skipped = 0
        for peer in self.listeners.values():
            if peer.text_only is not text:
                continue
            if peer.write_audio(wire, count, now):
                sent += count
            else:
                skipped += count
        self._metrics.frames_out.add(count=sent)
        self._metrics.frames_skipped.add(count=skipped)

    def _keep(self, frames: list[tuple[FrameHeader, bytes]], now: float) -> None:
        self._kept.extend(_Kept(now, header.seq, data) for header, data in frames)
        self._forget_old(now)

    def _forget_old(self, now: float) -> None:
        while self._kept and now - self._kept[0].at > self._limits.replay_s:
            self._kept.popleft()

    def _text_listeners(self) -> bool:
        return any(peer.text_only for peer in self.listeners.values())

    def _ask_for_pcm(self, joined: Peer, replaced: Peer | None) -> None:
        if not joined.text_only or self.speaker is None:
            return
        others = any(peer.text_only for peer in self.listeners.values() if peer is not joined)
        if not others and not (replaced is not None and replaced.text_only):
            self.speaker.tell("audioFormatRequired", kind=KIND_PCM16, required=True)
