"""Converts times of the microphone's audio clock to the device's clock."""

MEMORY_MS = 2000.0


class AudioClockOffset:
    """The difference between two clocks, from messages that can arrive late but never early.

    So the smallest difference seen is the true one. It counts for two to four seconds only, because the
    clocks drift, and because an audio clock that was interrupted has lost time when it runs again.
    """

    def __init__(self) -> None:
        self._smallest_ms = self._smallest_before_ms = float("inf")
        self._since_ms = 0.0

    def to_device_ms(self, audio_ms: float, now_ms: float) -> float:
        """The device's time for `audio_ms` of the audio clock, from a message that arrived at `now_ms`."""
        if now_ms - self._since_ms >= MEMORY_MS:
            self._smallest_before_ms = self._smallest_ms
            self._smallest_ms = float("inf")
            self._since_ms = now_ms
        self._smallest_ms = min(self._smallest_ms, now_ms - audio_ms)
        return audio_ms + min(self._smallest_ms, self._smallest_before_ms)
