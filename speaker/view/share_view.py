"""The link for listeners: to read, copy and hand on, as a code that fills the screen, and as a poster."""

import json
from collections.abc import Awaitable, Callable

from pylib.errors import ConfigError
from pylib.tasks import in_background
from pylib.ui.i18n import LANGUAGES, Texts, direction
from pylib.ui.ports import Page, Paragraph
from speaker.model import Model
from speaker.ports import Browser

LINKS = ("share-link", "qr-link", "poster-link")
CODES = ("session-id", "qr-code", "poster-code")
PICTURES = ("qr", "qr-large", "poster-qr")
SCAN = "poster.scan"
"""The line of the poster, which stands there in all languages at once."""


class ShareView:
    """`copy` puts a text on the clipboard and says whether it could.

    `read` fetches a catalog's text (raises ConfigError).
    """

    def __init__(
        self,
        page: Page,
        browser: Browser,
        copy: Callable[[str], Awaitable[bool]],
        read: Callable[[str], Awaitable[str]],
    ) -> None:
        self._page = page
        self._browser = browser
        self._copy = copy
        self._read = read
        self._texts = Texts(LANGUAGES[0], {})
        self._link = ""
        self._lines: dict[str, str] = {}

    def bind(self) -> None:
        """Connect the controls."""
        page = self._page
        page.show("share", self._browser.can_share())
        page.on("share", "click", in_background(self._share))
        page.on("copy-link", "click", in_background(self._copy_link))
        page.on("show-qr", "click", self.open_code)
        page.on("qr-close", "click", lambda: page.dialog("qr-dialog", False))
        page.on("print-poster", "click", in_background(self._print))

    def set_texts(self, texts: Texts) -> None:
        """Say everything in this language from now on."""
        self._texts = texts
        self._lines[texts.language] = texts.get(SCAN)
        self._draw_lines()

    def draw(self, model: Model) -> None:
        """Show the link of the talk, in all its forms; a code that fills the screen goes with its talk."""
        page, link = self._page, model.link if model.state.is_running else ""
        for name in CODES:
            page.text(name, model.session_id)
        for name in LINKS:
            page.text(name, link)
        page.attribute("share-link", "href", link or None)
        if link != self._link:
            self._link = link
            page.text("link-told", "")
            page.show("poster", link != "")
            self.draw_code()
        page.text("qr-trouble", self._trouble(model))
        if not model.state.is_running:
            page.dialog("qr-dialog", False)

    def draw_code(self) -> None:
        """The link as a picture; without one as long as segno is missing, so call again when it has come."""
        picture = qr_image(self._link) if self._link else None
        for name in PICTURES:
            self._page.attribute(name, "src", picture)

    def open_code(self) -> None:
        """The code as large as the screen."""
        if self._link:
            self._page.dialog("qr-dialog", True)

    def _trouble(self, model: Model) -> str:
        """Why no listener hears the speaker, told on the code, too, as it hides the page; "" if they do."""
        state = model.state
        if not state.is_running or state.detail == "live":
            return ""
        return self._texts.say(state.notice) or self._texts.get("state." + state.detail)

    async def _copy_link(self) -> None:
        # Emptied first: a screen reader stays silent when a region's text does not change.
        self._page.text("link-told", "")
        copied = await self._copy(self._link)
        self._page.text("link-told", self._texts.get("copied" if copied else "copy-failed"))

    async def _share(self) -> None:
        self._page.text("link-told", "")
        if not await self._browser.share(self._texts.get("share.title"), self._link):
            self._page.text("link-told", self._texts.get("share-failed"))

    async def _print(self) -> None:
        """Print the poster, without the languages whose catalogs cannot be fetched now."""
        for language in LANGUAGES:
            if language not in self._lines:
                try:
                    self._lines[language] = str(json.loads(await self._read(language))[SCAN])
                except (ConfigError, ValueError, KeyError, TypeError):
                    continue
        self._draw_lines()
        self._browser.print_page()

    def _draw_lines(self) -> None:
        """One half of the languages above the code, the other below."""
        half = (len(LANGUAGES) + 1) // 2
        for name, languages in (("poster-above", LANGUAGES[:half]), ("poster-below", LANGUAGES[half:])):
            known = [language for language in languages if language in self._lines]
            lines = [Paragraph(language, direction(language), self._lines[language]) for language in known]
            self._page.fill(name, lines)


def qr_image(link: str) -> str | None:
    """A data: URL with an SVG picture, dark on light with the quiet zone that scanners need.

    None as long as segno is missing: on the page a talk may be continued before segno has arrived.
    """
    try:
        import segno
    except ModuleNotFoundError:
        return None

    code = segno.make(link, error="m", micro=False)
    return str(code.svg_data_uri(scale=8, border=4, dark="#000", light="#fff"))
