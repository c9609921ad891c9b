"""What a page says: the sentences of one language by key, from a catalog file. Portable.

Catalogs are <page>/languages/<code>.json; docs/translating.md explains them. Logic hands on
phrases, views turn them into words: so a page can change its language in the middle of a talk.
"""

import asyncio
import json
from typing import Any, Awaitable, Callable, Iterator, NamedTuple

from pylib.errors import ConfigError
from pylib.protocol import codes
from pylib.tasks import in_background
from pylib.ui.ports import Languages, Page

LANGUAGES = ("en", "es", "fr", "de", "pt", "ar", "zh", "hi")
"""Those there are catalogs for; the first is the one the others are translated from."""

REPAINT_S = 0.02
"""Time for the browser to lay out and paint, and for sound to pass: a frame at 60 Hz takes 17 ms.
`asyncio.sleep(0)` would not end the browser's task on MicroPython."""

RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")

OTHER = "error.other"
"""What is said of an error that a catalog has no sentence for."""

Phrase = NamedTuple("Phrase", [("key", str), ("values", "dict[str, str]"), ("english", str)])
"""Something to say: a catalog's key, what to put in place of {name}, and what to say without the key."""


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
        """The sentence; its bare key where a catalog lacks it (a test finds that), nothing without one."""
        text = self.sentences.get(key, key if self.sentences else "")
        for name, value in values.items():
            text = text.replace("{" + name + "}", value)
        return text

    def say(self, said: "Phrase | None") -> str:
        """A phrase in words; nothing when there is nothing to say.

        One that comes with its English needs no catalog entry: in another language OTHER is said then,
        unless it has no key, which is to say that English is meant.
        """
        if said is None:
            return ""
        if said.english and said.key not in self.sentences:
            in_english = not said.key or self.language == LANGUAGES[0]
            return said.english if in_english else self.sentences.get(OTHER, said.english)
        return self.get(said.key, **said.values)


def best_language(wishes: "list[str]") -> str:
    """The first wish (BCP 47: "pt-BR", "zh-Hans-CN") that there is a catalog for, by its main language."""
    for wish in wishes:
        main = wish.lower().partition("-")[0]
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
        """Who draws words: each is given the texts of every language that is chosen."""
        self._subscribers += subscribers

    async def open(self, asked: str) -> None:
        """Fill the page with words, in the language its address asks for, or was kept, or is preferred.

        Raises ConfigError when even English cannot be had.
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
        """What the person chose counts no more: the browser's preference again."""
        self._languages.keep("")
        try:
            await self._use(best_language(self._languages.preferred()))
        except ConfigError:
            return

    async def _chosen(self) -> None:
        """A language that cannot be had now leaves the page in the one before."""
        language = self._page.value("interface-language")
        try:
            await self._use(language, keep=True)
        except ConfigError:
            self._page.set_value("interface-language", self._shown)

    async def _use(self, language: str, keep: bool = False) -> None:
        """The last choice counts, not the last answer."""
        self._wanted = language
        texts = Texts(language, _sentences(await self._read(language)))
        if language != self._wanted:
            return
        was_shown, self._shown = self._shown != "", language
        if keep:
            self._languages.keep(language)
        for _ in self._steps(texts):
            if was_shown:
                # All at once would hold up the sound of a talk for longer than its listeners keep in store.
                await asyncio.sleep(REPAINT_S)
            if language != self._shown:
                return

    def _steps(self, texts: Texts) -> Iterator[None]:
        """Everything that says something says it in this language, a little at each step."""
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
