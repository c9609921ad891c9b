"""One run of one kind: talk, fault, heal, talk; then count at the ear."""

import random
from collections.abc import Callable
from typing import NamedTuple

from pylib.protocol.frames import FRAME_MS
from tests.integration.faults.kinds import NOTICED_BY_LISTENER_S, NOTICED_BY_SPEAKER_S, Kind
from tests.integration.faults.numbered import NumberedEar, NumberedSpeech, disordered, doubled, lost
from tests.integration.faults.scene import Scene
from tests.support.beat_clock import BEAT_S

TALK_S = 1.0
BACK_LIMIT_S = 30.0
"""Longer than any wait between two attempts to reconnect; who is not back by then never is."""

CONVERSATION_S = 0.5
"""What one exchange with a busy server may add to a time that is promised."""

QUIET_BEATS = 100
UNHEARD_BEATS = 25
"""How long (by the ear's own clock, 20 ms each) a page may say live without a sound: half a second."""


class Outcome(NamedTuple):
    """What one run came to; times in seconds of BeatClock, None where it did not happen."""

    kind: Kind
    recovered: bool
    lost: int
    doubled: int
    disordered: int
    reconnects: float
    back_s: float | None
    speaker_noticed_s: float | None
    listener_noticed_s: float | None
    untrue: int
    trouble: str


class Trial:
    """A talk with one listener on a scene that turns bad."""

    def __init__(self, kind: Kind, scene: Scene, dice: random.Random) -> None:
        self.speech = NumberedSpeech(scene.blocks)
        self._kind = kind
        self._scene = scene
        self._clock = scene.clock
        self._dice = dice
        self._talking = True
        self._unheard = 0
        self._claimed = 0
        self._untrue = 0
        self._trouble = ""
        self._bad_since_s: float | None = None
        self._noticed: dict[str, float] = {}

    async def run(self) -> Outcome:
        """Raises what a trial may not raise: the table tells it as trouble."""
        self._speaker = await self._scene.people.speaker(self._kind.mode)
        self._app, self._loudspeaker = await self._scene.people.listener()
        self._ear = NumberedEar(self._loudspeaker.played)
        self._clock.on_beat = self._beat
        await self._until(lambda: len(self._ear.numbers) > TALK_S / BEAT_S, BACK_LIMIT_S)
        await self._clock.sleep(self._dice.random() * TALK_S)
        back_s = await self._go_through()
        await self._clock.sleep(TALK_S)
        if not await self._until(self._is_well, BACK_LIMIT_S):
            self._trouble = f"speaker {self._speaker.state}, listener {self._app.state}"
        self._talking = False
        await self._until(self._all_is_heard, BACK_LIMIT_S)
        return self._outcome(back_s)

    async def _go_through(self) -> float | None:
        """The fault and its end; the time from then until sound is back."""
        before, self._bad_since_s = self.speech.said, self._clock.monotonic_s()
        await self._scene.spoil(self._kind)
        heard, healed_s = len(self._ear.numbers), self._clock.monotonic_s()
        self._bad_since_s = None
        back = await self._until(
            lambda: self._is_well() and any(number > before for number in self._ear.numbers[heard:]),
            BACK_LIMIT_S,
        )
        return self._clock.monotonic_s() - healed_s if back else None

    async def _until(self, condition: Callable[[], bool], limit_s: float) -> bool:
        end_s = self._clock.monotonic_s() + limit_s
        while not condition():
            if self._clock.monotonic_s() > end_s:
                return False
            await self._clock.sleep(BEAT_S)
        return True

    def _beat(self) -> None:
        """Both sound devices move on."""
        block = self.speech.say() if self._talking else self.speech.breathe()
        self._scene.people.microphone.speak(block, self._clock.now_ms())
        self._loudspeaker.run(FRAME_MS)
        self._look(self._ear.listen())

    def _look(self, new: list[int]) -> None:
        """Is it true what the pages say at this moment?"""
        self._unheard = 0 if new else self._unheard + 1
        silent_though_live = self._talking and self._app.state == "live" and not new
        self._claimed = self._claimed + 1 if silent_though_live else 0
        self._untrue += self._claimed > UNHEARD_BEATS
        if self._bad_since_s is not None:
            for who, state in (("speaker", self._speaker.state), ("listener", self._app.state)):
                if state == "reconnecting":
                    self._noticed.setdefault(who, self._clock.monotonic_s() - self._bad_since_s)

    def _all_is_heard(self) -> bool:
        """The last words, or as many as still come."""
        return self._unheard > QUIET_BEATS or self._ear.numbers[-1:] == [self.speech.said - 1]

    def _is_well(self) -> bool:
        return self._speaker.state == "live" and self._app.state in ("live", "buffering")

    def _outcome(self, back_s: float | None) -> Outcome:
        numbers = self._ear.numbers
        return Outcome(
            self._kind,
            back_s is not None and not self._trouble,
            lost(numbers, self.speech.said),
            doubled(numbers),
            disordered(numbers),
            self._app.stats().get("reconnects", 0) + self._speaker.stats()["reconnects"],
            back_s,
            self._noticed.get("speaker"),
            self._noticed.get("listener"),
            self._untrue,
            self._trouble,
        )


def broken_promises(outcome: Outcome) -> list[str]:
    """What should not have happened in this run."""
    kind = outcome.kind
    found = [] if outcome.recovered else [f"did not recover by itself: {outcome.trouble}"]
    if outcome.doubled or outcome.disordered:
        found.append(f"{outcome.doubled} doubled, {outcome.disordered} out of order")
    if kind.keeps_all and outcome.lost:
        found.append(f"{outcome.lost} frames lost")
    if outcome.untrue:
        found.append(f"said live without a sound for {outcome.untrue} beats more than half a second")
    if kind.speaker_must_notice and not _in_time(outcome.speaker_noticed_s, NOTICED_BY_SPEAKER_S):
        found.append(f"speaker noticed after {outcome.speaker_noticed_s} s")
    if kind.listener_must_notice and not _in_time(outcome.listener_noticed_s, NOTICED_BY_LISTENER_S):
        found.append(f"listener noticed after {outcome.listener_noticed_s} s")
    return found


def _in_time(noticed_s: float | None, limit_s: float) -> bool:
    return noticed_s is not None and noticed_s <= limit_s + CONVERSATION_S
