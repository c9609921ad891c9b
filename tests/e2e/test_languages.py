"""Both pages in Arabic and in German: chosen by the browser, changed by the person, found again."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.pages import Stage, Visitor
from tests.e2e.servers import TOP

PHONE = {"width": 390, "height": 844}
LANDING = (TOP / "index.html").read_text(encoding="utf-8")
"""Its languages stand there by their own names, in the order in which the pages offer them."""

NO_CODE = {
    "ar": "اكتب الرمز",
    "de": "Geben Sie den Code ein",
    "en": "Type the code",
}
SIGN_IN = {"ar": "سجّل الدخول لتتحدث.", "de": "Melden Sie sich an", "en": "Sign in to speak."}

CHOOSE_AND_MUTE = """(language) => {
  const pressing = new MutationObserver(() => {
    pressing.disconnect();
    document.querySelector("[data-testid=mute]").click();
  });
  pressing.observe(document.querySelector("title"), { attributeFilter: ["lang"] });
  const choice = document.querySelector("[data-testid=interface-language]");
  choice.value = language;
  choice.dispatchEvent(new Event("change"));
}"""
"""Mute is pressed when the first words have changed and the others have not."""


LANGUAGES_SHOWN = """() => [...document.querySelectorAll("main [lang]")]
  .filter((part) => part.checkVisibility()).map((part) => part.lang)"""
"""Not the note for a page that does not start: it is hidden, and says a line in each language."""


def expect_language(visitor: Visitor, language: str, sentence: str) -> None:
    html = visitor.page.locator("html")
    expect(html).to_have_attribute("lang", language)
    expect(html).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
    visitor.expect_sentence(sentence)
    expect(visitor.see("interface-language")).to_have_value(language)
    assert visitor.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    said = visitor.page.evaluate(LANGUAGES_SHOWN)
    assert set(said) == {language}


def choose(visitor: Visitor, language: str) -> None:
    visitor.see("interface-language").select_option(language)


@pytest.mark.parametrize("page", ["listener/", "listener/pyodide.html", "speaker/"])
def test_a_page_speaks_the_browsers_language_and_keeps_another_that_was_chosen(
    stage: Stage, page: str
) -> None:
    sentences = SIGN_IN if page == "speaker/" else NO_CODE
    visitor = stage.silent_listener(locale="de-CH", viewport=PHONE)
    visitor.open(f"{stage.url}/{page}")
    expect_language(visitor, "de", sentences["de"])
    visitor.picture("de")
    names = visitor.see("interface-language").locator("option").all_inner_texts()
    assert names == ["English", *re.findall(r"<li lang=.*?<span>(.*?)</span>", LANDING)]
    catalogs = [url for url in visitor.requested if "/languages/" in url]
    assert [url.rpartition("/")[2] for url in catalogs] == ["de.json"]
    choose(visitor, "ar")
    expect_language(visitor, "ar", sentences["ar"])
    visitor.page.reload()
    visitor.open(visitor.page.url)
    expect_language(visitor, "ar", sentences["ar"])
    visitor.picture("ar")
    visitor.open(f"{stage.url}/{page}?lang=en")
    expect_language(visitor, "en", sentences["en"])
    choose(visitor, "de")
    expect_language(visitor, "de", sentences["de"])
    visitor.open(visitor.page.url)
    expect_language(visitor, "de", sentences["de"])


def test_a_talk_goes_on_while_both_change_their_language(stage: Stage) -> None:
    speaker = stage.speaker(locale="ar", viewport=PHONE)
    listener = stage.listener(locale="ar-EG", viewport=PHONE)
    speaker.open(f"{stage.url}/speaker/")
    speaker.sign_in()
    expect(speaker.see("source-language")).to_have_value("ar")
    assert "الألمانية" in speaker.see("source-language").locator("option").all_inner_texts()
    speaker.picture("ready-ar")
    listener.hear(speaker.start())
    listener.expect_speech()
    speaker.expect_text("hearing-count", "1")
    speaker.expect_text("audience-languages", "العربية: 1")
    speaker.picture("live-ar")
    listener.picture("live-ar")
    listener.expect_text("language", "الأصلية (العربية)")
    for visitor in (speaker, listener):
        visitor.page.evaluate(CHOOSE_AND_MUTE, "fr")
        expect(visitor.page.locator("html")).to_have_attribute("lang", "fr")
        visitor.click("mute")
        choose(visitor, "de")
        expect(visitor.page.locator("html")).to_have_attribute("lang", "de")
        visitor.expect_state("live")
        expect(visitor.see("pause")).to_have_text("Pause")
    expect_language(speaker, "de", "Sie sind live.")
    speaker.expect_text("audience-languages", "Deutsch: 1")
    expect_language(listener, "de", "Sie hören live zu.")
    listener.expect_text("language", "Original (Arabisch)")
    expect(listener.see("delay")).to_have_text(re.compile(r"^(unter )?\d,\d s$"))
    listener.expect_speech()
    speaker.picture("live-de")
    listener.picture("live-de")
    speaker.end()
    speaker.expect_sentence("Ihr Vortrag ist zu Ende.")
    listener.expect_sentence("Dieser Vortrag ist zu Ende.")
