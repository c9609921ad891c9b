"""Keeps a microphone open for as long as a talk or a check wants it, and tells what is wrong with it."""

import logging
from collections.abc import Callable
from typing import NamedTuple

from pylib.errors import Aborted, AudioError
from pylib.ports import AudioBlock, AudioInput, Clock, Microphone, Timer
from pylib.protocol import codes
from pylib.tasks import in_background
from speaker.sound.block_watch import POLL_S, BlockWatch

RETRY_DELAYS_S = (0.0, 0.5, 1.0, 2.0, 4.0, 5.0)
"""The wait before each try to open again; the last holds for all further tries."""

NONE = Microphone("", "")

LOST, HELD, NO_SOUND = "microphone.lost", "microphone.held", "microphone.no-sound"
TROUBLE = {
    codes.MICROPHONE_MISSING: LOST,
    codes.MICROPHONE_DENIED: "microphone.denied",
    codes.MICROPHONE_IN_USE: "microphone.in-use",
}
"""Why it cannot be opened again during a talk, by AudioError's code, as keys of the catalog."""

log = logging.getLogger("lectern.speaker")


class Wanted(NamedTuple):
    """How a talk or a check wants the sound, and where the blocks go."""

    sample_rate: int
    voice: bool
    on_block: Callable[[AudioBlock], None]
    on_gap: Callable[[], None]


