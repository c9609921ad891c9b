"""Draws a Model on the listener page and turns taps into calls."""

from listener import texts
from listener.app import ListenerApp
from listener.model import Model
from pylib.ports import Page
from pylib.tasks import in_background

CODE_STATES = ("not-found", "ended")
"""States in which another code is what helps."""


class ListenerView:
    """The listener page's hands and eyes."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._shown: Model | None = None
        self._language = ""

    def bind(self, app: ListenerApp) -> None:
        """Connect the controls."""
        page = self._page
        page.on(
            "join-form", "submit", in_background(lambda: app.open(page.value("session-code").strip().lower()))
        )
        page.on("listen", "click", in_background(app.listen))
        page.on("pause", "click", app.toggle_pause)
        page.on("back-to-live", "click", lambda: self._back_to_live(app))
        page.on("mute", "click", app.toggle_mute)
        page.on("volume", "input", lambda: app.set_volume(int(page.value("volume")) / 100))

    def _back_to_live(self, app: ListenerApp) -> None:
        """The button goes away with the click; the keyboard must not be left nowhere."""
        app.go_live()
        self._page.focus("pause")

    def prefill(self, code: str) -> None:
        """The link's code, at hand when it has to be tried again or corrected."""
        self._page.set_value("session-code", code)

    def show(self, model: Model) -> None:
        """Make the page say what is true; called often, so it does nothing when nothing changed."""
        if model == self._shown:
            return
        self._shown = model
        page = self._page
        page.attribute("state", "data-state", model.state)
        page.text("state", model.sentence)
        page.text("notice", model.notice)
        page.show("notice", model.notice != "")
        page.show("join-form", not model.session_id or model.state in CODE_STATES)
        page.show("listen", bool(model.session_id) and not model.started and model.state not in CODE_STATES)
        page.show("controls", model.started)
        page.text("pause", texts.RESUME if model.paused else texts.PAUSE)
        page.show("back-to-live", model.behind)
        page.text("mute", texts.UNMUTE if model.muted else texts.MUTE)
        page.text("delay", texts.NO_DELAY if model.delay_ms < 0 else _seconds(model.delay_ms))
        if model.language != self._language:
            self._language = model.language
            page.options("language", [(model.language, texts.ORIGINAL + " (" + model.language + ")")])

    def fail(self, sentence: str) -> None:
        """Nothing can be done on this page."""
        self._page.text("state", texts.BROKEN)
        self._page.attribute("state", "data-state", "error")
        self._page.text("notice", sentence)
        self._page.show("notice", True)


def _seconds(delay_ms: float) -> str:
    """A delay in words: one tenth of a second is as fine as it helps anybody."""
    return texts.NO_TIME if delay_ms < 100 else str(round(delay_ms / 1000, 1)) + " s"
