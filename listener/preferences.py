"""The listener's settings, kept in the browser: volume, screen, data, output, shortcuts. Portable."""

from typing import Any, Awaitable, Callable

from listener.app import ListenerApp
from listener.media_keys import MediaKeys
from listener.model import Model
from listener.output_picker import OutputPicker
from listener.recent_sessions import RecentSessions
from pylib.figures.sender import FiguresSender
from pylib.ports import Outputs, TextStore
from pylib.tasks import in_background
from pylib.ui.i18n import LANGUAGES, Texts
from pylib.ui.ports import Keyboard, MediaControls, Page, Screen
from pylib.ui.preferences import Preferences, keys, number, switch, text
from pylib.ui.screen_wake import ScreenWake
from pylib.ui.shortcut_dialog import ShortcutDialog
from pylib.ui.shortcuts import Action, Shortcuts, label

RECORD = "lectern.listener"

RULES = {
    "volume": number(100, 0, 100),
    "stay-awake": switch(False),
    "save-data": switch(False),
    "send-figures": switch(True),
    "output": text(),
    "seen": text(),
    "shortcuts": keys(),
}
"""The kept settings by name; the volume in percent, `seen` the codes of recent sessions."""

SWITCHES = ("stay-awake", "save-data", "send-figures")

ACTIONS = (
    Action("mute", "m", "mute", False),
    Action("pause", "p", "pause", False),
    Action("louder", "ArrowUp", "volume", True),
    Action("quieter", "ArrowDown", "volume", True),
    Action("help", "?", "shortcuts-open", False),
)

VOLUME_STEP = 10


class ListenerPreferences:
    """Connects the kept settings with the page's controls and with the parts that follow them.

    `forget_language` is called, and waited for, when all settings are reset.
    """

    def __init__(
        self,
        page: Page,
        *,
        store: TextStore,
        outputs: Outputs,
        media: MediaControls,
        screen: Screen,
        keyboard: Keyboard,
        forget_language: "Callable[[], Awaitable[None]]",
    ) -> None:
        self._page = page
        self._app: ListenerApp | None = None
        self._shown: Model | None = None
        self._figures: FiguresSender | None = None
        self._forget_language = forget_language
        self._texts = Texts(LANGUAGES[0], {})
        self._preferences = Preferences(store, RECORD, RULES)
        self.recent_sessions = RecentSessions(self._preferences)
        self._screen = screen
        self._store = store
        self._awake = ScreenWake(screen, self._screen_sleeps)
        self._media_keys = MediaKeys(media)
        self._output_picker = OutputPicker(page, outputs, self._preferences)
        self._refresh_outputs = in_background(self._output_picker.refresh_devices)
        self._shortcuts = Shortcuts(ACTIONS)
        self._dialog = ShortcutDialog(page, self._shortcuts, self._actions(), self._keys_changed)
        self._dialog.bind(keyboard)

    def load(self) -> None:
        """Read the kept settings; raises nothing."""
        self._preferences.load()
        self._page.show("keeps-nothing", not self._store.lasts)

    def bind(self, app: ListenerApp) -> None:
        """Connect the controls, and apply the settings."""
        self._app = app
        self._media_keys.bind(app)
        self._output_picker.bind()
        for name in SWITCHES:
            self._page.on(name, "click", self._flip(name))
        self._page.on("reset", "click", in_background(self._reset))
        self._page.show("stay-awake", self._screen.can_stay_on())
        self._shortcuts.restore(self._preferences.get("shortcuts"))
        self._draw_keys()
        self._apply_all()
        self._refresh_outputs()

    def offer_figures(self, sender: FiguresSender) -> None:
        """The person chooses whether it sends, unless their browser has answered already."""
        self._figures = sender
        self._page.show("send-figures", sender.offers_choice)
        self._page.show("figures-refused", sender.refused)

    def set_texts(self, texts: Texts) -> None:
        """Say everything in this language from now on."""
        self._texts = texts
        self._dialog.set_texts(texts)
        self._media_keys.set_texts(texts)
        self._output_picker.set_texts(texts)

    def show(self, model: Model) -> None:
        """What is true now; called often."""
        self._shown = model
        self._media_keys.show(model)
        self._awake.busy(model.state.started)
        if self._app is not None:
            self._preferences.set("volume", model.volume)
        if model.session_id and model.language:  # known to the server: a language comes with its answer
            self.recent_sessions.add(model.session_id)

    def page_seen(self) -> None:
        """The page came back to the front."""
        self._awake.page_seen()
        self._refresh_outputs()

    def _apply_all(self) -> None:
        """Apply every setting; not for a switch alone, because setting the volume would end a mute."""
        if self._app is not None:
            self._app.set_volume(self._preferences.get("volume") / 100)
        self._output_picker.apply()
        self._apply_switches()

    def _apply_switches(self) -> None:
        for name in SWITCHES:
            self._page.attribute(name, "aria-checked", "true" if self._preferences.get(name) else "false")
        self._awake.want(self._preferences.get("stay-awake"))
        if self._figures is not None:
            self._figures.allow(self._preferences.get("send-figures"))
        if self._app is not None:
            self._app.save_data(self._preferences.get("save-data"))

    def _flip(self, name: str) -> Callable[[], None]:
        def flip() -> None:
            self._preferences.set(name, not self._preferences.get(name))
            self._apply_switches()

        return flip

    def _screen_sleeps(self) -> None:
        """The browser does not let the screen stay on: say so, where it was asked for."""
        self._page.text("settings-told", self._texts.get("stay-awake.refused"))

    async def _reset(self) -> None:
        self._preferences.reset()
        self._shortcuts.reset()
        self._draw_keys()
        self._apply_all()
        await self._forget_language()
        self._page.text("settings-told", self._texts.get("reset.done"))

    def _keys_changed(self, keys: Any) -> None:
        self._preferences.set("shortcuts", keys)
        self._draw_keys()

    def _draw_keys(self) -> None:
        """The volume slider has no text of its own, so its label shows its keys."""
        shortcuts = [self._shortcuts.key(name) for name in ("louder", "quieter")]
        shown = " ".join([label(key) for key in shortcuts if key])
        self._page.attribute("volume-keys", "data-key", shown or None)
        self._dialog.draw()

    def _actions(self) -> "dict[str, Callable[[], None]]":
        return {
            "mute": self._while_listening(lambda app: app.toggle_mute()),
            "pause": self._while_listening(lambda app: app.toggle_pause()),
            "louder": self._while_listening(lambda app: app.change_volume(VOLUME_STEP)),
            "quieter": self._while_listening(lambda app: app.change_volume(-VOLUME_STEP)),
        }

    def _while_listening(self, act: Callable[[ListenerApp], None]) -> Callable[[], None]:
        def do() -> None:
            if self._app is not None and self._shown is not None and self._shown.state.started:
                act(self._app)

        return do
