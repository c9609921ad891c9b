"""All the speaker page says about sound: the check before a talk, advice during it, the meter, the volume."""

from collections.abc import Awaitable, Callable

from pylib.audio.capture import CapturePipeline
from pylib.audio.levels import meter_fraction
from pylib.audio.soundcheck import UNHEARD
from pylib.errors import Aborted
from pylib.ui.i18n import phrase
from speaker.model import Advice
from speaker.sound.encoders import TIERS
from speaker.sound.microphone import MicrophoneKeeper
from speaker.talk.service import SpeakerService


class SoundPanel:
    """The speaker's sound, before a talk and during it.

    `sample_rate` is what the talk's encoder will want: a check at that rate hands its microphone
    over to the talk. `next_frame` calls once before the display's next picture. `on_change` is
    called whenever something that a page shows may have changed.
    """

    def __init__(
        self,
        microphone: MicrophoneKeeper,
        sample_rate: Callable[[], Awaitable[int]],
        next_frame: Callable[[Callable[[], None]], None],
        show_level: Callable[[float], None],
    ) -> None:
        self.on_change: Callable[[], None] = lambda: None
        self.volume = 1.0
        self._microphone = microphone
        self._sample_rate = sample_rate
        self._next_frame = next_frame
        self._show_level = show_level
        self._rehearsal: CapturePipeline | None = None
        self._service: SpeakerService | None = None
        self._drawing = False

    @property
    def checking(self) -> bool:
        """Whether the microphone is listened to before a talk."""
        return self._rehearsal is not None

    async def start_check(self, tier: str, device_id: str) -> None:
        """Listen without a talk. Raises AudioError when the microphone cannot be opened."""
        rehearsal = self._rehearsal = CapturePipeline(
            lambda capture_ms: capture_ms, lambda _seq, _frame: None
        )
        voice = TIERS[tier].voice
        rehearsal.volume, rehearsal.check.music = self.volume, not voice
        rehearsal.check.on_change = self.on_change
        self.on_change()
        try:
            rate = await self._sample_rate()
            if rehearsal is not self._rehearsal:
                return
            await self._microphone.open(device_id, rate, voice, rehearsal.on_block, rehearsal.interrupt)
        except Aborted:
            return
        except Exception:
            if rehearsal is self._rehearsal:
                self.stop_check()
            raise
        await self._microphone.refresh()
        self._draw_on()

    def stop_check(self) -> None:
        """Let go of the microphone, unless a talk has it."""
        if self._rehearsal is not None:
            self._rehearsal = None
            self._microphone.close()
            self.on_change()

    def follow(self, service: SpeakerService) -> None:
        """A talk has begun and has taken the microphone over."""
        self._rehearsal, self._service = None, service
        service.set_volume(self.volume)
        self._draw_on()

    def set_volume(self, volume: float) -> None:
        """How strong the microphone is sent, 1 as it is; for this talk and those after it."""
        self.volume = volume
        if self._rehearsal is not None:
            self._rehearsal.volume = volume
        if self._service is not None:
            self._service.set_volume(volume)
        self.on_change()

    @property
    def advice(self) -> Advice:
        """What a person should know about their sound now; microphone trouble is told elsewhere."""
        pipeline = self._pipeline
        if pipeline is None or self._microphone.trouble:
            return Advice()
        word = pipeline.check.advice
        if word == UNHEARD:
            return Advice(
                phrase("advice.talking-paused" if pipeline.paused else "advice.talking-muted"), "urgent"
            )
        if word:
            return Advice(phrase("advice." + word), "warn")
        if not self.checking:
            return Advice()
        if pipeline.check.heard_well:
            return Advice(phrase("advice.heard-well"), "good")
        return Advice(phrase("advice.say-something"), "ask")

    @property
    def _pipeline(self) -> CapturePipeline | None:
        """Of the check or the talk that has the microphone now; None when neither has."""
        if self._rehearsal is not None:
            return self._rehearsal
        service = self._service
        return service.pipeline if service is not None and not service.is_over else None

    def _draw_on(self) -> None:
        """Begin to draw the level, unless that is being done already."""
        if not self._drawing:
            self._drawing = True
            self._draw()

    def _draw(self) -> None:
        """The level, at the display's rate, for as long as a check or a talk has the microphone."""
        pipeline = self._pipeline
        self._drawing = pipeline is not None
        if pipeline is None:
            self._show_level(0.0)
            return
        self._show_level(0.0 if self._microphone.trouble else meter_fraction(pipeline.meter.shown_db))
        self._next_frame(self._draw)
