"""Draws a Model on the speaker page and turns clicks into calls."""

from typing import Any, Callable, Coroutine

from pylib.errors import ConfigError
from pylib.session.error_texts import phrase_for_error
from pylib.tasks import in_background
from pylib.ui.i18n import LANGUAGES, Texts
from pylib.ui.ports import Languages, Page
from pylib.ui.start_note import hide_start_note
from speaker.app import SpeakerApp
from speaker.demo_account import DemoAccount
from speaker.model import SPOKEN_LANGUAGES, Model
from speaker.page_state import unusable
from speaker.sound.encoders import TIERS
from speaker.view.on_air_view import OnAirView
from speaker.view.places_view import PlacesView
from speaker.view.share_view import ShareView


class SpeakerView:
    """Draws the page and binds its controls.

    `preferred_device` is the microphone the picker begins with; `tells_mode` says whether the page tells
    which way a talk was opened, which only testers and operators want to know.
    """

    def __init__(
        self, page: Page, languages: Languages, on_air: OnAirView, places: PlacesView, share: ShareView
    ) -> None:
        self.preferred_device = ""
        self.tells_mode = False
        self._page = page
        self._languages = languages
        self._on_air = on_air
        self._places = places
        self._share = share
        self._texts = Texts(LANGUAGES[0], {})
        self._shown: Model | None = None
        self._level = ""

    def set_texts(self, texts: Texts) -> None:
        """Say everything in this language from now on."""
        first, self._texts = not self._texts.sentences, texts
        self._on_air.set_texts(texts)
        self._places.set_texts(texts)
        self._share.set_texts(texts)
        names = self._languages.names(list(SPOKEN_LANGUAGES), texts.language)
        self._page.options("source-language", names)
        if first:
            self._page.set_value("source-language", texts.language)
        self._page.options("quality-tier", [(tier, texts.get("tier." + tier)) for tier in TIERS])
        if self._shown is not None:
            self._draw(self._shown)

    def bind(self, app: SpeakerApp) -> None:
        """Connect the controls."""
        page = self._page
        sign_in = in_background(
            lambda: app.sign_in(page.value("login-email").strip(), page.value("login-password"))
        )
        start = in_background(
            lambda: app.start(
                page.value("source-language"), page.value("quality-tier"), page.value("microphone")
            )
        )
        page.on("login-form", "submit", sign_in)
        page.on("sign-out", "click", in_background(app.sign_out))
        page.on("start-form", "submit", start)
        for name, event, act in (
            ("check-sound", "click", app.toggle_check),
            ("microphone", "change", app.choose_microphone),
            ("quality-tier", "change", app.choose_tier),
        ):
            page.on(name, event, in_background(self._with_choices(act)))
        page.on("input-volume", "input", lambda: app.set_volume(int(page.value("input-volume")) / 100))
        page.on("pause", "click", app.toggle_pause)
        page.on("mute", "click", app.toggle_mute)
        page.on("cancel", "click", app.cancel)
        page.on("try-again", "click", app.try_again)
        page.on("end", "click", app.ask_to_end)
        page.on("end-confirm", "click", in_background(app.end))
        page.on("end-cancel", "click", lambda: self._go_on(app))
        page.on("continue", "click", in_background(app.go_on))
        page.on("end-found", "click", in_background(app.end_found))
        page.on("skip-found", "click", app.skip_found)
        page.on("sound-on", "click", app.page_seen)
        self._places.bind(app)
        self._share.bind()

    def _go_on(self, app: SpeakerApp) -> None:
        """The question disappears with the button that has the focus, so End gets the focus."""
        app.ask_to_end()
        self._page.focus("end")

    def show(self, model: Model) -> None:
        """Draw the model, unless the page shows it already."""
        if model == self._shown:
            return
        before, self._shown = self._shown, model
        if before is None:
            hide_start_note(self._page)
        self._draw(model, before)
        if model.confirming_end and not (before is not None and before.confirming_end):
            self._page.focus("end-confirm")

    def show_level(self, fraction: float) -> None:
        """The microphone's level from 0 to 1."""
        level = str(round(fraction, 2))
        if level != self._level:
            self._level = level
            self._page.attribute("level", "value", level)

    def prefill(self, account: DemoAccount) -> None:
        """Write the demo account of a development server into the form; without one change nothing."""
        if account.email:
            self._page.set_value("login-email", account.email)
            self._page.set_value("login-password", account.password)

    def fail(self, error: ConfigError) -> None:
        """Say why nothing can be done on this page."""
        self.show(Model(unusable(phrase_for_error(error))))
        self._page.show("reload", True)

    def _draw(self, model: Model, before: Model | None = None) -> None:
        """Draw everything; `before` is what the page shows already, None after a change of language."""
        page = self._page
        self._on_air.draw(model)
        self._places.draw(model)
        page.text("notice", self._notice(model))
        page.show("notice", model.state.notice is not None)
        page.attribute("desk", "data-running", "" if model.state.is_running else None)
        self._show_forms(model)
        self._show_microphones(model, before)
        self._show_sound(model)
        page.show("session", model.session_id != "" and model.state.is_running)
        page.attribute("creation-mode", "data-mode", model.mode or None)
        page.show("creation-mode", self.tells_mode)
        told = model.mode if self.tells_mode else ""
        page.text("creation-mode", self._texts.get("mode." + told) if told else "")
        self._share.draw(model)
        self._show_controls(model)

    def _notice(self, model: Model) -> str:
        """The notice, with the label of the button that it names."""
        return self._texts.say(model.state.notice).replace("{button}", self._texts.get(model.pressed))

    def _show_forms(self, model: Model) -> None:
        page, state = self._page, model.state
        page.show("login-form", not model.signed_in and state.at_rest)
        page.show("extras", not state.is_unusable)
        page.show("found", model.signed_in and state.at_rest and model.found != "")
        page.text("found-id", model.found)
        page.show("start-form", self._may_choose(model))
        page.show("sign-out", model.signed_in and state.at_rest)
        for name in ("start", "microphone", "source-language", "quality-tier"):
            page.attribute(name, "disabled", "" if state.is_opening else None)
        page.text("start", self._texts.get("start-another" if state.name == "ended" else "start"))
        page.show("cancel", state.is_opening and not model.found)
        page.show("try-again", model.gave_up)
        page.show("sound-on", state.detail == "tap")

    def _may_choose(self, model: Model) -> bool:
        """The choices stand there before a talk, unless one that was found is to be continued first."""
        return model.signed_in and (model.state.at_rest or model.state.is_opening) and not model.found

    def _show_microphones(self, model: Model, before: Model | None) -> None:
        """The picker shows the microphone in use during a talk, and the chosen one before that."""
        page, running = self._page, model.state.is_running
        page.show("microphone-choice", running or self._may_choose(model))
        choices = [("", self._texts.get("microphone.default"))]
        for number, each in enumerate(model.microphones, 1):
            if each.device_id:
                unnamed = self._texts.get("microphone.number", number=str(number))
                choices.append((each.device_id, each.label or unnamed))
        if before is None or before.microphones != model.microphones:
            page.options("microphone", choices)
            if self.preferred_device in dict(choices) and self.preferred_device and not running:
                page.set_value("microphone", self.preferred_device)
        if running:
            page.set_value("microphone", model.microphone if model.microphone in dict(choices) else "")

    def _show_sound(self, model: Model) -> None:
        page, texts, running = self._page, self._texts, model.state.is_running
        page.show("sound", running or model.checking)
        page.show("check-sound", not running and not model.state.is_opening)
        page.text("check-sound", texts.get("stop-check" if model.checking else "check-sound"))
        # Before the sentence, so that a screen reader knows by then how pressing it is.
        page.attribute(
            "sound-advice", "aria-live", "assertive" if model.advice.kind == "urgent" else "polite"
        )
        page.attribute("sound-advice", "data-kind", model.advice.kind or None)
        page.text("sound-advice", texts.say(model.advice.said))
        label = model.microphone_label
        page.text("device", texts.get("microphone.used", microphone=label) if label else "")
        page.set_value("input-volume", str(round(model.volume * 100)))
        volume = texts.get("percent", number=str(round(model.volume * 100)))
        page.attribute("input-volume", "aria-valuetext", volume)
        page.text("volume-text", volume)

    def _show_controls(self, model: Model) -> None:
        page = self._page
        page.show("controls", model.state.is_running)
        page.show("end-question", model.confirming_end and model.state.is_running)
        page.text("pause", self._texts.get("resume" if model.paused else "pause"))
        page.text("mute", self._texts.get("unmute" if model.muted else "mute"))
        page.attribute("mute", "disabled", "" if model.paused else None)
        page.attribute("end", "aria-expanded", "true" if model.confirming_end else "false")

    def _with_choices(
        self, act: Callable[[str, str], Coroutine[Any, Any, None]]
    ) -> Callable[[], Coroutine[Any, Any, None]]:
        """`act`, called with the tier and the microphone that stand in the form."""
        return lambda: act(self._page.value("quality-tier"), self._page.value("microphone"))
