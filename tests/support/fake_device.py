"""What a phone or laptop offers around a page: its own buttons, its screen, its outputs. Portable."""

from typing import Callable

from pylib.ports import Output


class FakeMedia:
    """Implements ports.MediaControls; the test presses the buttons."""

    def __init__(self) -> None:
        self.told = ("", "")
        self.states: list[str] = []
        self._handlers: dict[str, Callable[[], None]] = {}

    def on(self, action: str, handler: Callable[[], None]) -> None:
        self._handlers[action] = handler

    def set_metadata(self, title: str, artist: str) -> None:
        self.told = (title, artist)

    def set_state(self, state: str) -> None:
        self.states.append(state)

    def press(self, action: str) -> None:
        self._handlers[action]()


class FakeScreen:
    """Implements ports.Screen; `asked` counts how often it was asked to stay on."""

    def __init__(self) -> None:
        self.can = True
        self.refuses = False
        self.on = False
        self.asked = 0

    def can_stay_on(self) -> bool:
        return self.can

    async def stay_on(self) -> bool:
        self.asked += 1
        self.on = not self.refuses
        return self.on

    def may_sleep(self) -> None:
        self.on = False


class FakeOutputs:
    """Implements ports.Outputs; `answer` is what the person chooses in the browser's own list.

    `used` is what was asked for last. Devices are there from the beginning, or come and go as the test says.
    """

    def __init__(self) -> None:
        self.there: list[Output] = []
        self.asks = False
        self.used = ""
        self.answer: Output | None = None
        self._changed: Callable[[], None] = lambda: None

    async def devices(self) -> "list[Output]":
        return list(self.there)

    def on_change(self, handler: Callable[[], None]) -> None:
        self._changed = handler

    def plug(self, output: Output) -> None:
        self.there.append(output)
        self._changed()

    def unplug(self, output: Output) -> None:
        self.there.remove(output)
        self._changed()

    def can_ask(self) -> bool:
        return self.asks

    async def ask(self) -> "Output | None":
        return self.answer

    def use(self, device_id: str) -> None:
        self.used = device_id
