"""One of the account's own talks, as the server tells of it."""

from typing import Any, NamedTuple

from pylib.protocol.limits import LISTENED_MINUTES
from pylib.protocol.plain import decode_session, number
from speaker.sound.encoders import TIERS
from speaker.talk.record import TalkRecord


class Numbers(NamedTuple):
    """How a talk was attended. `live_at` is in ms since the epoch, on the server's clock.

    `listened` counts listeners by how long they listened, with LISTENED_MINUTES as bounds.
    """

    live_at: int = 0
    most_listeners: int = 0
    total_listeners: int = 0
    listened: tuple[int, ...] = ()
    interruptions: int = 0


class OwnTalk(NamedTuple):
    """A talk of the account. `begun_at` and `ended_at` are in ms since the epoch; 0 for one that goes on.

    `speaks_elsewhere`: its speaker is connected. `end_reason` is the server's word. `numbers` is None where
    nothing was counted.
    """

    session_id: str
    tier: str
    status: str
    begun_at: int
    ended_at: int = 0
    end_reason: str = ""
    speaks_elsewhere: bool = False
    numbers: Numbers | None = None

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.status == "ended"

    @property
    def length_s(self) -> float | None:
        """How long it was live, in seconds; None where that is not known yet, or never was."""
        if not self.ended_at or self.numbers is None:
            return None
        return max(0, self.ended_at - self.numbers.live_at) / 1000

    @property
    def record(self) -> TalkRecord:
        """As this page notes a talk that it continues."""
        numbers = self.numbers or Numbers()
        return TalkRecord(
            self.session_id,
            tier=self.tier if self.tier in TIERS else TalkRecord("").tier,
            paused=self.status == "paused",
            most_listeners=numbers.most_listeners,
            lost=numbers.interruptions,
        )


def read_own_talk(body: dict[str, Any]) -> OwnTalk:
    """An item of the list of own sessions. Raises LecternError, TypeError or ValueError when it is none.

    What an older server leaves out is left out here.
    """
    session, numbers = decode_session(body), body.get("numbers")
    read = _numbers(numbers) if isinstance(numbers, dict) else None
    return OwnTalk(
        session.session_id,
        session.quality_tier,
        session.status,
        read.live_at if read else session.created_at,
        number(body.get("endedAt")) or 0,
        str(body.get("endReason") or ""),
        body.get("speakerConnected") is True,
        read,
    )


def _numbers(told: dict[str, Any]) -> Numbers | None:
    listened = told.get("listened")
    counts = [number(each) for each in listened] if isinstance(listened, list) else []
    whole = tuple(count for count in counts if count is not None)
    live_at = number(told.get("liveAt"))
    if not live_at:
        return None
    return Numbers(
        live_at,
        number(told.get("mostListeners")) or 0,
        number(told.get("totalListeners")) or 0,
        whole if len(whole) == len(LISTENED_MINUTES) + 1 else (),
        number(told.get("interruptions")) or 0,
    )
