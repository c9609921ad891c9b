"""The link for listeners: to read, copy and hand on, as a code that fills the screen, and as a poster."""

import json
from collections.abc import Awaitable, Callable
from typing import Protocol

from pylib.errors import ConfigError
from pylib.tasks import in_background
from pylib.ui.i18n import LANGUAGES, Texts, direction
from pylib.ui.ports import Page, Paragraph
from speaker.model import Model
from speaker.view.qr import qr_image

LINKS = ("share-link", "qr-link", "poster-link")
CODES = ("session-id", "qr-code", "poster-code")
PICTURES = ("qr", "qr-large", "poster-qr")
SCAN = "poster.scan"
"""The line of the poster, which stands there in all languages at once."""


class Visit(Protocol):
    """The browser around the page."""

    def can_share(self) -> bool:
        """Whether there is a share sheet."""

    async def share(self, title: str, url: str) -> None:
        """Open it."""

    def print_page(self) -> None:
        """Open the print dialog."""


class ShareView:
    """`copy` puts a text on the clipboard and says whether it could.

    `read` fetches a catalog's text (raises ConfigError).
    """

    def __init__(
        self,
        page: Page,
        visit: Visit,
        copy: Callable[[str], Awaitable[bool]],
        read: Callable[[str], Awaitable[str]],
    ) -> None:
        self._page = page
        self._visit = visit
        self._copy = copy
        self._read = read
        self._texts = Texts(LANGUAGES[0], {})
        self._link = ""
        self._lines: dict[str, str] = {}

    def bind(self) -> None:
        """Connect the controls."""
        page = self._page
        page.show("share", self._visit.can_share())
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
        page, link = self._page, model.link if model.is_running else ""
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
        if not model.is_running:
            page.dialog("qr-dialog", False)

    def draw_code(self) -> None:
        """The link as a picture, if what draws it is there already; else call again when it is."""
        picture = qr_image(self._link) if self._link else None
        for name in PICTURES:
            self._page.attribute(name, "src", picture)

    def open_code(self) -> None:
        """The code as large as the screen."""
        if self._link:
            self._page.dialog("qr-dialog", True)

    def _trouble(self, model: Model) -> str:
        """What a speaker must know though the code hides the page: that nobody hears, and why."""
        if not model.is_running or model.detail == "live":
            return ""
        return self._texts.say(model.notice) or self._texts.get("state." + model.detail)

    async def _copy_link(self) -> None:
        """Said each time: a region that says the same again stays silent in screen readers."""
        self._page.text("link-told", "")
        copied = await self._copy(self._link)
        self._page.text("link-told", self._texts.get("copied" if copied else "copy-failed"))

    async def _share(self) -> None:
        await self._visit.share(self._texts.get("share.title"), self._link)

    async def _print(self) -> None:
        """A language that cannot be had now is left out."""
        for language in LANGUAGES:
            if language not in self._lines:
                try:
                    self._lines[language] = str(json.loads(await self._read(language))[SCAN])
                except (ConfigError, ValueError, KeyError, TypeError):
                    continue
        self._draw_lines()
        self._visit.print_page()

    def _draw_lines(self) -> None:
        """One half of the languages above the code, the other below."""
        half = (len(LANGUAGES) + 1) // 2
        for name, languages in (("poster-above", LANGUAGES[:half]), ("poster-below", LANGUAGES[half:])):
            known = [language for language in languages if language in self._lines]
            lines = [Paragraph(language, direction(language), self._lines[language]) for language in known]
            self._page.fill(name, lines)
