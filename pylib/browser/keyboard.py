"""Keyboard, by the DOM."""

from typing import Any, Callable

import js

from pylib.browser.bridge import Callbacks
from pylib.ui.ports import KeyPress

TYPED_IN = (
    "input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]"
)
MOVED_BY_ARROWS = "input[type=range], input[type=radio]"
COMPOSING = ("Process", "Dead", "Unidentified")
"""Values of `key` while an input method composes a character."""


class BrowserKeyboard:
    """See Keyboard."""

    def __init__(self) -> None:
        self._callbacks = Callbacks()

    def on_press(self, handler: Callable[[KeyPress], bool]) -> None:
        """See Keyboard."""

        def pressed(event: Any) -> None:
            if handler(_press(event)):
                event.preventDefault()

        self._callbacks.listen(js.window, "keydown", pressed)


def _press(event: Any) -> KeyPress:
    key = str(event.key)
    modified = bool(event.ctrlKey) or bool(event.altKey) or bool(event.metaKey)
    is_typing = key in COMPOSING or _takes(js.document.activeElement, key)
    return KeyPress(key, str(event.code), bool(event.shiftKey), modified, bool(event.repeat), is_typing)


def _takes(element: Any, key: str) -> bool:
    """Whether the element in focus needs this key itself."""
    if not element:
        return False
    is_arrow = key.startswith("Arrow")
    return bool(element.matches(TYPED_IN) or (is_arrow and element.matches(MOVED_BY_ARROWS)))
