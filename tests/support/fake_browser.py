"""What surrounds the speaker page beside what both pages have: drawing, clipboard, share sheet, packages."""

from collections.abc import Callable
from typing import Any

from pylib.errors import ConfigError
from tests.support.fake_clock import FakeClock
from tests.support.fake_site import FakeSite, FakeWindow

DRAWN_S = 1 / 60
"""Of a display that draws as long as the page asks for it."""


class FakeSpeakerWindow(FakeWindow):
    """Implements speaker.ports.SpeakerWindow."""

    def __init__(self, clock: FakeClock, **parameters: str) -> None:
        super().__init__(**parameters)
        self.copied: list[str] = []
        self.clipboard_is_open = True
        self._clock = clock

    def next_frame(self, handler: Callable[[], None]) -> None:
        self._clock.call_later(DRAWN_S, handler)

    async def copy(self, text: str) -> bool:
        if self.clipboard_is_open:
            self.copied.append(text)
        return self.clipboard_is_open


class FakeSpeakerSite(FakeSite):
    """Implements speaker.ports.SpeakerSite; catalogs of `missing_languages` cannot be had."""

    def __init__(self, **config: Any) -> None:
        super().__init__("speaker", **config)
        self.missing_languages: tuple[str, ...] = ()

    async def catalog_text(self, language: str) -> str:
        if language in self.missing_languages:
            raise ConfigError("This page's sentences cannot be found.", code="CATALOG_NOT_FOUND")
        return await super().catalog_text(language)

    def listen_link(self, session_id: str) -> str:
        return f"{self.root}listener/?s={session_id}"


class FakeBrowser:
    """Implements speaker.ports.Browser, with a share sheet; `touched` until a test says otherwise."""

    def __init__(self) -> None:
        self.touched = True
        self.kept_open: list[bool] = []
        self.shared: list[tuple[str, str]] = []
        self.printed = 0
        self.has_share_sheet = self.shares = True

    def was_touched(self) -> bool:
        return self.touched

    def keep_open(self, wanted: bool) -> None:
        self.kept_open.append(wanted)

    def can_share(self) -> bool:
        return self.has_share_sheet

    async def share(self, title: str, url: str) -> bool:
        self.shared.append((title, url))
        return self.shares

    def print_page(self) -> None:
        self.printed += 1


class PackagesThere:
    """Packages that need no loading, as on CPython; `begun` says whether loading was asked for."""

    def __init__(self) -> None:
        self.begun = False

    def begin(self) -> None:
        self.begun = True

    async def arrive(self) -> None:
        pass
