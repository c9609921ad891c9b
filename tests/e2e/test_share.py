"""What leads listeners to a talk: the link, and the code that a phone reads from screen and paper."""

import io

import zxingcpp
from PIL import Image
from playwright.sync_api import ViewportSize, expect

from pylib.ui.i18n import LANGUAGES
from tests.e2e.pages import Speaker, Stage

A4: ViewportSize = {"width": 794, "height": 1123}
"""In pixels of CSS, 96 to an inch."""

CLOSED_CLIPBOARD = """() => {
  navigator.clipboard.writeText = () => Promise.reject(new DOMException("closed", "NotAllowedError"));
}"""


def read_code(picture: bytes) -> str:
    """What a phone's camera would read."""
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    assert [str(code.format) for code in found] == ["QR Code"]
    return str(found[0].text)


def test_the_link_is_copied_and_the_code_on_page_screen_and_paper_is_the_link(stage: Stage) -> None:
    speaker = stage.speaker(permissions=["clipboard-read", "clipboard-write"])
    link = speaker.go_live(f"{stage.url}/speaker/")
    page = speaker.page
    the_link_is_copied_and_who_cannot_is_told(speaker, link)
    assert read_code(speaker.see("session").screenshot()) == link
    for colours in ("light", "dark"):
        page.emulate_media(color_scheme=colours)
        speaker.click("show-qr")
        assert read_code(page.screenshot()) == link
        trouble_is_told_over_the_code(speaker)
        speaker.click("qr-close")
    expect(speaker.see("show-qr")).to_be_focused()
    page.evaluate("window.print = () => {}")
    speaker.click("print-poster")
    expect(speaker.poster_line(LANGUAGES[-1])).not_to_be_empty()
    page.emulate_media(media="print")
    page.set_viewport_size(A4)
    speaker.picture("poster")
    assert read_code(page.screenshot()) == link


def trouble_is_told_over_the_code(speaker: Speaker) -> None:
    """The speaker sees nothing else then."""
    expect(speaker.see("qr-trouble")).to_be_hidden()
    speaker.page.keyboard.press("m")
    expect(speaker.see("qr-trouble")).to_contain_text("Nobody hears you.")
    speaker.picture("code-and-trouble")
    speaker.page.keyboard.press("m")
    expect(speaker.see("qr-trouble")).to_be_hidden()


def the_link_is_copied_and_who_cannot_is_told(speaker: Speaker, link: str) -> None:
    speaker.click("copy-link")
    speaker.expect_text("link-told", "The link is copied.")
    assert speaker.page.evaluate("navigator.clipboard.readText()") == link
    speaker.page.evaluate(CLOSED_CLIPBOARD)
    speaker.click("copy-link")
    expect(speaker.see("link-told")).to_contain_text("could not be copied")
