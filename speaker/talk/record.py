"""The talk under way, remembered by the browser, so that it is found again after a reload."""

import json
from typing import Any, NamedTuple

from pylib.ports import Clock, TextStore
from pylib.protocol.limits import SPEAKER_GRACE_MS
from pylib.protocol.plain import is_session_id
from speaker.ports import TalkLock
from speaker.sound.encoders import TIERS

RECORD = "lectern.talk"

RETURN_MS = 3_600_000
"""A tab that comes back later than this does not offer to continue the talk it had."""


class TalkRecord(NamedTuple):
    """A talk, the account that speaks, and how it went so far.

    `most_listeners` at once, `lost` connections, `sent_s` seconds of sound. `user` is the
    account's stable id. `grace_ms` is how long the server keeps the session while its speaker is away.
    """

    session_id: str
    mode: str = ""
    tier: str = "standard"
    device: str = ""
    paused: bool = False
    muted: bool = False
    most_listeners: int = 0
    lost: int = 0
    sent_s: float = 0.0
    user: str = ""
    grace_ms: int = SPEAKER_GRACE_MS


class FoundTalk(NamedTuple):
    """A talk that was not ended. `own`: this tab had it, as after a reload."""

    talk: TalkRecord
    own: bool


class TalkRecords:
    """Keeps the record of one talk at a time: a page that is left finds the talk as it was noted last.

    All tabs of this browser read `shared`; this tab alone reads `tab`, also after a reload.
    """

    def __init__(self, shared: TextStore, tab: TextStore, lock: TalkLock, clock: Clock) -> None:
        self._lock = lock
        self._shared = shared
        self._tab = tab
        self._clock = clock

    async def find(self, user: str) -> FoundTalk | None:
        """The user's talk that may be continued: this tab's own, else the one that any tab noted last."""
        for kept, own in ((self._tab, True), (self._shared, False)):
            read = _read(kept.read(RECORD))
            if read is None or read[0].user != user:
                continue
            talk, noted_ms = read
            if own and await self._lock.is_held(talk.session_id):
                continue  # a duplicated tab's copy; the tab that has the talk keeps the shared record fresh
            if self._clock.now_ms() - noted_ms <= (RETURN_MS if own else talk.grace_ms):
                return FoundTalk(talk, own)
        return None

    def note(self, talk: TalkRecord) -> None:
        """Write the record anew: the talk goes on."""
        self._lock.hold(talk.session_id)
        self._write(json.dumps({**talk._asdict(), "at_ms": self._clock.now_ms()}))

    def forget(self) -> None:
        """Remove the record: the talk is over."""
        self._lock.let_go()
        self._write("")

    def set_aside(self) -> None:
        """The talk waits until its account signs in again, in this tab or another."""
        self._lock.let_go()

    def hand_over(self) -> None:
        """Another tab has taken the talk over, and keeps its record from now on."""
        self._lock.let_go()
        self._tab.write(RECORD, "")

    def _write(self, record: str) -> None:
        for store in (self._tab, self._shared):
            store.write(RECORD, record)


def _read(text: str) -> tuple[TalkRecord, float] | None:
    """The talk and when it was noted; None when the record makes no sense."""
    try:
        record: dict[str, Any] = json.loads(text)
        at_ms = float(record.pop("at_ms"))
        talk = TalkRecord(**record)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    defaults = TalkRecord("")
    fits = all(
        isinstance(value, (int, float)) if isinstance(default, float) else type(value) is type(default)
        for value, default in zip(talk, defaults, strict=True)
    )
    return (talk, at_ms) if fits and is_session_id(talk.session_id) and talk.tier in TIERS else None
