"""The listener's volume and mute. Portable."""

from pylib.ports import AudioOutput

AUDIBLE = 0.25
"""Unmute leads back to this at least: a slider moved to nothing passes levels that cannot be heard."""


class Volume:
    """Volume and mute; moving the volume ends a mute, and all the way down is one."""

    def __init__(self, output: AudioOutput) -> None:
        self._muted = False
        self._level = self._last_audible = 1.0
        self._output = output

    @property
    def muted(self) -> bool:
        """Whether nothing can be heard, by a mute or by a volume of nothing."""
        return self._muted or self._level <= 0

    @property
    def percent(self) -> int:
        """The volume, be it muted or not."""
        return round(self._level * 100)

    def toggle_mute(self) -> None:
        """Silent, but still there; or as loud as when it was last heard."""
        if self.muted:
            self.set(max(self._last_audible, AUDIBLE) if self._level <= 0 else self._level)
        else:
            self._muted = True
            self._output.set_volume(0.0)

    def set(self, level: float) -> None:
        """0 is silent, 1 as it came."""
        self._level = min(1.0, max(0.0, level))
        self._last_audible = self._level or self._last_audible
        self._muted = False
        self._output.set_volume(self._level)
