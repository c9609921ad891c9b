"""Portable: sentences by key, and which language a page speaks."""

import asyncio

from pylib.errors import ConfigError, HttpError
from pylib.session.error_texts import phrase_for_code, phrase_for_error
from pylib.ui.i18n import REPAINT_S, InterfaceLanguage, Phrase, Texts, best_language, phrase
from tests.support.english import catalog
from tests.support.fake_languages import FakeLanguages
from tests.support.fake_page import FakePage
from tests.support.listener_harness import CODE, ListenerHarness
from tests.support.portable import async_raises

TEXTS = Texts("en", {"lost": "In use now: {microphone}", "error.HTTP_409": "It has changed."})


def test_a_value_stands_where_the_sentence_wants_it_and_is_taken_as_it_is() -> None:
    assert TEXTS.get("lost", microphone="{microphone} 2") == "In use now: {microphone} 2"
    assert TEXTS.say(phrase("lost", microphone="Desk")) == "In use now: Desk"


def test_nothing_to_say_is_no_words() -> None:
    assert TEXTS.say(None) == ""


def test_what_a_catalog_lacks_is_said_in_english_or_named() -> None:
    assert TEXTS.say(Phrase("error.NEW", {}, "Something new.")) == "Something new."
    assert TEXTS.get("unknown") == "unknown"
    assert Texts("en", {}).get("unknown") == ""


def test_an_error_is_told_by_its_code_and_codes_may_share_a_sentence() -> None:
    assert TEXTS.say(phrase_for_code("HTTP_412", "Precondition failed.")) == "It has changed."
    assert (
        TEXTS.say(phrase_for_error(HttpError("No teapot.", status_code=418, code="HTTP_418"))) == "No teapot."
    )


def test_the_first_wish_that_can_be_met_counts_by_its_main_language() -> None:
    for wishes, language in (
        (["", "", "pt-BR", "en"], "pt"),
        (["", "", "nl", "DE-at", "fr"], "de"),
        (["zh-Hant-TW"], "zh"),
        (["xx", "tlh"], "en"),
        ([], "en"),
        (["ar", "de", "fr"], "ar"),
    ):
        assert best_language(wishes) == language, wishes


def test_arabic_is_written_from_right_to_left() -> None:
    assert (Texts("ar", {}).direction, Texts("de", {}).direction) == ("rtl", "ltr")


async def settled() -> None:
    """Whatever began before has gone on after a pause of its own, on however slow a machine."""
    for _ in range(3):
        await asyncio.sleep(REPAINT_S)


class Reader:
    """Gives catalogs of one sentence; those in `broken` cannot be had."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.broken: list[str] = []
        self.garbled: list[str] = []
        self.hollow: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}

    async def read(self, language: str) -> str:
        self.asked.append(language)
        if language in self.gates:
            await self.gates[language].wait()
        if language in self.broken:
            raise ConfigError("It cannot be reached.")
        if language in self.hollow:
            return '{"pause": null}'
        return "[" if language in self.garbled else '{"pause": "' + language + '"}'


class Visit:
    """A page that is about to speak some language."""

    def __init__(self, *preferred: str) -> None:
        self.page = FakePage("listener")
        self.languages = FakeLanguages(*preferred)
        self.reader = Reader()
        self.spoken: list[str] = []
        self.interface = InterfaceLanguage(self.page, self.languages, self.reader.read)
        self.interface.subscribe(self._speak)

    def _speak(self, texts: Texts) -> None:
        self.spoken.append(texts.language)

    async def choose(self, language: str) -> None:
        self.page.set_value("interface-language", language)
        self.page.do("interface-language", "change")
        await settled()


async def test_the_browsers_language_is_spoken_and_just_one_catalog_read() -> None:
    visit = Visit("de-CH", "fr")
    await visit.interface.open("")
    assert (visit.spoken, visit.reader.asked) == (["de"], ["de"])
    assert visit.page.language == ("de", "ltr")
    assert visit.page.sentences == {"pause": "de"}
    assert visit.page.values["interface-language"] == "de"
    assert ("hi", "hi in hi") in visit.page.choices["interface-language"]


async def test_a_choice_is_kept_and_counts_more_than_the_browser_and_less_than_the_address() -> None:
    visit = Visit("de")
    await visit.interface.open("")
    await visit.choose("ar")
    assert (visit.spoken[-1], visit.languages.choice) == ("ar", "ar")
    assert visit.page.language == ("ar", "rtl")
    await visit.interface.open("")
    assert visit.spoken[-1] == "ar"
    await visit.interface.open("fr")
    assert (visit.spoken[-1], visit.languages.choice) == ("fr", "ar")


async def test_a_catalog_that_cannot_be_had_leaves_the_page_in_english() -> None:
    for trouble in ("broken", "garbled", "hollow"):
        visit = Visit("fr")
        getattr(visit.reader, trouble).append("fr")
        await visit.interface.open("")
        assert (visit.spoken, visit.page.values["interface-language"]) == (["en"], "en")


async def test_without_even_english_the_page_cannot_be_used() -> None:
    visit = Visit("fr")
    visit.reader.broken += ["fr", "en"]
    await async_raises(ConfigError, visit.interface.open(""))


async def test_a_choice_that_cannot_be_had_changes_nothing() -> None:
    visit = Visit("de")
    await visit.interface.open("")
    visit.reader.broken.append("hi")
    await visit.choose("hi")
    assert (visit.spoken, visit.page.values["interface-language"]) == (["de"], "de")
    assert visit.languages.choice == ""


async def test_of_two_quick_choices_the_second_counts_whichever_catalog_comes_first() -> None:
    visit = Visit("de")
    await visit.interface.open("")
    visit.reader.gates["fr"] = asyncio.Event()
    await visit.choose("fr")
    await visit.choose("es")
    visit.reader.gates["fr"].set()
    await settled()
    assert (visit.spoken, visit.languages.choice) == (["de", "es"], "es")
    assert visit.page.language == ("es", "ltr")


async def test_a_second_choice_that_cannot_be_had_leaves_the_first_whole() -> None:
    visit = Visit("de")
    await visit.interface.open("")
    visit.reader.broken.append("hi")
    for language in ("fr", "hi"):
        visit.page.set_value("interface-language", language)
        visit.page.do("interface-language", "change")
        await asyncio.sleep(0)
    await settled()
    assert (visit.spoken, visit.page.values["interface-language"]) == (["de", "fr"], "fr")


async def test_a_page_that_plays_gets_its_new_words_a_few_at_a_time_so_that_sound_may_pass() -> None:
    visit = Visit("de")
    await visit.interface.open("")
    visit.page.set_value("interface-language", "fr")
    visit.page.do("interface-language", "change")
    for _ in range(5):
        await asyncio.sleep(0)
    assert (visit.page.language, visit.spoken) == (("fr", "ltr"), ["de"])
    await settled()
    assert visit.spoken == ["de", "fr"]


async def test_a_listener_changes_the_language_while_hearing() -> None:
    stage = await ListenerHarness().join()
    await stage.hear()
    english = stage.page.texts["state"]
    interface = InterfaceLanguage(stage.page, FakeLanguages("ar"), read_listener)
    interface.subscribe(stage.view.set_texts)
    await interface.open("")
    assert stage.state == "live"
    assert stage.page.texts["state"] not in ("", english, "state.live")
    assert "en in ar" in stage.page.choices["language"][0][1]
    await stage.app.open(CODE)
    assert stage.page.texts["state"] != "Ready when you are."


async def read_listener(language: str) -> str:
    return catalog("listener", language)
