"""One session's connected people, and the messages sent to them."""

from backend.live import audience
from backend.live.admission import Admission
from backend.live.attendance import Attendance
from backend.live.channel import Channel
from backend.live.pcm_demand import PcmDemand
from backend.live.peer import Peer
from backend.live.places import Places
from backend.live.ws_frames import json_frame
from backend.metrics import Metrics
from backend.ports import Clock
from backend.records import ENDED, PAUSED, Session, SessionNumbers
from backend.settings import Limits
from pylib.protocol import codes
from pylib.protocol.frames import KIND_PCM16
from pylib.protocol.server_messages import (
    AudioFormatRequired,
    BroadcastMuted,
    BroadcastPaused,
    BroadcastResumed,
    BroadcastUnmuted,
    ErrorMessage,
    ServerMessage,
    SessionStatus,
    SpeakerAway,
    SpeakerBack,
)

GAVE_WAY = "This talk is full, and nothing showed that its sound is heard on your device."


class Room:
    """The people of one session. No method waits, so no other task can run between two of its lines.

    Attributes:
        session: the row as last announced.
        epoch: names this room's life; sequence numbers mean nothing across two of them.
        floor: the channel of the speaker's voice.
        places: of its listeners, and who has proved to hear.
        attendance: how many listened, and for how long.
        pcm: whether the speaker is asked for PCM beside Opus.
        stale: the speaker has not been told the latest numbers.

    Args:
        began_s: when the session was created, on the scale of the clock's `monotonic_s()`.
        away_since: the clock's `monotonic_s()` when the speaker went away; None when none ever came.
        counted: what was counted of the session before a restart.
    """

    def __init__(
        self,
        session: Session,
        limits: Limits,
        metrics: Metrics,
        clock: Clock,
        *,
        began_s: float,
        away_since: float | None = None,
        counted: SessionNumbers | None = None,
    ) -> None:
        self.session = session
        self.epoch = clock.now_ms()
        self.speaker: Peer | None = None
        self.listeners: dict[str, Peer] = {}
        self.muted = False
        self.stale = False
        self._away_since = away_since
        self.floor = Channel(limits, metrics, clock, began_s)
        self.places = Places(self.floor, limits, clock)
        self.attendance = Attendance(session.session_id, clock, counted)
        self._admission = Admission(self.places, limits, clock)
        self.pcm = PcmDemand(limits, clock, lambda: self._hears_pcm_only, self.send_format_required)
        self._limits = limits
        self._clock = clock
        self._last_status: SessionStatus | None = None

    # People

    def seat_speaker(self, peer: Peer) -> None:
        """Seat the speaker, and close the connection that they spoke over before."""
        before, self.speaker = self.speaker, peer
        if before is not None:
            if before.is_silent and self.session.status != PAUSED:
                self.attendance.interrupted()
            before.close(codes.CLOSE_REPLACED, "replaced by a newer connection")
        else:
            self.send_to_listeners(SpeakerBack())
        self.attendance.speaker_came()
        self._away_since = None
        self._last_status = None
        self.stale = True

    def seat_listener(self, peer: Peer, resume: str = "") -> None:
        """Take a listener, in the place of its own earlier connection `resume`.

        Raises Problem when the room is full of proved listeners, or lets no newcomers in.
        """
        # Frames that arrived earlier are not for a newcomer, who learns their numbers from `welcome`.
        self.floor.flush()
        resume = self.places.newest(resume)
        before = self.listeners.pop(resume, None)
        if before is not None:
            before.abort()
            self.floor.leave(before)
        elif peer.connection_id in self.listeners:
            return
        else:
            yielding = self._admission.admit(peer, resume, self.session, sound_flows=self.sound_flows)
            if yielding is not None:
                self._give_away(yielding)
        self.listeners[peer.connection_id] = peer
        self.places.take(peer, resume, before)
        self.attendance.listener_came(peer.connection_id, resume)
        self.floor.join(peer)
        self.stale = True
        if peer.text_only:
            self.pcm.listeners_changed()

    def leave(self, peer: Peer) -> None:
        """Remove a connection that has ended."""
        if peer is self.speaker:
            self.speaker = None
            self.attendance.speaker_left()
            self._away_since = self._clock.monotonic_s()
            if self.session.status != ENDED:
                self.send_to_listeners(self._away_message())
        else:
            self._remove(peer)

    def _remove(self, peer: Peer) -> None:
        if self.listeners.pop(peer.connection_id, None) is not None:
            self.floor.leave(peer)
            self.places.free(peer)
            self.attendance.listener_left(peer.connection_id)
            self.stale = True
            if peer.text_only:
                self.pcm.listeners_changed()

    def _give_away(self, peer: Peer) -> None:
        """Let a listener go, with a code at which clients do not come back by themselves, and a sentence."""
        known = codes.SESSION_MAX_LISTENERS_REACHED if peer.is_older else codes.SESSION_PLACE_GIVEN_AWAY
        self.places.forget(peer)
        peer.send_message(ErrorMessage(code=known, message=GAVE_WAY, details={}))
        peer.close(codes.CLOSE_TOO_SLOW, GAVE_WAY)
        self._remove(peer)

    @property
    def sound_flows(self) -> bool:
        """Whether sound is flowing: only then can a listener prove that they hear it."""
        return self.session.status != PAUSED and not self.muted and self.places.sound_flows

    def everyone(self) -> list[Peer]:
        """All connected people."""
        return [*([self.speaker] if self.speaker else []), *self.listeners.values()]

    # Messages

    def send_to_listeners(self, message: ServerMessage) -> None:
        """Send a message to every listener, after the sound that came before it."""
        self.floor.complete(self.session)
        built = json_frame(message.body(self._clock.now_ms()))
        for listener in list(self.listeners.values()):
            listener.write(built)

    def announce(self, message: ServerMessage, request_id: str | None = None) -> None:
        """Send a message to all; the speaker's copy repeats `request_id`, the id of the speaker's request."""
        self.send_to_listeners(message)
        if self.speaker is not None:
            self.speaker.send_message(message.answering(request_id))

    def pause_message(self) -> ServerMessage:
        """The message that says whether the talk is paused."""
        kind = BroadcastPaused if self.session.status == PAUSED else BroadcastResumed
        return kind(session_id=self.session.session_id)

    def set_muted(self, muted: bool, request_id: str | None) -> None:
        """The speaker mutes or unmutes; while muted, frames of silence keep coming."""
        self.muted = muted
        self.stale = True
        kind = BroadcastMuted if muted else BroadcastUnmuted
        self.announce(kind(session_id=self.session.session_id), request_id)

    def send_silence_reason(self, peer: Peer, *, returning: bool) -> None:
        """Tell a listener who has just come why no sound is to be heard, if there is a reason."""
        if peer.text_only and self.pcm.refused:
            peer.send_message(_no_pcm())
        if self.muted:
            peer.send_message(BroadcastMuted(session_id=self.session.session_id))
        if self.speaker is None:
            peer.send_message(self._away_message())
        elif returning:
            peer.send_message(SpeakerBack())

    def _away_message(self) -> SpeakerAway:
        """`speakerAway`, with the rest of the grace if the speaker was here before."""
        if self._away_since is None:
            return SpeakerAway()
        left_s = self._limits.grace_s - (self._clock.monotonic_s() - self._away_since)
        return SpeakerAway(grace_ms=max(0, round(left_s * 1000)))

    @property
    def server_ms(self) -> int:
        """The server's clock as this session's people are told it.

        It agrees with `createdAt`, and goes on steadily when the computer's clock is set.
        """
        return self.session.created_at + self.floor.session_ms

    @property
    def _hears_pcm_only(self) -> bool:
        """Whether a listener cannot hear Opus."""
        return any(peer.text_only for peer in self.listeners.values())

    def send_format_required(self) -> None:
        """Tell the speaker whether PCM is needed beside Opus."""
        if self.speaker is not None:
            message = AudioFormatRequired(kind=KIND_PCM16, required=self.pcm.required)
            self.speaker.send_message(message)

    def refuse_pcm(self) -> None:
        """The speaker's path is too weak for PCM: tell those who hear nothing without it."""
        if not self.pcm.required:
            return
        self.pcm.refuse()
        for listener in self.listeners.values():
            if listener.text_only:
                listener.send_message(_no_pcm())

    def status(self) -> SessionStatus:
        """The session's status now."""
        session, listeners = self.session, self.listeners.values()
        reports_since_s = self._clock.monotonic_s() - self._limits.hearing_valid_s
        return SessionStatus(
            session_id=session.session_id,
            is_active=session.status != ENDED,
            status=session.status,
            muted=self.muted,
            listener_count=len(listeners),
            language_distribution=audience.languages(listeners),
            hearing=audience.hearing(listeners, reports_since_s),
            session_duration=self.floor.session_ms,
            created_at=session.created_at,
            expires_at=session.expires_at,
            epoch=self.epoch,
            max_listeners=session.max_listeners,
            listeners_bound=self._limits.most_listeners(session.max_listeners),
            door_closed=bool(session.door_closed),
        )

    def push_status(self) -> None:
        """Send the speaker the status, if it has changed since it was sent last."""
        self.stale = False
        if self.speaker is not None:
            status = self.status()
            if _comparable(status) != self._last_status:
                self._send_status(self.speaker, status)

    def answer_status(self, speaker: Peer, request_id: str | None) -> None:
        """Answer the speaker's `getSessionStatus`."""
        self._send_status(speaker, self.status().answering(request_id))

    def _send_status(self, speaker: Peer, status: SessionStatus) -> None:
        self._last_status = _comparable(status)
        speaker.send_message(status)


def _no_pcm() -> ErrorMessage:
    text = "The speaker's connection is too weak for this page. Please open the link in another browser."
    return ErrorMessage(code=codes.AUDIO_FORMAT_UNAVAILABLE, message=text, details={})


def _comparable(status: SessionStatus) -> SessionStatus:
    """The status without the fields that differ each time, to compare it with another one."""
    return status.model_copy(update={"request_id": None, "session_duration": 0})
