"""The controls of both pages, used again and again while a talk goes on."""

from tests.e2e.pages import Listener, Speaker

LANGUAGES = ("de", "ar", "en")


def use_controls(speaker: Speaker, listener: Listener, second: int, language_s: int) -> None:
    """Volumes each second, another language on both pages each `language_s` seconds."""
    speaker.see("input-volume").fill(str(100 + second % 3 * 10))
    listener.see("volume").fill(str(70 + second % 3 * 10))
    if second % language_s == language_s - 1:
        for visitor in (speaker, listener):
            visitor.see("interface-language").select_option(LANGUAGES[second // language_s % 3])
