"""The places of a room's listeners: where sound was heard, and who gives way when the room is full."""

from typing import Any

from backend.live.channel import Channel
from backend.live.peer import Peer
from backend.live.track import Track
from backend.ports import Clock
from backend.settings import Limits
from pylib.protocol.client_messages import PlaybackReport
from pylib.protocol.frames import FRAME_MS

NEAR_FRAMES = 150
"""A report is of now when the frame it names is at most 3 s old: 2 s may wait here, the rest on the way."""

AHEAD_FRAMES = 10
"""And ahead by no more than this: some clients count from one, or name the frame that they wait for."""

FLOWS_S = 2.0
"""Sound flows while the newest frame that was no silence is younger than this."""

REMEMBERED = 2000
"""How many listeners who left a room remembers by their connection ids."""

OLDER_DRAINED, OLDER_FAIR = 2, 3
"""Fair times of a client that cannot report: to show that it takes its sound, and until it gives way.

Networks and client libraries swallow seconds of sound before it shows that nobody takes it.
"""


class Place:
    """What the channel had carried when a listener came, and whether sound was heard there since."""

    __slots__ = ("carried", "proved", "seq", "sounded")

    def __init__(self, floor: Channel, track: Track) -> None:
        self.sounded = floor.sounded
        self.carried = track.carried
        self.seq = track.last_seq
        self.proved = False


class Places:
    """One place for each listener of a channel.

    A place is proved by a playback report that says, while sound flows, that it plays and names a frame
    sent just now. An older client, which sends no reports, proves it by taking what it is sent. A client
    that repeats numbers without listening cannot be told from a listener.
    """

    def __init__(self, floor: Channel, limits: Limits, clock: Clock) -> None:
        self._floor = floor
        self._fair_frames = limits.fair_s * 1000 / FRAME_MS
        self._kept_s = limits.place_kept_s
        self._clock = clock
        self._of: dict[Peer, Place] = {}
        self._left: dict[str, Place] = {}
        self._successors: dict[str, str] = {}
        self._kept_until: dict[str, float] = {}

    @property
    def taken(self) -> int:
        """Places that a newcomer cannot have: those in use, and those of proved listeners just cut off."""
        now = self._clock.monotonic_s()
        self._kept_until = {one: until for one, until in self._kept_until.items() if until > now}
        return len(self._of) + len(self._kept_until)

    def newest(self, connection_id: str) -> str:
        """The last of the connections that followed this one, once it has ended too; else this one.

        A client whose new connection broke before its `welcome` came still names the one before. While the
        last one lives, an earlier id takes nobody's place.
        """
        last = self._last(connection_id)
        return last if last in self._left else connection_id

    def knows(self, connection_id: str) -> bool:
        """Whether the listener with this connection was in this room, and may come back."""
        last = self._last(connection_id)
        return last in self._left or any(peer.connection_id == last for peer in self._of)

    def _last(self, connection_id: str) -> str:
        while connection_id in self._successors:
            connection_id = self._successors[connection_id]
        return connection_id

    def is_kept(self, connection_id: str) -> bool:
        """Whether a place is kept for the listener with this connection."""
        return self._kept_until.get(connection_id, 0.0) > self._clock.monotonic_s()

    def take(self, peer: Peer, resume: str, before: Peer | None) -> None:
        """Seat a listener; one who comes back has the place that connection `resume` had."""
        self._kept_until.pop(resume, None)
        place = self._left.pop(resume, None) if before is None else self._of.pop(before, None)
        if place is not None:
            self._successors[resume] = peer.connection_id
            _keep_newest(self._successors)
        self._of[peer] = place or Place(self._floor, self._track(peer))

    def free(self, peer: Peer) -> None:
        """A listener has left. Where the connection broke, a proved place is kept for a while."""
        place = self._of.pop(peer, None)
        if place is None:
            return
        self._left[peer.connection_id] = place
        _keep_newest(self._left)
        if place.proved and not peer.said_goodbye:
            self._kept_until[peer.connection_id] = self._clock.monotonic_s() + self._kept_s

    def forget(self, peer: Peer) -> None:
        """A listener gave way. It may come back as a newcomer; else two would oust each other for ever."""
        self._of.pop(peer, None)

    def note_report(self, peer: Peer, report: PlaybackReport) -> None:
        """Keep a report, unless it claims to play what was not sent just now."""
        place = self._of.get(peer)
        newest = self._track(peer).last_seq
        near = max(0, newest - NEAR_FRAMES) <= report.last_seq <= newest + AHEAD_FRAMES
        if place is None or not (near or (report.last_seq < 0 and not report.audible)):
            return
        peer.note_report(report)
        # A page says "live" while its loudspeaker runs, though its listener may have muted it.
        plays = report.audible or report.state == "live"
        if plays and place.seq < report.last_seq <= newest and self.sound_flows:
            place.proved = True

    def note_draining(self) -> None:
        """Call now and then: older clients that have taken all sound so far have proved their places."""
        for peer, place in self._of.items():
            if peer.is_older and not place.proved and not peer.is_behind:
                carried = self._track(peer).carried - place.carried
                place.proved = carried >= OLDER_DRAINED * self._fair_frames

    @property
    def sound_flows(self) -> bool:
        """Whether there is something to hear."""
        return self._clock.monotonic_s() - self._floor.sounded_at < FLOWS_S

    def first_to_yield(self) -> Peer | None:
        """The newest listener who had a fair time to prove its place and has not; None when there is none."""
        self.note_draining()
        yielding = [peer for peer in reversed(self._of) if self._may_yield(peer)]
        return max(yielding, key=lambda peer: self._of[peer].sounded, default=None)

    def _may_yield(self, peer: Peer) -> bool:
        place = self._of[peer]
        fair = self._fair_frames * (OLDER_FAIR if peer.is_older else 1)
        return not place.proved and not peer.dead and self._floor.sounded - place.sounded >= fair

    def _track(self, peer: Peer) -> Track:
        return self._floor.track_of(peer)


def _keep_newest(remembered: dict[str, Any]) -> None:
    if len(remembered) > REMEMBERED:
        del remembered[next(iter(remembered))]
