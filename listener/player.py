"""The loudspeaker of this page: its volume, a pause, and whether its clock still runs. Portable."""

from typing import Callable

from listener.volume import Volume
from listener.watchdogs import AudioClockWatch
from pylib.audio.playback import Playback
from pylib.errors import AudioError
from pylib.ports import AudioOutput, Clock
from pylib.tasks import in_background

REVIVE_POLLS = 10
"""Polls, 200 ms apart, between two attempts to revive a loudspeaker whose clock stands still."""


class Player:
    """`blocked` while there is no sound until the person taps again or the device wakes.

    `on_change` is called when that changes, `on_silenced` when the loudspeaker fails for good.
    """

    def __init__(
        self,
        output: AudioOutput,
        clock: Clock,
        *,
        on_change: Callable[[], None],
        on_silenced: Callable[[AudioError], None],
    ) -> None:
        self.playback: Playback | None = None
        self.blocked = False
        self.volume = Volume(output)
        self._output = output
        self._clock = clock
        self._on_change = on_change
        self._on_silenced = on_silenced
        self._audio_clock = AudioClockWatch()
        self._reviving = False

    async def start(self, session_now_ms: Callable[[], float]) -> None:
        """Begin; call in a tap. Raises AudioError."""
        self._audio_clock = AudioClockWatch()
        self.playback = Playback(self._output, session_now_ms, lambda: self._clock.monotonic_s() * 1000)
        await self._output.start(self.playback.on_tick, lambda: self._set_blocked(True))
        self._set_blocked(False)

    def stop(self) -> None:
        """Nothing more is heard."""
        self._output.stop()
        self.playback = None
        self.blocked = False

    @property
    def paused(self) -> bool:
        """Whether this listener wants a break."""
        return self.playback is not None and self.playback.paused

    @property
    def behind(self) -> bool:
        """Whether a pause has left this listener so far behind that jumping to live is worth a button."""
        return self.playback is not None and self.playback.behind

    @property
    def is_late(self) -> bool:
        """Whether a pause, over or not, keeps this listener from hearing live."""
        return self.paused or self.behind

    @property
    def cut(self) -> bool:
        """Whether the beginning of what a pause left to hear is lost."""
        return self.playback is not None and self.playback.cut

    @property
    def playing(self) -> bool:
        """Whether sound comes out of the loudspeaker, be it muted or not."""
        return self.playback is not None and self.playback.playing

    @property
    def audible(self) -> bool:
        """Whether anything reaches the ear."""
        return self.playing and not self.volume.muted

    @property
    def delay_ms(self) -> float:
        """From mouth to ear, the device's own part included; -1 while nothing is heard."""
        if self.playback is None or not self.playback.playing:
            return -1.0
        return self.playback.delay_ms + self._output.latency_ms()

    def toggle_pause(self) -> None:
        """Stop hearing; or hear on from there."""
        if self.playback is None:
            return
        if self.playback.paused:
            self.playback.resume()
        else:
            self.playback.pause()

    def go_live(self) -> None:
        """Jump over what was kept during a pause."""
        if self.playback is not None:
            self.playback.go_live()

    def restart(self) -> None:
        """The next frame need not follow the last in its number."""
        if self.playback is not None:
            self.playback.restart()

    def poll(self) -> None:
        """Call every 200 ms: a loudspeaker whose audio clock stands still is not playing, and is revived."""
        if self.playback is None:
            return
        still = self._audio_clock.observe(self.playback)
        if still and still % REVIVE_POLLS == 0:
            self._revive(False)

    def page_seen(self) -> None:
        """The page came back to the front: a phone call that had interrupted the sound must be over."""
        if self.playback is not None and self._audio_clock.stands_still:
            self._revive(True)

    def _set_blocked(self, blocked: bool) -> None:
        self.blocked = blocked
        self._on_change()

    def _revive(self, after_interruption: bool) -> None:
        if not self._reviving:
            self._reviving = True
            in_background(lambda: self._revived(after_interruption))()

    async def _revived(self, after_interruption: bool) -> None:
        playback = self.playback
        try:
            await self._output.revive(after_interruption)
            self._set_blocked(False)
        except AudioError as error:
            if self.playback is playback:
                self._on_silenced(error)
        finally:
            self._reviving = False
