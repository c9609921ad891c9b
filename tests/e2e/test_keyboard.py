"""From the landing page to the end of a talk with Tab, Enter and Space; the focus is always visible."""

from playwright.sync_api import expect

from tests.e2e.pages import Stage, Visitor

MOST_TABS = 60
LEAST_CONTRAST = 3
"""Of the line around what has the focus, with the ground that it lies on (WCAG 2.2, 1.4.11)."""

FOCUSED = """() => {
  const at = document.activeElement;
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(at);
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const isSeen = (colour) => numbers(colour).length < 4 || numbers(colour)[3] > 0;
  const grounds = [];
  for (let under = at.parentElement; under; under = under.parentElement)
    grounds.push(getComputedStyle(under).backgroundColor);
  const linear = (part) => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const luminance = (colour) => {
    const [red, green, blue] = numbers(colour).map(linear);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = grounds.find(isSeen) ?? "rgb(255, 255, 255)";
  const [darker, lighter] = [luminance(outlineColor), luminance(ground)].sort((a, b) => a - b);
  const { top, bottom } = at.getBoundingClientRect();
  return {
    name: at.dataset.testid || at.id || at.getAttribute("href") || at.tagName,
    outlined: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
    inView: bottom > 0 && top < innerHeight,
    contrast: (lighter + 0.05) / (darker + 0.05),
  };
}"""


def press(visitor: Visitor, key: str) -> None:
    visitor.page.keyboard.press(key)


def tab_to(visitor: Visitor, name: str) -> None:
    """Every stop on the way is inside the window and has a line around it."""
    stops = []
    for _ in range(MOST_TABS):
        press(visitor, "Tab")
        focused = visitor.page.evaluate(FOCUSED)
        stops.append(focused["name"])
        # At the end of the page the browser's own controls come, then the page again.
        if focused["name"] != "BODY":
            assert focused["outlined"], focused
            assert focused["inView"], focused
            assert focused["contrast"] >= LEAST_CONTRAST, focused
        if focused["name"] == name:
            return
    raise AssertionError(f"Tab does not lead to {name}: {stops}")


def expect_place(visitor: Visitor) -> None:
    """Whatever was focused may be gone; the focus is not, and it is seen."""
    expect(visitor.page.locator("body")).not_to_be_focused()
    focused = visitor.page.evaluate(FOCUSED)
    assert focused["outlined"], focused
    assert focused["contrast"] >= LEAST_CONTRAST, focused


def test_a_talk_from_the_landing_page_to_its_end_by_tab_enter_and_space(stage: Stage) -> None:
    speaker, listener = stage.speaker(), stage.silent_listener()
    for visitor in (speaker, listener):
        visitor.page.goto(stage.url)
    tab_to(speaker, "speaker/")
    press(speaker, "Enter")
    speaker.expect_ready()
    tab_to(speaker, "login-submit")
    press(speaker, "Enter")
    expect(speaker.see("start")).to_be_visible()
    expect_place(speaker)
    tab_to(speaker, "start")
    press(speaker, "Enter")
    speaker.expect_state("live")
    expect_place(speaker)
    tab_to(listener, "s")
    listener.page.keyboard.type(str(speaker.see("session-id").text_content()))
    press(listener, "Enter")
    listener.expect_ready()
    listener.expect_state("ready")
    tab_to(listener, "listen")
    press(listener, "Space")
    listener.expect_state("live")
    expect_place(listener)
    for visitor in (listener, speaker):
        tab_to(visitor, "pause")
        for state in ("paused", "live"):
            press(visitor, "Space")
            visitor.expect_state(state)
            expect_place(visitor)
    tab_to(speaker, "end")
    press(speaker, "Enter")
    expect(speaker.see("end-confirm")).to_be_focused()
    press(speaker, "Enter")
    for visitor in (speaker, listener):
        visitor.expect_state("ended")
        expect_place(visitor)
