"""Pages fit where they are shown, before a talk and during it, in every language."""

import pytest
from playwright.sync_api import ViewportSize, expect

from pylib.ui.i18n import LANGUAGES
from tests.e2e.looks import AWKWARD, speak
from tests.e2e.pages import Speaker, Stage, Visitor, open_together

NARROW: ViewportSize = {"width": 320, "height": 640}
ZOOMED: ViewportSize = {"width": 640, "height": 400}
"""What is left of 1280 x 800 when everything is shown at 200 %."""

PROJECTOR: ViewportSize = {"width": 1920, "height": 1080}


def expect_fit(visitor: Visitor, size: ViewportSize, moment: str) -> None:
    """Nothing is cut off, too small for a thumb, or to be scrolled to sideways."""
    visitor.page.set_viewport_size(size)
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= size["width"], moment
    assert visitor.page.evaluate(AWKWARD) == [], moment
    visitor.picture(f"{moment}-{size['width']}")


@pytest.mark.long
def test_both_pages_fit_a_narrow_phone_in_every_language(stage: Stage) -> None:
    speaker, listener = stage.speaker(), stage.silent_listener()
    open_together((speaker, f"{stage.url}/speaker/"), (listener, f"{stage.url}/listener/"))
    for visitor in (speaker, listener):
        for language in LANGUAGES:
            speak(visitor, language)
            expect_fit(visitor, NARROW, language)
    speak(speaker, "en")
    speaker.sign_in()
    listener.hear(speaker.start())
    for visitor in (speaker, listener):
        for language in LANGUAGES:
            speak(visitor, language)
            visitor.expect_state("live")
            expect_fit(visitor, NARROW, f"live-{language}")


def test_a_talk_fits_a_page_at_twice_its_size_and_a_projector(stage: Stage) -> None:
    speaker, listener = stage.speaker(), stage.silent_listener()
    listener.hear(speaker.go_live(f"{stage.url}/speaker/"))
    for size in (ZOOMED, PROJECTOR):
        for visitor in (speaker, listener):
            expect_fit(visitor, size, "live")
        expect_code_to_fit(speaker, size)


def expect_code_to_fit(speaker: Speaker, size: ViewportSize) -> None:
    """All of it, and the button to close it."""
    speaker.click("show-qr")
    code, close = speaker.see("qr-large").bounding_box(), speaker.see("qr-close").bounding_box()
    assert code["y"] >= 0
    assert close["y"] + close["height"] <= size["height"]
    speaker.picture(f"code-{size['width']}")
    speaker.page.keyboard.press("Escape")
    expect(speaker.see("qr-dialog")).to_be_hidden()
