"""Three watchdogs: over the audio clock, frames that arrive, and a session not joined. Portable."""

from typing import Any, Callable

from pylib.audio.playback import Playback
from pylib.errors import LecternError
from pylib.session.status_poller import StatusPoller

STILL_POLLS = 5
"""Polls come every 200 ms, ticks every 10 ms: an audio clock without a tick for a second stands still."""

DRY_POLLS, DRY_AGAIN_POLLS = 10, 50
"""A connection is suspect after two seconds without a frame, and again after each ten seconds."""


class AudioClockWatch:
    """Notices an audio clock that stands still, as in a phone call: then nothing is heard."""

    def __init__(self) -> None:
        self._ticks = 0
        self._still = 0

    @property
    def stands_still(self) -> bool:
        """Whether there was no tick for a second."""
        return self._still >= STILL_POLLS

    def observe(self, playback: Playback) -> int:
        """Call every 200 ms; returns how many calls in a row found no tick."""
        self._still = self._still + 1 if playback.ticks == self._ticks else 0
        self._ticks = playback.ticks
        if self.stands_still:
            playback.stalled()
        return self._still


class DroughtWatch:
    """Notices that expected frames stay away: then a connection that looks open may be dead."""

    def __init__(self) -> None:
        self._arrived = 0
        self._dry = 0

    def observe(self, arrived: int, expected: bool) -> bool:
        """Call every 200 ms; returns whether the connection is suspect now, for the first time or again."""
        self._dry = self._dry + 1 if expected and arrived == self._arrived else 0
        self._arrived = arrived
        return self._dry % DRY_AGAIN_POLLS == DRY_POLLS


class SessionWatch:
    """Polls a session while no live connection tells what happens to it; without a poller it does nothing."""

    def __init__(
        self,
        poller: "StatusPoller | None",
        on_session: Callable[[Any], None],
        on_gone: Callable[[LecternError], None],
    ) -> None:
        self._poller = poller
        self._on_session = on_session
        self._on_gone = on_gone
        self._watched = ""

    def watch(self, session_id: str) -> None:
        """Watch this session from now on; none at all when empty."""
        if self._poller is None or session_id == self._watched:
            return
        self._watched = session_id
        if session_id:
            self._poller.start(session_id, self._on_session, self._on_gone)
        else:
            self._poller.stop()
