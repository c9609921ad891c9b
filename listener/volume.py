"""How loud this listener wants it."""

from pylib.ports import AudioOutput

AUDIBLE = 0.25
"""A slider on its way to nothing passes all that is nearly nothing: Unmute leads back to this at least."""


class Volume:
    """Volume and mute; moving the volume ends a mute, and all the way down is one."""

    def __init__(self, output: AudioOutput) -> None:
        self._muted = False
        self._level = self._heard_level = 1.0
        self._output = output

    @property
    def muted(self) -> bool:
        """Whether nothing can be heard, whichever way that was chosen."""
        return self._muted or self._level <= 0

    @property
    def percent(self) -> int:
        """As loud as it is without a mute."""
        return round(self._level * 100)

    def toggle_mute(self) -> None:
        """Silent, but still there; or as loud as when it was last heard."""
        if self.muted:
            self.set(max(self._heard_level, AUDIBLE) if self._level <= 0 else self._level)
        else:
            self._muted = True
            self._output.set_volume(0.0)

    def set(self, level: float) -> None:
        """0 is silent, 1 as it came."""
        self._level = min(1.0, max(0.0, level))
        self._heard_level = self._level or self._heard_level
        self._muted = False
        self._output.set_volume(self._level)
