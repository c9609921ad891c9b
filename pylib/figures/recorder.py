"""Keeps a page's record until it is sent: what was asked for, connects, retries. Portable."""

from typing import Any, Callable

from pylib.ports import Clock
from pylib.protocol.figures import ABORTED, MAX_ROWS, OK, Action, Connect, ListenerFigures, listener_batch

NEVER_MS = -1.0
"""For what did not come to pass."""


class Recorder:
    """The listener page's record; the speaker page's is a SpeakerRecorder.

    Nothing is recorded before `keep(True)`. `on_news` is called with each row, and told whether it is of an
    action that went well: what has failed may have done so because the server is out of reach.
    """

    def __init__(self, clock: Clock) -> None:
        self.on_news: Callable[[bool], None] = lambda went_well: None
        self.keeps = False
        self._clock = clock
        self._underway: dict[str, list[float]] = {}
        self._begin()

    def keep(self, keeps: bool) -> None:
        """Whether to record from now on; a change drops what was recorded before it."""
        if keeps != self.keeps:
            self.keeps = keeps
            self._begin()

    def pressed(self, name: str) -> None:
        """A person asks for something; asked for again before the end, the first one is taken back."""
        self.ended(name, ABORTED)
        self._underway[name] = [self._clock.monotonic_s(), NEVER_MS]

    def ended(self, name: str, outcome: str, code: str = "") -> None:
        """It is done, has failed, or was taken back; only the first end of each press counts."""
        begun = self._underway.pop(name, None)
        if begun is not None and self.keeps:
            done_ms = self._ms_since(begun[0]) if outcome == OK else NEVER_MS
            first = self._is_first_today(name, outcome)
            self._add(self._actions, Action(name, outcome, code, begun[1], done_ms, first), outcome == OK)

    def left(self) -> None:
        """The person leaves the page, and takes back what is not done yet."""
        for name in list(self._underway):
            self.ended(name, ABORTED)

    def connected(self, with_session_id: bool, ok: bool, ms: float) -> None:
        """An attempt to open a live connection is over."""
        self._add(self._connects, Connect(with_session_id, ok, ms), False)

    def called(self, retries: int) -> None:
        """An HTTP call is over."""
        self._count(self._retries, min(retries, len(self._retries) - 1))

    def take(self) -> str:
        """The batch of what was recorded, and begin anew; empty when nothing was."""
        text = "" if self._is_empty() else self._batch()
        self._begin()
        return text

    def _begin(self) -> None:
        self._actions: list[Action] = []
        self._connects: list[Connect] = []
        self._retries = [0, 0, 0, 0]

    def _is_empty(self) -> bool:
        return not (self._actions or self._connects or sum(self._retries))

    def _batch(self) -> str:
        return listener_batch(ListenerFigures(self._actions, self._connects, self._retries))

    def _is_first_today(self, name: str, outcome: str) -> bool:
        return False

    def _add(self, rows: "list[Any]", row: Any, went_well: bool) -> None:
        if self.keeps and len(rows) < MAX_ROWS:
            rows.append(row)
            self.on_news(went_well)

    def _count(self, counts: "list[int]", which: int) -> None:
        if self.keeps:
            counts[which] += 1
            self.on_news(False)

    def _ms_since(self, start_s: float) -> float:
        return (self._clock.monotonic_s() - start_s) * 1000
