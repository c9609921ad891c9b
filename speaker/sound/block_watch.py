"""Whether blocks keep coming from a microphone, judged by polls at regular intervals."""

POLL_S = 0.25

ENOUGH_POLLS = 4
"""Polls in a row, one second in all, after which silence or sound is believed.
Polls are counted, not seconds: a device that slept has not lost its microphone."""


class BlockWatch:
    """Counts blocks from one opening of the microphone to the next."""

    def __init__(self) -> None:
        self._came = False
        self._silent = self._sounding = 0

    def restart(self) -> None:
        """The microphone was opened anew, or has just recovered."""
        self._came = False
        self._silent = self._sounding = 0

    def note_block(self) -> None:
        """A block came."""
        self._came = True

    def poll(self, muted: bool) -> None:
        """Call every POLL_S. A muted microphone owes no blocks: opening it again would not help."""
        self._silent = 0 if self._came or muted else self._silent + 1
        self._sounding = self._sounding + 1 if self._came else 0
        self._came = False

    @property
    def is_lost(self) -> bool:
        """Whether no block came for so long that the microphone counts as lost."""
        return self._silent >= ENOUGH_POLLS

    @property
    def is_steady(self) -> bool:
        """Whether blocks have come for so long that earlier failures are forgiven."""
        return self._sounding >= ENOUGH_POLLS
