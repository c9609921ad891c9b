"""A state as people meet it: light and dark, on a large screen and on a phone, read from right to left."""

import re
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ViewportSize, expect

from tests.e2e.pages import Visitor

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
RIGHT_TO_LEFT = "ar"
ARABIC = re.compile("[\u0600-\u06ff]")
LOOKS: list[tuple[Literal["light", "dark"], dict[str, Any]]] = [
    ("light", {"resultTypes": ["violations"]}),
    ("dark", {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}),
]
"""The colours, and what axe looks at: all its rules, its advice included; in the dark only colours differ."""

AWKWARD = """() => {
  const seen = (element) => element.getClientRects().length > 0;
  const all = (selector) => [...document.querySelectorAll(selector)].filter(seen);
  const name = (element) => element.dataset.testid || element.textContent;
  const small = all("button, a, select, input, summary").filter((element) => {
    const { width, height } = element.getBoundingClientRect();
    return Math.min(width, height) < 44;
  });
  for (const word of all(".air")) word.style.overflowWrap = "normal";
  const fits = (element) => element.scrollWidth <= element.clientWidth;
  const cut = all("button, summary, .air, main").filter((element) => !fits(element));
  for (const word of all(".air")) word.style.overflowWrap = "";
  return [...small.map((each) => "small: " + name(each)), ...cut.map((each) => "cut: " + name(each))];
}"""
"""What is too small for a thumb (WCAG 2.2, 2.5.5: 44 px), and words that do not fit where they stand."""


def inspect(visitor: Visitor, moment: str, *, online: bool = True) -> None:
    """Pictures of this moment in every look; axe finds nothing.

    `online` is false where no other language can be had: the server is away, or a dialog is open.
    """
    page, size = visitor.page, visitor.page.viewport_size
    try:
        for colours, options in LOOKS:
            # Without motion, as axe would measure the colours half way from one to the other.
            page.emulate_media(color_scheme=colours, reduced_motion="reduce")
            if colours == "light":  # in the dark only colours differ, which a phone shows as well
                page.set_viewport_size(DESKTOP)
                visitor.picture(f"{moment}-desktop-{colours}")
            page.set_viewport_size(PHONE)
            visitor.picture(f"{moment}-phone-{colours}")
            assert page.evaluate(AWKWARD) == []
            found = Axe().run(page, options=options)
            assert found.violations_count == 0, found.generate_report()
        language = visitor.see("interface-language")
        if online and language.is_visible():
            before = language.input_value()
            speak(visitor, RIGHT_TO_LEFT)
            expect(visitor.see("state")).to_contain_text(ARABIC)
            visitor.picture(f"{moment}-phone-{RIGHT_TO_LEFT}")
            assert page.evaluate(AWKWARD) == []
            speak(visitor, before)
    finally:
        page.emulate_media(color_scheme="null", reduced_motion="null")
        if size:
            page.set_viewport_size(size)


def speak(visitor: Visitor, language: str) -> None:
    """The page in another language."""
    visitor.see("interface-language").select_option(language)
    expect(visitor.page.locator("html")).to_have_attribute("lang", language)
