"""One session's connected people, and what they are told."""

import time
from collections import Counter as Tally
from statistics import median
from typing import Any

from backend.live.channel import Channel
from backend.live.peer import Peer
from backend.live.ws_frames import message
from backend.metrics import Metrics
from backend.problems import Problem
from backend.sessions.rows import ENDED, Session, now_ms
from backend.settings import Limits
from pylib.protocol import codes
from pylib.protocol.frames import KIND_PCM16


class Room:
    """The people of one session. Nothing here waits, so nothing can come between two lines.

    Attributes:
        session: the row as last announced.
        epoch: names this room's life; sequence numbers mean nothing across two of them.
        sound: what the speaker says; passed on by itself.
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
        self.floor = Channel(limits, metrics)
        self._limits = limits
        self._told: dict[str, Any] = {}

    # People

    def seat_speaker(self, peer: Peer) -> None:
        """Take a speaker; an earlier connection of theirs is closed."""
        before, self.speaker = self.speaker, peer
        if before is not None:
            before.close(codes.CLOSE_REPLACED, "replaced by a newer connection")
        else:
            self.send_to_listeners("speakerBack")
        self._away_since = None
        self._told = {}
        self.stale = True

    def seat_listener(self, peer: Peer, resume: str = "") -> None:
        """Take a listener, in the place of its own earlier connection `resume`. Raises Problem when full."""
        # What has arrived so far is not for them: they are told of it by number.
        self.floor.flush()
        before = self.listeners.pop(resume, None)
        if before is not None:
            before.abort()
            self.floor.leave(before)
        elif len(self.listeners) >= self.session.max_listeners and peer.connection_id not in self.listeners:
            raise Problem(409, codes.SESSION_MAX_LISTENERS_REACHED, "This session is full at the moment.")
        self.listeners[peer.connection_id] = peer
        self.floor.join(peer)
        self.stale = True
        self._ask_for_pcm(peer, before)

    def leave(self, peer: Peer) -> None:
        """Forget a connection that is gone."""
        if peer is self.speaker:
            self.speaker = None
            self._away_since = time.monotonic()
            self.send_to_listeners("speakerAway", **self._grace())
        elif self.listeners.pop(peer.connection_id, None) is not None:
            self.floor.leave(peer)
            self.stale = True
            if peer.text_only and not self.hears_pcm_only:
                self.send_format_required()

    def everyone(self) -> list[Peer]:
        """All connected people."""
        return [*([self.speaker] if self.speaker else []), *self.listeners.values()]

    # Messages

    def send_to_listeners(self, kind: str, /, **fields: Any) -> None:
        """The same message to every listener, built once, after the sound that came before it."""
        self.floor.flush()
        built = message(kind, fields)
        for listener in list(self.listeners.values()):
            listener.write(built)

    def announce(self, kind: str, request_id: str | None = None, /, **fields: Any) -> None:
        """The same message to everybody; the speaker's copy repeats `request_id`."""
        self.send_to_listeners(kind, **fields)
        if self.speaker is not None:
            answer = {"requestId": request_id} if request_id else {}
            self.speaker.send_message(kind, **fields, **answer)

    def set_muted(self, muted: bool, request_id: str | None) -> None:
        """The speaker mutes or unmutes; sound keeps flowing, silent."""
        self.muted = muted
        self.stale = True
        kind = "broadcastMuted" if muted else "broadcastUnmuted"
        self.announce(kind, request_id, sessionId=self.session.session_id)

    def send_silence_reason(self, peer: Peer, *, returning: bool) -> None:
        """What a listener who comes now has missed, in the messages the others got."""
        if self.muted:
            peer.send_message("broadcastMuted", sessionId=self.session.session_id)
        if self.speaker is None:
            peer.send_message("speakerAway", **self._grace())
        elif returning:
            peer.send_message("speakerBack")

    def _grace(self) -> dict[str, int]:
        """How long the session still waits, for a speaker who was here before."""
        if self._away_since is None:
            return {}
        left_s = self._limits.grace_s - (time.monotonic() - self._away_since)
        return {"graceMs": max(0, round(left_s * 1000))}

    @property
    def hears_pcm_only(self) -> bool:
        """Whether somebody here cannot hear Opus."""
        return any(peer.text_only for peer in self.listeners.values())

    def send_format_required(self) -> None:
        """Tell the speaker whether PCM is needed beside Opus."""
        if self.speaker is not None:
            self.speaker.send_message("audioFormatRequired", kind=KIND_PCM16, required=self.hears_pcm_only)

    def status(self) -> dict[str, Any]:
        """The fields of `sessionStatus`."""
        session = self.session
        return {
            **self._changing(),
            "sessionDuration": now_ms() - session.created_at,
            "createdAt": session.created_at,
            "expiresAt": session.expires_at,
            "epoch": self.epoch,
        }

    def push_status(self) -> None:
        """Tell the speaker what changed since the last time, if anything did."""
        self.stale = False
        changing = self._changing()
        if self.speaker is not None and changing != self._told:
            self.send_status(self.speaker)

    def send_status(self, speaker: Peer, **answer: str) -> None:
        """Send `sessionStatus`."""
        self._told = self._changing()
        speaker.send_message("sessionStatus", **self.status(), **answer)

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

    # Help

    def _ask_for_pcm(self, joined: Peer, replaced: Peer | None) -> None:
        if not joined.text_only or self.speaker is None:
            return
        others = any(peer.text_only for peer in self.listeners.values() if peer is not joined)
        if not others and not (replaced is not None and replaced.text_only):
            self.send_format_required()
