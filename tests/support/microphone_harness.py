"""A talk that wants a microphone kept, without a page or a server around it."""

from pylib.errors import AudioError
from pylib.ports import AudioBlock
from speaker.sound.microphone import MicrophoneKeeper
from tests.support.fake_audio import FakeMicrophone
from tests.support.fake_clock import FakeClock

BUSY = AudioError("Another program has it.", code="MICROPHONE_IN_USE")


class Talk:
    """A talk that wants the desk microphone; "gap" and "block" are what reached it."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.microphone = FakeMicrophone()
        self.keeper = MicrophoneKeeper(self.microphone, self.clock)
        self.heard: list[str] = []
        self.said: list[str] = []
        self.keeper.on_change = self._note

    def _note(self) -> None:
        if not self.said or self.said[-1] != self.keeper.notice:
            self.said.append(self.keeper.notice)

    async def begin(self, device_id: str = "desk") -> "Talk":
        await self.keeper.open(device_id, 16_000, True, self._on_block, lambda: self.heard.append("gap"))
        await self.keeper.refresh()
        await self.speak(0.5)
        self.heard.clear()
        self.microphone.asked.clear()
        return self

    def _on_block(self, _block: AudioBlock) -> None:
        self.heard.append("block")

    async def speak(self, seconds: float) -> None:
        """Sound, for as long as the microphone delivers any."""
        for _ in range(int(seconds / 0.1)):
            self.microphone.speak([0.5] * 320, self.clock.now_ms())
            await self.clock.advance(0.1)
