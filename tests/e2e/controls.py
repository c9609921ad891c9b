"""The controls of both pages, used again and again while a talk goes on."""

from playwright.sync_api import expect

from tests.e2e.pages import Listener, Speaker

LANGUAGES = ("de", "ar", "en")


def use_controls(speaker: Speaker, listener: Listener, second: int, language_s: int) -> None:
    """Volumes each second, what opens and closes in turn, other languages each `language_s` seconds.

    Only what may not be heard: pauses and mutes are silent on purpose.
    """
    speaker.see("input-volume").fill(str(100 + second % 3 * 10))
    listener.see("volume").fill(str(70 + second % 3 * 10))
    open_and_close(speaker, "qq?"[second % 3])
    if second % 2:
        open_and_close(listener, "?")
    else:
        listener.page.locator("summary").click()
    if second % language_s == language_s - 1:
        for visitor in (speaker, listener):
            visitor.see("interface-language").select_option(LANGUAGES[second // language_s % 3])


def open_and_close(visitor: Speaker | Listener, key: str) -> None:
    """The code over the whole screen, or the list of keys."""
    dialog = visitor.see("qr-dialog" if key == "q" else "shortcuts")
    visitor.see("pause").focus()
    visitor.page.keyboard.press(key)
    expect(dialog).to_be_visible()
    visitor.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
