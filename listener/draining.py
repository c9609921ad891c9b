"""A talk that has ended is heard to its end: what had arrived of it is still played. Portable."""

from typing import Callable

from listener.player import Player
from pylib.ports import Clock
from pylib.realtime.timers import Timers

LAST_WORDS_S = 3.0
"""A listener who hears live has less in store: after this the end is told, even if sound seems queued."""


class Draining:
    """Waits until a player has played what it holds, then calls `on_done`.

    `active` while it waits. `late` when the listener had paused: then it is so much that the page says what
    it is, and a pause or a phone call is waited for.
    """

    def __init__(self, player: Player, clock: Clock, on_done: Callable[[], None]) -> None:
        self.active = self.late = False
        self._player = player
        self._timers = Timers(clock)
        self._on_done = on_done
        self._was_empty = False

    @property
    def is_needed(self) -> bool:
        """Whether something is held that will be played."""
        playback = self._player.playback
        return self._player.is_late or (playback is not None and playback.fed and playback.depth_ms > 0)

    def begin(self) -> None:
        """The talk is over."""
        self.active, self.late = True, self._player.is_late
        self._was_empty = False
        if not self.late:
            self._timers.start("last-words", LAST_WORDS_S, self._on_done)

    def cancel(self) -> None:
        """`on_done` is not called any more."""
        self.active = self.late = False
        self._timers.cancel_all()

    def poll(self) -> None:
        """Call every 200 ms: it is done one call late, for the newest sound may be on its way to the ear."""
        playback = self._player.playback
        if not self.active or playback is None:
            return
        empty = playback.depth_ms <= 0 and not playback.paused
        was_empty, self._was_empty = self._was_empty, empty
        if (empty and was_empty) or not (self.late or playback.fed):
            self._on_done()
