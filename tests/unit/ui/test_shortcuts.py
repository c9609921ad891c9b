"""Portable: which key does what, and the dialog in which a person changes that."""

import json
from typing import Callable

from pylib.ui.i18n import Texts
from pylib.ui.shortcut_dialog import ShortcutDialog
from pylib.ui.shortcuts import NO_KEY, RESERVED, TAKEN, Action, Shortcuts, label
from tests.support.fake_page import FakePage
from tests.support.keys import FakeKeyboard, press

ACTIONS = (
    Action("mute", "m", "mute", False),
    Action("pause", "p", "pause", False),
    Action("louder", "ArrowUp", "volume", True),
    Action("quieter", "ArrowDown", "volume", True),
    Action("help", "?", "shortcuts-open", False),
)

SENTENCES = {
    "shortcut.pause": "Pause",
    "shortcut.mute": "Mute",
    "shortcuts.taken": "{pressed} belongs to: {action}",
    "shortcuts.reserved": "{pressed} cannot be used",
    "shortcuts.press": "Press a key",
    "shortcuts.done": "Done",
    "shortcuts.off": "none",
}


def test_a_key_finds_its_action_with_or_without_capitals() -> None:
    table = Shortcuts(ACTIONS)
    for key, action in (("m", "mute"), ("M", "mute"), ("?", "help"), ("ArrowUp", "louder"), ("x", "")):
        assert table.find(press(key)) == action, key


def test_keys_of_the_browser_and_of_who_types_are_left_alone() -> None:
    table = Shortcuts(ACTIONS)
    assert table.find(press("m", modified=True)) == ""
    assert table.find(press("m", typing=True)) == ""


def test_only_what_may_repeat_repeats_while_a_key_is_held() -> None:
    table = Shortcuts(ACTIONS)
    assert table.find(press("m", repeat=True)) == ""
    assert table.find(press("ArrowUp", repeat=True)) == "louder"


def test_another_script_on_the_keys_means_the_place_and_another_layout_means_the_character() -> None:
    table = Shortcuts(ACTIONS)
    assert table.find(press("ь", "KeyM")) == "mute"  # Russian
    assert table.find(press("ح", "KeyP")) == "pause"  # Arabic
    assert table.find(press("؟", "Slash", shift=True)) == "help"
    assert table.find(press("m", "Semicolon")) == "mute"  # French
    assert table.find(press("?", "Minus", shift=True)) == "help"  # German
    assert table.find(press(",", "KeyM")) == ""  # French again: the key with the comma


def test_a_key_may_be_changed_unless_it_is_taken_or_needed_elsewhere() -> None:
    table = Shortcuts(ACTIONS)
    assert table.change("mute", "p") == TAKEN
    for key in ("Tab", "Enter", "Escape", " ", "F5", "Home"):
        assert table.change("mute", key) == RESERVED, key
    assert table.find(press("m")) == "mute"
    assert table.change("mute", "x") == ""
    assert (table.find(press("x")), table.find(press("m"))) == ("mute", "")
    assert table.change("pause", "m") == ""
    assert table.change("pause", "m") == ""


def test_a_shortcut_can_be_switched_off_and_so_can_all() -> None:
    table = Shortcuts(ACTIONS)
    for action in ACTIONS:
        assert table.change(action.name, NO_KEY) == ""
    for key in ("m", "?", "ArrowUp", ""):
        assert table.find(press(key)) == ""


def test_changes_are_kept_and_restored_and_reset() -> None:
    table, later = Shortcuts(ACTIONS), Shortcuts(ACTIONS)
    table.change("mute", "x")
    table.change("pause", "m")
    assert table.kept() == {"mute": "x", "pause": "m"}
    later.restore(json.loads(json.dumps(table.kept())))
    assert (later.key("mute"), later.key("pause")) == ("x", "m")
    later.reset()
    assert later.kept() == {}


def test_two_actions_that_swapped_their_keys_are_restored() -> None:
    table = Shortcuts(ACTIONS)
    table.restore({"mute": "p", "pause": "m"})
    assert (table.find(press("p")), table.find(press("m"))) == ("mute", "pause")


def test_keys_that_do_not_fit_together_are_not_restored() -> None:
    for kept in (
        {"mute": "p"},
        {"mute": "Tab"},
        {"mute": "x", "pause": "x"},
        {"mute": "xyz"},
        {"mute": 3, "zoom": "z"},
    ):
        table = Shortcuts(ACTIONS)
        table.restore(kept)
        assert table.kept() == {}, kept


