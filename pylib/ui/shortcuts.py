"""Keyboard shortcuts: a table from keys to actions, which a person can change. Portable.

A shortcut is one character or an arrow. Combinations with Ctrl, Alt or Meta belong to the browser and the
system, and keys typed into a field to the field. Each shortcut can be switched off (WCAG 2.2, 2.1.4).
"""

from typing import Any, NamedTuple

from pylib.ui.ports import KeyPress

Action = NamedTuple("Action", [("name", str), ("key", str), ("where", str), ("repeats", bool)])
"""An action with a shortcut.

`key` is its key until the person chooses another. `where` names the control that does what the key does
and shows it, empty for none. `repeats`: a key held down runs the action again and again.
"""

ARROWS = {"ArrowUp": "↑", "ArrowDown": "↓", "ArrowLeft": "←", "ArrowRight": "→"}

NO_KEY = ""
"""In place of a key: the shortcut is switched off."""

RESERVED, TAKEN = "reserved", "taken"
"""Reasons to refuse a key: browser or controls need it, or another action has it."""


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
        """Give an action another key, or NO_KEY; returns the reason to refuse it, empty when it is set."""
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
        """Return every action to its first key."""
        self._keys = _defaults(self.actions)

    def kept(self) -> "dict[str, str]":
        """The keys that differ from the first ones, by action, to be stored among the preferences."""
        return {
            action.name: self.key(action.name)
            for action in self.actions
            if self.key(action.name) != action.key
        }

    def restore(self, kept: Any) -> None:
        """Set keys that `kept` gave; none at all when one is reserved or two actions would share one."""
        keys = _defaults(self.actions)
        for name, key in kept.items():
            if name in keys and isinstance(key, str):
                keys[name] = key
        used = [key for key in keys.values() if key]
        if all(_may_be_used(key) for key in used) and len(set(used)) == len(used):
            self._keys = keys


def key_of(press: KeyPress) -> str:
    """The pressed key by its character, in lower case.

    A keyboard of another script gives the Latin letter at that place: the key that writes M on a Latin
    keyboard is "m" on an Arabic one too.
    """
    key = press.key
    if len(key) != 1 or ord(key) < 128:
        return key.lower() if len(key) == 1 else key
    for place in ("Key", "Digit"):
        if press.code.startswith(place):
            return press.code[len(place) :].lower()
    return "?" if press.code == "Slash" and press.shift else key.lower()


def label(key: str) -> str:
    """The text on a button for a key."""
    return ARROWS.get(key, key.upper() if len(key) == 1 else key)


def _defaults(actions: "tuple[Action, ...]") -> "dict[str, str]":
    return {action.name: action.key for action in actions}


def _may_be_used(key: str) -> bool:
    """Characters and arrows, but not Space, Enter, Tab and Escape, which controls and dialogs need."""
    return key in ARROWS or (len(key) == 1 and key > " ")
