"""What this listener hears: the loudspeaker, how loud, paused or not, and whether it still works."""

from typing import Callable

from listener.speaker_state import SpeakerState
from listener.volume import Volume
from listener.watchdogs import AudioClockWatch
from pylib.audio.playback import Playback
from pylib.errors import AudioError
from pylib.ports import AudioOutput, Clock
from pylib.tasks import in_background

REVIVE_LOOKS = 10
"""Looks come every 200 ms; sound whose clock stands still is built anew after each two seconds."""


class Player:
    """From tap to end.

    `blocked` says that there is no sound until the person taps again or the device wakes. `on_change` is
    told when that changes, `on_silenced` when sound is lost for good.
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
        self._reviving = self._was_empty = False

    async def start(self, session_now_ms: Callable[[], float]) -> None:
        """Begin, in a tap. Raises AudioError."""
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
    def detail(self) -> str:
        """What the ear would say, as a key of STATE_OF."""
        if self.playback is None or not self.playback.playing:
            return "buffering"
        if not self.playback.behind:
            return "live"
        return "behind-cut" if self.playback.cut else "behind"

    def detail_with(self, speaker: SpeakerState) -> str:
        """The same, unless a wish of this listener, or what the speaker does, says more."""
        if self.paused:
            return "paused"
        heard = self.detail
        detail = heard if heard.startswith("behind") else speaker.detail or heard
        return "muted" if detail == "live" and self.volume.muted else detail

    @property
    def has_rest(self) -> bool:
        """Whether sound that came already is still to be heard, and will be."""
        return self.playback is not None and self.playback.playing and self.playback.depth_ms > 0

    def is_done(self, waits: bool) -> bool:
        """Whether all that came was heard; `waits` for a pause, or a call, to be over first.

        Said a look late, for what has left the ring may still be on its way to the ear.
        """
        stuck = self.playback is None or not (waits or self.playback.playing)
        empty = self.playback is not None and self.playback.depth_ms <= 0 and not self.paused
        was_empty, self._was_empty = self._was_empty, empty
        return stuck or (empty and was_empty)

    @property
    def audible(self) -> bool:
        """Whether anything reaches the ear."""
        return self.playback is not None and self.playback.playing and not self.volume.muted

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
        """What comes next need not follow what came before."""
        if self.playback is not None:
            self.playback.restart()

    def poll(self) -> None:
        """Call every 200 ms: an audio clock that stands still is noticed, told, and set going again."""
        if self.playback is None:
            return
        still = self._audio_clock.observe(self.playback)
        if still and still % REVIVE_LOOKS == 0:
            self._revive(False)

    def page_seen(self) -> None:
        """Who looks at the page again is no longer on the phone."""
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