class MicrophoneKeeper:
    """The one place that knows about microphone trouble.

    `on_change` is called whenever something that a page shows may have changed.
    """

    def __init__(self, audio_input: AudioInput, clock: Clock) -> None:
        self.on_change: Callable[[], None] = lambda: None
        self.listed: tuple[Microphone, ...] = ()
        self.using = ""
        self._input = audio_input
        self._clock = clock
        self._wanted: Wanted | None = None
        self._chosen = ""
        self._meant = self._opened = NONE
        self._lost = ""
        self._muted = self._held = False
        self._opening = False
        self._turn = 0
        self._tries = 0
        self._blocks = BlockWatch()
        self._timer: Timer | None = None
        audio_input.on_devices(in_background(self._devices_changed))

    async def refresh(self) -> None:
        """List anew which microphones there are. Raises AudioError."""
        self.listed = tuple(await self._input.microphones())
        self.on_change()

    async def open(
        self,
        device_id: str,
        sample_rate: int,
        voice: bool,
        on_block: Callable[[AudioBlock], None],
        on_gap: Callable[[], None],
    ) -> None:
        """Open the chosen microphone, the system's choice when empty, and keep it until `close`.

        `on_gap` is called when the next block will not follow the last. Raises AudioError when
        it cannot be opened now, Aborted when `close` came first. A microphone that is open already, with
        the given rate and voice, stays open for the new taker: no browser asks the person again.
        """
        wanted = Wanted(sample_rate, voice, on_block, on_gap)
        if self._delivers(device_id, wanted):
            self._wanted = wanted
            return
        self.close()
        self._wanted = wanted
        self._new_turn()
        try:
            await self._take(device_id)
        except AudioError:
            self.close()
            # The list of microphones may be out of date.
            in_background(self._devices_changed)()
            raise
        self._mean(device_id)

    async def switch(self, device_id: str) -> None:
        """Open another microphone; when it fails, open the best other one and raise AudioError."""
        if self._wanted is None:
            return
        self._new_turn()
        try:
            await self._take(device_id)
        except Aborted:
            return
        except AudioError as error:
            log.warning("the microphone chosen could not be opened: %s", error.code)
            await self._try_again()
            raise AudioError(
                "That microphone could not be opened. The one shown below is used.",
                code=codes.MICROPHONE_NOT_SWITCHED,
            ) from error
        self._mean(device_id)

    def retry_now(self) -> None:
        """Try again without waiting any longer, the chosen microphone first."""
        if self._wanted is not None and self._lost and not self._opening:
            self._tries = 0
            in_background(self._try_again)()

    def pressed(self) -> None:
        """The person pressed something. Some browsers hold back sound until then, so try again now."""
        if self._lost in (HELD, NO_SOUND):
            self.retry_now()

    def close(self) -> None:
        """No sound is wanted any more; a microphone that is just being opened is closed, too."""
        self._wait(0.0, None)
        self._wanted = None
        self._chosen = ""
        self._meant = self._opened = NONE
        self._lost = ""
        self._muted = self._held = self._opening = False
        self._tries = 0
        self._input.close()

    @property
    def is_allowed(self) -> bool:
        """Whether the person has allowed microphones: before that, browsers tell no device ids."""
        return any(microphone.device_id for microphone in self.listed)

    @property
    def label(self) -> str:
        """The browser's name for the microphone that is open, empty when none is."""
        return "" if self._lost else self._opened.label

    @property
    def trouble(self) -> str:
        """Why no sound comes from the microphone, as a key of the catalog; empty while all is well."""
        if self._lost:
            return self._lost
        if self._muted:
            return "microphone.muted"
        return HELD if self._held else ""

    @property
    def notice(self) -> str:
        """The trouble, or that another microphone than the chosen one is in use, as a key of the catalog."""
        if self.trouble or self._opened == self._meant:
            return self.trouble
        return "microphone.replaced" if self.label else "microphone.replaced-by-default"

    def _delivers(self, device_id: str, wanted: Wanted) -> bool:
        """Whether the microphone of this id is open already, with the wanted rate and voice."""
        now = self._wanted
        if now is None or self._opening or self._lost:
            return False
        same = (now.sample_rate, now.voice) == (wanted.sample_rate, wanted.voice)
        return same and self.using == self._chosen == device_id

    def _mean(self, device_id: str) -> None:
        """The microphone that was just opened is the person's choice from now on."""
        self._chosen, self._meant = device_id, self._opened
        self.on_change()

    async def _take(self, device_id: str) -> None:
        """Open this microphone alone. Raises AudioError; Aborted when something newer began."""
        wanted = self._wanted
        if wanted is None:
            raise Aborted("No microphone is needed any more.")
        self._muted = self._held = False
        self.using = device_id
        self._gap()
        self._opened = await self._input.open(
            device_id, wanted.sample_rate, wanted.voice, self._on_block, self._on_trouble
        )
        self._watch()

    async def _try_again(self) -> None:
        """Open the best microphone there is; when that fails, try again after a while."""
        turn = self._new_turn()
        failures, self._tries = self._tries, self._tries + 1
        try:
            await self.refresh()
            if turn == self._turn:
                await self._take(self._best(failures))
            self.on_change()
        except Aborted:
            return
        except AudioError as error:
            log.warning("the microphone could not be opened: %s", error.code)
            if turn == self._turn:
                self._lose(TROUBLE.get(error.code, self._lost or LOST))

    def _best(self, failures: int) -> str:
        """The chosen microphone when it is listed, else the system's choice (empty).

        After the chosen one failed both are tried in turns, as a listed device may give no sound. But
        while a call holds the chosen one it is kept, as no other microphone would give sound either.
        """
        is_there = any(microphone.device_id == self._chosen for microphone in self.listed)
        just_failed = failures > 0 and self.using == self._chosen and self._lost != HELD
        return self._chosen if is_there and not just_failed else ""

    def _new_turn(self) -> int:
        """Something newer begins: a try that waits, or is under way, gives up."""
        self._turn += 1
        self._opening = True
        self._wait(0.0, None)
        return self._turn

    def _on_block(self, block: AudioBlock) -> None:
        wanted = self._wanted
        if wanted is None:
            return
        self._blocks.note_block()
        if self._lost:
            self._lost = ""
            self._turn += 1
            self._watch()
            self.on_change()
        wanted.on_block(block)

    def _on_trouble(self, word: str) -> None:
        """See AudioInput.open for the words."""
        if word == "ended":
            self._lose(LOST)
        elif word in ("muted", "unmuted"):
            self._muted = word == "muted"
            self._gap()
        elif self._held or word == "suspended":
            self._held = word == "suspended"
            self._gap()
        self.on_change()

    async def _devices_changed(self) -> None:
        """Show the new list; go back to the chosen microphone when it was plugged in again."""
        try:
            await self.refresh()
        except AudioError as error:
            log.warning("the microphones could not be listed: %s", error.code)
            return
        if self._wanted is None or self._opening:
            return
        came_back = self.using != self._chosen and self._best(0) == self._chosen
        if came_back or self._lost:
            self._tries = 0
            await self._try_again()

    def _watch(self) -> None:
        self._opening = False
        self._blocks.restart()
        self._wait(POLL_S, self._poll)

    def _poll(self) -> None:
        self._blocks.poll(self._muted)
        if self._blocks.is_steady:
            self._tries = 0
        if self._blocks.is_lost:
            self._lose(self.trouble or NO_SOUND)
        else:
            self._wait(POLL_S, self._poll)

    def _lose(self, why: str) -> None:
        """No sound is captured: tell why, and try again after a while."""
        self._lost = why
        self._opening = False
        self._gap()
        delay_s = RETRY_DELAYS_S[min(self._tries, len(RETRY_DELAYS_S) - 1)]
        self._wait(delay_s, in_background(self._try_again))
        self.on_change()

    def _gap(self) -> None:
        if self._wanted is not None:
            self._wanted.on_gap()

    def _wait(self, delay_s: float, then: Callable[[], None] | None) -> None:
        """Wait for the next poll or the next try, never for both; `then` None waits for neither."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if then is None else self._clock.call_later(delay_s, then)
