"""Draws a Model on the listener page and turns taps into calls."""

from listener.app import ListenerApp
from listener.model import Model
from listener.page_state import WORDS
from pylib.errors import ConfigError
from pylib.session.error_texts import phrase_for_error
from pylib.tasks import in_background
from pylib.ui.i18n import LANGUAGES, Texts
from pylib.ui.ports import Languages, Page
from pylib.ui.start_note import hide_start_note

SHOWN_MB = 0.1
BROKEN = "broken"


class ListenerView:
    """Connects the listener page's elements with its app."""

    def __init__(self, page: Page, languages: Languages) -> None:
        self._page = page
        self._languages = languages
        self._texts = Texts(LANGUAGES[0], {})
        self._shown: Model | None = None
        self._failure: ConfigError | None = None

    def set_texts(self, texts: Texts) -> None:
        """Say everything in this language from now on."""
        self._texts = texts
        if self._failure is not None:
            self.fail(self._failure)
        elif self._shown is not None:
            self._draw(self._shown)
            self._show_language(self._shown.language)

    def bind(self, app: ListenerApp) -> None:
        """Connect the controls."""
        page = self._page
        page.on("join-form", "submit", in_background(lambda: app.open(page.value("session-code"))))
        page.on("suggestion", "click", in_background(lambda: self._take_suggestion(app)))
        page.on("listen", "click", in_background(app.listen))
        page.on("pause", "click", app.toggle_pause)
        page.on("back-to-live", "click", lambda: self._back_to_live(app))
        page.on("mute", "click", app.toggle_mute)
        page.on("volume", "input", lambda: app.set_volume(int(page.value("volume")) / 100))

    async def _take_suggestion(self, app: ListenerApp) -> None:
        if self._shown is not None and self._shown.suggestion:
            self.prefill(self._shown.suggestion)
            await app.open(self._shown.suggestion)

    def _back_to_live(self, app: ListenerApp) -> None:
        """The button goes away with the click; the keyboard must not be left nowhere."""
        app.go_live()
        self._page.focus("pause")

    def prefill(self, code: str) -> None:
        """The link's code, at hand when it has to be tried again or corrected."""
        self._page.set_value("session-code", code)

    def show(self, model: Model) -> None:
        """Draw a model; called often, so it does nothing when nothing changed."""
        before, self._shown = self._shown, model
        if model == before:
            return
        if before is None:
            hide_start_note(self._page)
        self._draw(model)
        if before is None or before.language != model.language:
            self._show_language(model.language)

    def fail(self, error: ConfigError) -> None:
        """The site's config or sentences cannot be had: say so, and offer nothing."""
        self._failure = error
        self._page.text("state", self._texts.get("state." + BROKEN))
        self._page.attribute("state", "data-state", WORDS[BROKEN])
        self._page.text("notice", self._texts.say(phrase_for_error(error)))
        self._page.show("notice", True)
        hide_start_note(self._page)
        self._page.show("reload", True)

    def _draw(self, model: Model) -> None:
        page, texts, state = self._page, self._texts, model.state
        page.attribute("state", "data-state", state.word)
        page.attribute("state", "aria-live", "assertive" if state.urgent else "polite")
        page.text("state", texts.get("state." + state.detail))
        page.text("notice", texts.say(model.notice))
        page.show("notice", model.notice is not None)
        page.show("suggestion", model.suggestion != "")
        page.text("suggestion", texts.get("suggestion", code=_unbroken(model.suggestion)))
        page.show("waiting", state.waiting)
        if state.asks_code is not None:
            page.show("join-form", state.asks_code)
        page.show("listen", state.offers_listen)
        page.show("controls", state.started)
        page.text("pause", texts.get("resume" if model.paused else "pause"))
        page.show("back-to-live", model.behind)
        page.text("mute", texts.get("unmute" if model.muted else "mute"))
        page.set_value("volume", str(model.volume))
        page.show("delay-figure", model.delay_ms >= 0)
        page.text("delay", self._delay(model.delay_ms))
        page.show("data-figure", model.data_mb >= SHOWN_MB)
        page.text("data", self._data(model.data_mb))

    def _show_language(self, language: str) -> None:
        """The language that is spoken; without its name while the server has not said it."""
        label = self._texts.get("original")
        for _, name in self._languages.names([language] if language else [], self._texts.language):
            label = self._texts.get("original.named", language=name)
        self._page.options("language", [(language, label)])

    def _delay(self, delay_ms: float) -> str:
        """A delay in words, in tenths of a second: a finer one would only flicker. Empty while not known."""
        if delay_ms < 0:
            return ""
        seconds = self._languages.number(max(delay_ms, 100) / 1000, self._texts.language)
        return self._texts.get("delay.under" if delay_ms < 100 else "delay.seconds", seconds=seconds)

    def _data(self, data_mb: float) -> str:
        """What the sound cost so far; a megabyte is a million bytes, as on a phone's bill."""
        if data_mb < SHOWN_MB:
            return ""
        return self._texts.get("data.used", megabytes=self._languages.number(data_mb, self._texts.language))


def _unbroken(code: str) -> str:
    """With hyphens (U+2011) at which no line ends."""
    return code.replace("-", chr(0x2011))
