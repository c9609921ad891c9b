"""Preferences of one page, kept by the browser as one small JSON record. Portable.

Where the browser keeps nothing (private window, full, forbidden), or the record makes no sense, preferences
work for as long as the page is open, and the page shows no error.
"""

import json
from typing import Any, Callable, NamedTuple

from pylib.ports import TextStore

MAX_CHARS = 4096
"""A longer record is not read."""

MAX_TEXT = 200
"""The longest text a `text` preference takes, in characters."""

Rule = NamedTuple("Rule", [("default", Any), ("allows", Callable[[Any], bool])])
"""One preference: its value until the person chooses, and a test for the values that are allowed."""


def number(default: float, lowest: float, highest: float) -> Rule:
    """A number between two others, both included."""
    return Rule(default, lambda value: _is_number(value) and lowest <= value <= highest)


def text(default: str = "") -> Rule:
    """Any text of at most MAX_TEXT characters."""
    return Rule(default, lambda value: isinstance(value, str) and len(value) <= MAX_TEXT)


def switch(default: bool) -> Rule:
    """On or off."""
    return Rule(default, lambda value: isinstance(value, bool))


def one_of(choices: "list[str]") -> Rule:
    """One of these texts; the first is the default."""
    return Rule(choices[0], lambda value: isinstance(value, str) and value in choices)


def keys() -> Rule:
    """Changed keys as `Shortcuts.kept` gives them; `Shortcuts.restore` checks them in detail."""
    return Rule({}, lambda value: isinstance(value, dict))


class Preferences:
    """The preferences of one page.

    `record` is their name in the store; `rules` holds a rule for each. A stored value without a rule, or
    that its rule does not allow, is ignored: an older version of the page may have written it.
    """

    def __init__(self, store: TextStore, record: str, rules: "dict[str, Rule]") -> None:
        self._store = store
        self._record = record
        self._rules = rules
        self._chosen: dict[str, Any] = {}

    def load(self) -> None:
        """Read the record. Raises nothing."""
        for name, value in _decoded(self._store.read(self._record)).items():
            if name in self._rules and self._rules[name].allows(value):
                self._chosen[name] = value

    def get(self, name: str) -> Any:
        """The chosen value, else the default."""
        return self._chosen.get(name, self._rules[name].default)

    def set(self, name: str, value: Any) -> None:
        """Set a value and keep it. Raises ValueError for one that its rule forbids."""
        if not self._rules[name].allows(value):
            raise ValueError("not a value for " + name)
        if self.get(name) == value:
            return
        self._chosen[name] = value
        self._store.write(self._record, json.dumps(self._chosen))

    def reset(self) -> None:
        """Return every preference to its default."""
        self._chosen = {}
        self._store.write(self._record, "")


def _decoded(record: str) -> "dict[str, Any]":
    """The record as a dict; empty when it is not a JSON object."""
    try:
        kept = json.loads(record) if len(record) <= MAX_CHARS else None
    except (ValueError, RuntimeError):  # RuntimeError: nested too deep for the interpreter
        return {}
    return kept if isinstance(kept, dict) else {}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
