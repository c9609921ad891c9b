"""Keys are shown where there is a keyboard; with the person's own colours, on and off are told apart."""

from typing import Any

from playwright.sync_api import expect

from tests.e2e.looks import PHONE
from tests.e2e.pages import Listener, Stage

HINTS = """() => [...document.querySelectorAll("[data-key]:not(input)")].map(
  (element) => getComputedStyle(element, "::after").content).filter((content) => content !== "none")"""

KNOB = """(element) => {
  const { backgroundColor, backgroundImage, backgroundPosition } = getComputedStyle(element, "::after");
  return [backgroundColor, backgroundImage, backgroundPosition];
}"""

FOCUS = "(element) => { element.focus(); return getComputedStyle(element).outlineColor; }"
GROUND = "() => getComputedStyle(document.body).backgroundColor"


def knob(listener: Listener) -> Any:
    return listener.see("save-data").evaluate(KNOB)


def test_switches_are_told_apart_in_forced_colours_and_keys_are_shown_beside_keyboards_only(
    stage: Stage, talk: str
) -> None:
    listener, phone = (
        stage.silent_listener(),
        stage.silent_listener(viewport=PHONE, has_touch=True, is_mobile=True),
    )
    for visitor in (listener, phone):
        visitor.open(talk)
        visitor.page.locator("summary").click()
    assert len(listener.page.evaluate(HINTS)) >= 3
    expect(listener.see("shortcuts-open")).to_be_visible()
    assert phone.page.evaluate(HINTS) == []
    expect(phone.see("shortcuts-open")).to_be_hidden()

    for colours in ("light", "dark"):
        listener.page.emulate_media(forced_colors="active", color_scheme=colours, reduced_motion="reduce")
        listener.page.keyboard.press("Tab")
        off = knob(listener)
        assert listener.see("save-data").evaluate(FOCUS) != listener.page.evaluate(GROUND)
        listener.click("save-data")
        on = knob(listener)
        assert all(one != other for one, other in zip(off, on, strict=True)), (off, on)
        listener.picture(f"forced-{colours}")
        listener.click("save-data")
