"""Internationalisation: a page's sentences by key, from the catalog file of one language. Portable.

Catalogs are <page>/languages/<code>.json; docs/translating.md explains them. Logic passes phrases, which
name a key; views turn them into words. So a page can change its language in the middle of a talk.
"""

import asyncio
import json
from typing import Any, Awaitable, Callable, Iterator, NamedTuple

from pylib.errors import ConfigError
from pylib.protocol import codes
from pylib.tasks import in_background
from pylib.ui.ports import Languages, Page

LANGUAGES = ("en", "es", "fr", "de", "pt", "ar", "zh", "hi")
"""The languages that have catalogs (ISO 639-1). The first is the one that the others are translated from."""

REPAINT_S = 0.02
"""A pause in which the browser lays out, paints and passes sound on: a frame at 60 Hz takes 17 ms.
`asyncio.sleep(0)` is no such pause, as on MicroPython it does not end the browser's task."""

RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")

OTHER = "error.other"
"""Key of the sentence for an error whose code the catalog lacks."""

Phrase = NamedTuple("Phrase", [("key", str), ("values", "dict[str, str]"), ("english", str)])
"""A sentence to show: its key in the catalog, the values for its {name}s, and the English that is shown
where the catalog lacks the key."""


def phrase(key: str, **values: str) -> Phrase:
    """A phrase of the catalog."""
    return Phrase(key, values, "")


def direction(language: str) -> str:
    """How a language is written, as HTML's `dir`."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


class Texts:
    """One language's sentences."""

    def __init__(self, language: str, sentences: "dict[str, str]") -> None:
        self.language = language
        self.sentences = sentences

    @property
    def direction(self) -> str:
        """How the language is written, as HTML's `dir`."""
        return direction(self.language)

    def get(self, key: str, **values: str) -> str:
        """The sentence with its values; the bare key where the catalog lacks it, empty without a catalog."""
        text = self.sentences.get(key, key if self.sentences else "")
        for name, value in values.items():
            text = text.replace("{" + name + "}", value)
        return text

    def say(self, message: "Phrase | None") -> str:
        """A phrase in words; empty for None.

        A phrase with an English text may lack a catalog entry. Without a key it is shown in English on
        every page; with a key, pages in other languages show the sentence of OTHER instead.
        """
        if message is None:
            return ""
        if message.english and message.key not in self.sentences:
            in_english = not message.key or self.language == LANGUAGES[0]
            return message.english if in_english else self.sentences.get(OTHER, message.english)
        return self.get(message.key, **message.values)


def best_language(preferred: "list[str]") -> str:
    """The first of these (BCP 47: "pt-BR", "zh-Hans-CN") whose main language has a catalog; else English."""
    for language in preferred:
        main = language.lower().partition("-")[0]
        if main in LANGUAGES:
            return main
    return LANGUAGES[0]


class InterfaceLanguage:
    """The page's language: what the browser prefers, or what the person chose.

    `read` fetches a catalog's text (raises ConfigError).
    """

    def __init__(self, page: Page, languages: Languages, read: Callable[[str], Awaitable[str]]) -> None:
        self._page = page
        self._languages = languages
        self._read = read
        self._subscribers: list[Callable[[Texts], None]] = []
        self._wanted = self._shown = ""

    def subscribe(self, *subscribers: Callable[[Texts], None]) -> None:
        """Call these with the texts of each language from the next change on: they draw words."""
        self._subscribers += subscribers

    async def open(self, asked: str) -> None:
        """Fill the page with words: in the language `asked` for, else the stored choice, else the browser's.

        Raises ConfigError when neither that catalog nor the English one can be read.
        """
        self._page.options("interface-language", self._languages.own_names(list(LANGUAGES)))
        self._page.on("interface-language", "change", in_background(self._chosen))
        language = best_language([asked, self._languages.kept()] + self._languages.preferred())
        try:
            await self._use(language)
        except ConfigError:
            if language == LANGUAGES[0]:
                raise
            await self._use(LANGUAGES[0])

    async def forget(self) -> None:
        """Delete the stored choice and return to the language that the browser prefers."""
        self._languages.keep("")
        try:
            await self._use(best_language(self._languages.preferred()))
        except ConfigError:
            return

    async def _chosen(self) -> None:
        """Change to the language chosen; if its catalog cannot be read, the list shows the old one again."""
        language = self._page.value("interface-language")
        try:
            await self._use(language, keep=True)
        except ConfigError:
            self._page.set_value("interface-language", self._shown)

    async def _use(self, language: str, keep: bool = False) -> None:
        """Read a catalog and show it, unless another language was chosen while it was being read."""
        self._wanted = language
        texts = Texts(language, _sentences(await self._read(language)))
        if language != self._wanted:
            return
        was_shown, self._shown = self._shown != "", language
        if keep:
            self._languages.keep(language)
        for _ in self._steps(texts):
            if was_shown:
                # In one go the change would block the page's sound for longer than a jitter buffer holds.
                await asyncio.sleep(REPAINT_S)
            if language != self._shown:
                return

    def _steps(self, texts: Texts) -> Iterator[None]:
        """Draw page and subscribers in this language, a few elements at each step."""
        self._page.set_value("interface-language", texts.language)
        for _ in self._page.translate(texts.language, texts.direction, texts.sentences):
            yield
        for set_texts in self._subscribers:
            yield
            set_texts(texts)


def _sentences(catalog: str) -> "dict[str, Any]":
    try:
        sentences = json.loads(catalog)
    except ValueError:
        sentences = None
    if not isinstance(sentences, dict) or not all(isinstance(said, str) for said in sentences.values()):
        raise ConfigError("This page's sentences cannot be read.", code=codes.CATALOG_UNREADABLE)
    return sentences
