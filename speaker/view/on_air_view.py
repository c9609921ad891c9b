"""What a speaker sees of a talk at one glance: the banner, the audience, and afterwards how it went."""

from pylib.ui.i18n import LANGUAGES, Texts
from pylib.ui.ports import Languages, Page
from speaker.model import Audience, Model, PageState


class OnAirView:
    """Draws the banner, the audience and the summary; none of them can be pressed."""

    def __init__(self, page: Page, languages: Languages) -> None:
        self._page = page
        self._languages = languages
        self._texts = Texts(LANGUAGES[0], {})

    def set_texts(self, texts: Texts) -> None:
        """Say everything in this language from now on."""
        self._texts = texts

    def draw(self, model: Model) -> None:
        """Draw the model."""
        self._draw_banner(model.state)
        self._page.show("audience", model.state.is_running and model.audience.counts_listeners)
        self._draw_audience(model.audience)
        self._draw_summary(model)

    def show_length(self, seconds: float) -> None:
        """How long the talk has lasted."""
        self._page.text("length", clock_face(seconds))

    def _draw_banner(self, state: PageState) -> None:
        page, looks = self._page, state.appearance
        page.attribute("state", "data-state", state.name)
        # Before the sentence, so that a screen reader knows by then how pressing it is.
        page.attribute("state", "aria-live", "assertive" if looks.is_loss else "polite")
        page.text("state", self._texts.get("state." + state.detail))
        page.attribute("banner", "data-look", looks.look or None)
        page.show("air", looks.air != "")
        if looks.air:
            page.text("air", self._texts.get("air." + looks.air))
        page.show("length-line", state.is_running)

    def _draw_audience(self, audience: Audience) -> None:
        page, texts = self._page, self._texts
        page.text("listener-count", str(audience.listeners))
        page.show("hearing-line", audience.counts_hearing)
        page.text("hearing-count", str(audience.hearing))
        page.show("delay-figure", audience.delay_ms is not None)
        page.text("typical-delay", self._delay(audience.delay_ms))
        asked = dict(audience.languages)
        names = self._languages.names(list(asked), texts.language)
        said = [texts.get("listeners.of", language=name, number=str(asked[code])) for code, name in names]
        page.text("audience-languages", " · ".join(said))

    def _draw_summary(self, model: Model) -> None:
        page, summary = self._page, model.summary
        page.show("summary", summary is not None)
        if summary is not None:
            page.text("summary-length", clock_face(summary.length_s))
            page.text("summary-listeners", str(summary.most_listeners))
            page.text("summary-lost", str(summary.lost))
            page.text("summary-sent", clock_face(summary.sent_s))

    def _delay(self, delay_ms: float | None) -> str:
        """The listeners' typical delay, in tenths of a second; nothing while it is not known."""
        if delay_ms is None:
            return ""
        seconds = self._languages.number(delay_ms / 1000, self._texts.language)
        return self._texts.get("delay.seconds", seconds=seconds)


def clock_face(seconds: float) -> str:
    """Minutes and seconds as on a clock, hours when there are any: 4:05, 1:04:05."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
