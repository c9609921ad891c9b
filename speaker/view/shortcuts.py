"""The speaker page's shortcuts: M mutes, P pauses, Q shows the code, ? lists them."""

from collections.abc import Callable

from pylib.ui.i18n import Texts
from pylib.ui.ports import Keyboard, Page
from pylib.ui.shortcut_dialog import ShortcutDialog
from pylib.ui.shortcuts import Action, Shortcuts
from speaker.app import SpeakerApp

ACTIONS = (
    Action("mute", "m", "mute", repeats=False),
    Action("pause", "p", "pause", repeats=False),
    Action("code", "q", "show-qr", repeats=False),
    Action("help", "?", "shortcuts-open", repeats=False),
)


class SpeakerShortcuts:
    """Joins the shortcuts with what they do. `keep` is called with the changed keys."""

    def __init__(self, page: Page, keyboard: Keyboard, keep: Callable[[dict[str, str]], None]) -> None:
        self._shortcuts = Shortcuts(ACTIONS)
        self._does: dict[str, Callable[[], None]] = {}
        acts = {action.name: self._act(action.name) for action in ACTIONS}
        self._dialog = ShortcutDialog(page, self._shortcuts, acts, keep)
        self._dialog.bind(keyboard)

    def set_texts(self, texts: Texts) -> None:
        """Say everything in this language from now on."""
        self._dialog.set_texts(texts)

    def restore(self, kept: dict[str, str]) -> None:
        """Use the keys that were kept at an earlier visit."""
        self._shortcuts.restore(kept)
        self._dialog.draw()

    def reset(self) -> None:
        """Set every key to its default."""
        self._shortcuts.reset()
        self._dialog.draw()

    def bind(self, app: SpeakerApp, open_code: Callable[[], None]) -> None:
        """From now on the keys call the app; before that they do nothing."""
        self._does = {
            "mute": app.toggle_mute,
            "pause": app.toggle_pause,
            "code": open_code,
        }

    def _act(self, name: str) -> Callable[[], None]:
        def act() -> None:
            if name in self._does:
                self._does[name]()

        return act
