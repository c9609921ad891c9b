"""Which key does what: a table that a person can change. Portable.

A shortcut is one character or an arrow, never with Ctrl, Alt or Meta, which belong to the browser and
the system, and never while a person types. Each can be switched off (WCAG 2.2, 2.1.4).
"""

from typing import Any, NamedTuple

from pylib.ui.ports import KeyPress

Action = NamedTuple("Action", [("name", str), ("key", str), ("where", str), ("repeats", bool)])
"""Something a key can do.

`key` is the key as long as nobody chooses another. `where` names the control that does the same and
shows the key, empty for none. `repeats`: again and again while the key is held down.
"""

ARROWS = {"ArrowUp": "↑", "ArrowDown": "↓", "ArrowLeft": "←", "ArrowRight": "→"}

NO_KEY = ""
"""The shortcut is switched off."""

RESERVED, TAKEN = "reserved", "taken"
"""Why a key is refused: the browser or the page's controls need it, or another action has it."""


class Shortcuts:
    """The keys of one page's actions."""

    def __init__(self, actions: "tuple[Action, ...]") -> None:
        self.actions = actions
        self._keys = _defaults(actions)

    def key(self, name: str) -> str:
        """An action's key, NO_KEY when it is switched off."""
        return self._keys[name]

    def find(self, press: KeyPress) -> str:
        """The name of the action that this press of a key asks for, empty for none."""
        key = key_of(press)
        if press.modified or press.typing or key == NO_KEY:
            return ""
        for action in self.actions:
            if self._keys[action.name] == key and (action.repeats or not press.repeat):
                return action.name
        return ""

    def change(self, name: str, key: str) -> str:
        """Give an action another key, or NO_KEY; returns why not, empty when it was done."""
        if key and not _may_be_used(key):
            return RESERVED
        if self.holder(key) not in ("", name):
            return TAKEN
        self._keys[name] = key
        return ""

    def holder(self, key: str) -> str:
        """The name of the action that has this key, empty for none."""
        found = [name for name, held in self._keys.items() if key and held == key]
        return found[0] if found else ""

    def reset(self) -> None:
        """Every key as it was before anybody chose."""
        self._keys = _defaults(self.actions)

    def kept(self) -> "dict[str, str]":
        """The changed ones, to be kept among the preferences."""
        return {
            action.name: self.key(action.name)
            for action in self.actions
            if self.key(action.name) != action.key
        }

    def restore(self, kept: Any) -> None:
        """Take what `kept` gave; all of it or, when the keys would not fit together, none."""
        keys = _defaults(self.actions)
        for name, key in kept.items():
            if name in keys and isinstance(key, str):
                keys[name] = key
        used = [key for key in keys.values() if key]
        if all(_may_be_used(key) for key in used) and len(set(used)) == len(used):
            self._keys = keys


def key_of(press: KeyPress) -> str:
    """The key by the character on it, small.

    Where the keyboard writes another script, by its place: the key that has M on a keyboard with
    Latin letters means M on an Arabic one too.
    """
    key = press.key
    if len(key) != 1 or ord(key) < 128:
        return key.lower() if len(key) == 1 else key
    for place in ("Key", "Digit"):
        if press.code.startswith(place):
            return press.code[len(place) :].lower()
    return "?" if press.code == "Slash" and press.shift else key.lower()


def label(key: str) -> str:
    """How a key is shown."""
    return ARROWS.get(key, key.upper() if len(key) == 1 else key)


def _defaults(actions: "tuple[Action, ...]") -> "dict[str, str]":
    return {action.name: action.key for action in actions}


def _may_be_used(key: str) -> bool:
    """Space and Enter press buttons, Tab and Escape lead on, function keys are the browser's."""
    return key in ARROWS or (len(key) == 1 and key > " ")
