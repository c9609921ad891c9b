"""What the listeners of a room tell of themselves, as numbers for their speaker."""

from collections import Counter
from collections.abc import Collection
from statistics import median

from backend.live.peer import Peer
from pylib.protocol.server_messages import Hearing


def languages(listeners: Collection[Peer]) -> dict[str, int]:
    """How many chose each language."""
    return dict(Counter(peer.target_language for peer in listeners if peer.target_language))


def hearing(listeners: Collection[Peer], since_s: float) -> Hearing:
    """How many hear, by the playback reports that came at `since_s` (`monotonic_s()`) or later."""
    reports = [peer.report for peer in listeners if peer.report is not None and peer.reported_at >= since_s]
    delays = [report.ear_delay_ms for report in reports if report.audible]
    return Hearing(
        audible=len(delays),
        blocked=sum(report.state == "blocked" for report in reports),
        median_ear_delay_ms=round(median(delays)) if delays else None,
    )