def test_keys_are_shown_as_they_are_printed_on_them() -> None:
    assert [label(key) for key in ("m", "ArrowUp", "?")] == ["M", "↑", "?"]


class DialogHarness:
    """A page with shortcuts."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.kept: list[object] = []
        self.page = FakePage("listener")
        self.keyboard = FakeKeyboard()
        acts = {action.name: self._doing(action.name) for action in ACTIONS if action.name != "help"}
        dialog = ShortcutDialog(self.page, Shortcuts(ACTIONS), acts, self.kept.append)
        dialog.bind(self.keyboard)
        dialog.set_texts(Texts("en", SENTENCES))

    def _doing(self, name: str) -> "Callable[[], None]":
        return lambda: self.done.append(name)

    @property
    def told(self) -> str:
        return self.page.texts["shortcuts-told"]


def test_a_press_is_used_when_it_does_something_and_only_then() -> None:
    stage = DialogHarness()
    assert stage.keyboard.press("m")
    assert not stage.keyboard.press("x")
    assert not stage.keyboard.press("m", typing=True)
    assert stage.done == ["mute"]


def test_the_keys_are_shown_where_they_act_and_told_to_screen_readers() -> None:
    stage = DialogHarness()
    attributes = stage.page.attributes
    assert (attributes["mute data-key"], attributes["mute aria-keyshortcuts"]) == ("M", "m")
    assert attributes["volume data-key"] == "↑ ↓"
    assert attributes["volume aria-keyshortcuts"] == "ArrowUp ArrowDown"
    assert (stage.page.texts["key-mute"], attributes["key-mute aria-label"]) == ("M", "Mute: M")


def test_the_question_mark_lists_them() -> None:
    stage = DialogHarness()
    stage.keyboard.press("?")
    assert stage.page.opened == ["shortcuts"]
    # The dialog hides the talk, so a key must not mute it unseen.
    assert not stage.keyboard.press("m")
    stage.page.do("shortcuts-close")
    assert stage.page.opened == []
    assert stage.keyboard.press("m"), "at once: browsers tell some time later that a dialog was closed"
    assert stage.done == ["mute"]


def changing() -> DialogHarness:
    """A page whose dialog waits for a new key for Mute."""
    stage = DialogHarness()
    stage.keyboard.press("?")
    stage.page.do("key-mute")
    return stage


def test_a_new_key_is_pressed_and_kept() -> None:
    stage = changing()
    assert (stage.told, stage.page.attributes["key-mute aria-pressed"]) == ("Press a key", "true")
    assert not stage.keyboard.press("Shift")
    assert stage.keyboard.press("x")
    assert (stage.told, stage.kept, stage.done) == ("Done", [{"mute": "x"}], [])
    assert "key-mute aria-pressed" not in stage.page.attributes
    assert stage.page.attributes["mute data-key"] == "X"
    stage.page.do("shortcuts-close")
    stage.keyboard.press("x")
    assert stage.done == ["mute"]


def test_a_refused_key_is_told_with_its_reason_and_another_may_be_pressed() -> None:
    stage = changing()
    stage.keyboard.press("p")
    assert stage.told == "P belongs to: Pause"
    stage.keyboard.press("Enter")
    assert stage.told == "Enter cannot be used"
    stage.keyboard.press("x")
    assert stage.kept == [{"mute": "x"}]
    assert stage.done == []


def test_escape_leaves_the_key_as_it_was_and_backspace_switches_it_off() -> None:
    stage = changing()
    assert stage.keyboard.press("Escape")
    assert (stage.told, stage.kept) == ("", [])
    stage.page.do("key-mute")
    assert not stage.keyboard.press("Tab")
    assert not stage.keyboard.press("m")
    assert (stage.done, stage.kept) == ([], [])
    stage.page.do("key-mute")
    stage.keyboard.press("Backspace")
    assert stage.kept == [{"mute": ""}]
    assert stage.page.texts["key-mute"] == "none"
    assert "mute data-key" not in stage.page.attributes
    stage.page.do("shortcuts-reset")
    assert (stage.kept[-1], stage.page.texts["key-mute"]) == ({}, "M")


def test_closing_the_dialog_ends_the_wait_for_a_key() -> None:
    stage = changing()
    stage.page.do("shortcuts-close")
    stage.page.do("shortcuts", "close")
    stage.keyboard.press("m")
    assert (stage.done, stage.kept) == (["mute"], [])
    stage.keyboard.press("?")
    assert not stage.keyboard.press("m")
    assert stage.kept == []
