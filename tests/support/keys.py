"""Keys for tests. Portable."""

from typing import Callable

from pylib.ui.ports import KeyPress


def press(key: str, code: str = "", **how: bool) -> KeyPress:
    """A key going down; `how` may say shift, modified, repeat, typing."""
    flags = [how.get(name, False) for name in ("shift", "modified", "repeat", "typing")]
    return KeyPress(key, code, flags[0], flags[1], flags[2], flags[3])


class FakeKeyboard:
    """Implements ports.Keyboard."""

    def __init__(self) -> None:
        self._handlers: list[Callable[[KeyPress], bool]] = []

    def on_press(self, handler: Callable[[KeyPress], bool]) -> None:
        self._handlers.append(handler)

    def press(self, key: str, modified: bool = False, typing: bool = False) -> bool:
        """Press a key; says whether the page used it."""
        pressed = press(key, modified=modified, typing=typing)
        return any(handler(pressed) for handler in self._handlers)
