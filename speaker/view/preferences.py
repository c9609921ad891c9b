"""The speaker's preferences on this device: read when the page opens, kept when they are changed."""

from collections.abc import Callable

from pylib.figures.sender import FiguresSender
from pylib.ports import TextStore
from pylib.tasks import in_background
from pylib.ui.i18n import InterfaceLanguage, Texts
from pylib.ui.ports import Keyboard, Page
from pylib.ui.preferences import Preferences, keys, number, one_of, switch, text
from speaker.app import SpeakerApp
from speaker.model import SPOKEN_LANGUAGES
from speaker.sound.encoders import TIERS
from speaker.view.shortcuts import SpeakerShortcuts
from speaker.view.view import SpeakerView

RECORD = "lectern.speaker"

RULES = {
    "source-language": one_of(["", *SPOKEN_LANGUAGES]),
    "quality-tier": one_of(list(TIERS)),
    "microphone": text(),
    "input-volume": number(100, 10, 200),
    "keys": keys(),
    "send-figures": switch(True),
}
"""By the name of the control that shows each. Not the page's language, which both pages share
(see `pylib.ui.i18n`)."""

CHOICES = ("source-language", "quality-tier", "microphone")


class SpeakerPreferences:
    """Connects the preferences with the page; `forget_day` drops the date of the last start."""

    def __init__(
        self,
        page: Page,
        *,
        store: TextStore,
        keyboard: Keyboard,
        view: SpeakerView,
        interface: InterfaceLanguage,
        forget_day: Callable[[], None],
    ) -> None:
        self._page = page
        self._preferences = Preferences(store, RECORD, RULES)
        self._view = view
        self.shortcuts = SpeakerShortcuts(page, keyboard, lambda kept: self._preferences.set("keys", kept))
        self._interface = interface
        self._forget_day = forget_day
        self._texts = Texts("en", {})
        self._figures: FiguresSender | None = None

    def set_texts(self, texts: Texts) -> None:
        """Say everything in this language from now on."""
        self._texts = texts
        self.shortcuts.set_texts(texts)

    def open(self) -> float:
        """Read the kept preferences and put them on the page; returns the microphone's volume, 1 as it is."""
        self._preferences.load()
        self.shortcuts.restore(self._preferences.get("keys"))
        self._view.preferred_device = self._preferences.get("microphone")
        self._choose()
        self._apply_figures()
        return float(self._preferences.get("input-volume")) / 100

    def bind(self, app: SpeakerApp) -> None:
        """From now on keep each choice that is made on the page."""
        for name in CHOICES:
            self._page.on(name, "change", self._keeper(name))
        self._page.on("input-volume", "input", self._keep_volume)
        self._page.on("send-figures", "click", self._flip_figures)
        self._page.on("forget", "click", in_background(lambda: self._forget(app)))

    def offer_figures(self, sender: FiguresSender) -> None:
        """The person chooses whether it sends, unless their browser has answered already."""
        self._figures = sender
        self._page.show("send-figures", sender.offers_choice)
        self._page.show("figures-refused", sender.refused)

    def _flip_figures(self) -> None:
        self._preferences.set("send-figures", not self._preferences.get("send-figures"))
        self._apply_figures()

    def _apply_figures(self) -> None:
        sends = self._preferences.get("send-figures")
        self._page.attribute("send-figures", "aria-checked", "true" if sends else "false")
        if self._figures is not None:
            self._figures.allow(sends)

    def _choose(self) -> None:
        for name in CHOICES[:2]:
            value = self._preferences.get(name)
            if value:
                self._page.set_value(name, value)

    def _keeper(self, name: str) -> Callable[[], None]:
        def keep() -> None:
            value = self._page.value(name)
            if RULES[name].allows(value):
                self._preferences.set(name, value)
            self._view.preferred_device = self._preferences.get("microphone")

        return keep

    def _keep_volume(self) -> None:
        self._preferences.set("input-volume", int(self._page.value("input-volume")))

    async def _forget(self, app: SpeakerApp) -> None:
        """Set everything as at the first visit, except the microphone of a talk under way."""
        self._preferences.reset()
        self.shortcuts.reset()
        self._view.preferred_device = ""
        app.set_volume(1.0)
        await self._interface.forget()
        self._choose()
        self._apply_figures()
        self._forget_day()
        for name, value in (("source-language", self._texts.language), ("microphone", "")):
            self._page.set_value(name, value)
        self._page.text("forget-told", self._texts.get("preferences.forgotten"))
