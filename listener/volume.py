"""How loud this listener wants it."""

from pylib.ports import AudioOutput


class Volume:
    """Volume and mute; moving the volume ends a mute."""

    def __init__(self, output: AudioOutput) -> None:
        self.muted = False
        self._level = 1.0
        self._output = output

    @property
    def audible(self) -> bool:
        """Whether anything can be heard at all."""
        return not self.muted and self._level > 0

    @property
    def percent(self) -> int:
        """As loud as it is without a mute."""
        return round(self._level * 100)

    def toggle_mute(self) -> None:
        """Silent, but still there; or as loud as before."""
        self.muted = not self.muted
        self._output.set_volume(0.0 if self.muted else self._level)

    def set(self, level: float) -> None:
        """0 is silent, 1 as it came."""
        self._level = min(1.0, max(0.0, level))
        self.muted = False
        self._output.set_volume(self._level)
