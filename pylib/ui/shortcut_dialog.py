"""Shortcuts on a page: runs their actions, shows keys on controls, and a dialog to change them. Portable.

Both pages have these elements: `shortcuts-open`, and in the dialog `shortcuts` one button `key-<action>`
for each action, `shortcuts-told`, `shortcuts-reset` and `shortcuts-close`.
"""

from typing import Any, Callable

from pylib.ui.i18n import LANGUAGES, Texts
from pylib.ui.ports import Keyboard, KeyPress, Page
from pylib.ui.shortcuts import NO_KEY, Shortcuts, key_of, label

HELP = "help"
"""The action that opens the dialog."""

LEAVE, REMOVE = ("Escape", "Tab"), ("Backspace", "Delete")
ALONE = ("Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "Dead", "Process", "Unidentified")
"""Keys that begin a combination: the dialog goes on waiting for the key that follows."""


class ShortcutDialog:
    """The shortcuts of one page.

    `acts` holds a function for each action's name. `keep` is called with `Shortcuts.kept()` after a change.
    """

    def __init__(
        self,
        page: Page,
        shortcuts: Shortcuts,
        acts: "dict[str, Callable[[], None]]",
        keep: Callable[[Any], None],
    ) -> None:
        self._page = page
        self._shortcuts = shortcuts
        self._acts = dict(acts)
        self._acts[HELP] = self.open
        self._keep = keep
        self._texts = Texts(LANGUAGES[0], {})
        self._changing = ""

    def bind(self, keyboard: Keyboard) -> None:
        """Listen to the keys and to the dialog's buttons."""
        keyboard.on_press(self.press)
        page = self._page
        page.on("shortcuts-open", "click", self.open)
        page.on("shortcuts-close", "click", self._close)
        page.on("shortcuts", "close", self._closed)
        page.on("shortcuts-reset", "click", self._reset)
        for action in self._shortcuts.actions:
            page.on("key-" + action.name, "click", self._change_handler(action.name))

    def set_texts(self, texts: Texts) -> None:
        """Say everything in this language from now on."""
        self._texts = texts
        self.draw()

    def draw(self) -> None:
        """Show the current keys in the dialog and on the controls that they work."""
        shown: dict[str, list[str]] = {}
        for action in self._shortcuts.actions:
            key = self._shortcuts.key(action.name)
            self._draw_key(action.name, label(key) if key else self._texts.get("shortcuts.off"))
            shown.setdefault(action.where, []).extend([key] if key else [])
        for where, held in shown.items():
            if where:
                self._page.attribute(where, "aria-keyshortcuts", " ".join(held) or None)
                self._page.attribute(where, "data-key", " ".join([label(key) for key in held]) or None)

    def open(self) -> None:
        """Show the dialog with the list of keys."""
        self._tell("")
        self._page.dialog("shortcuts", True)

    def press(self, press: KeyPress) -> bool:
        """Handle a key press; returns whether it was used. While the dialog is open no action runs."""
        if self._page.is_open("shortcuts"):
            return self._changing != "" and self._take(press)
        act = self._acts.get(self._shortcuts.find(press))
        if act is None:
            return False
        act()
        return True

    def _take(self, press: KeyPress) -> bool:
        """Make the pressed key the new shortcut; a combination with Ctrl, Alt or Meta goes to the browser."""
        if press.key in ALONE or press.modified:
            return False
        if press.key in LEAVE:
            self._tell("")
            return press.key != "Tab"
        name, key = self._changing, NO_KEY if press.key in REMOVE else key_of(press)
        refused = self._shortcuts.change(name, key)
        if refused:
            self._tell(self._refusal(refused, key), name)
        else:
            self._changed()
        return True

    def _refusal(self, why: str, key: str) -> str:
        holder = self._shortcuts.holder(key)
        other = self._texts.get("shortcut." + holder) if holder else ""
        return self._texts.get("shortcuts." + why, pressed=label(key), action=other)

    def _changed(self) -> None:
        self._tell(self._texts.get("shortcuts.done"))
        self._keep(self._shortcuts.kept())
        self.draw()

    def _change_handler(self, name: str) -> Callable[[], None]:
        return lambda: self._tell(self._texts.get("shortcuts.press"), name)

    def _tell(self, message: str, changing: str = "") -> None:
        """Show a message, and mark the action that waits for its new key."""
        if self._changing:
            self._page.attribute("key-" + self._changing, "aria-pressed", None)
        self._changing = changing
        if changing:
            self._page.attribute("key-" + changing, "aria-pressed", "true")
        self._page.text("shortcuts-told", message)

    def _draw_key(self, name: str, key: str) -> None:
        button = "key-" + name
        self._page.text(button, key)
        self._page.attribute(button, "aria-label", self._texts.get("shortcut." + name) + ": " + key)

    def _reset(self) -> None:
        self._shortcuts.reset()
        self._changed()

    def _close(self) -> None:
        self._page.dialog("shortcuts", False)

    def _closed(self) -> None:
        """Stop waiting for a key, as Escape or a button closed the dialog."""
        self._tell("")
