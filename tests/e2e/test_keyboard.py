"""From the landing page to the end of a talk with Tab, Enter and Space; whoever looks sees where they are."""

from playwright.sync_api import expect

from tests.e2e.pages import Stage, Visitor

MOST_TABS = 60
FOCUSED = """() => {
  const at = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  const { top, bottom } = at.getBoundingClientRect();
  return {
    name: at.dataset.testid || at.id || at.getAttribute("href") || at.tagName,
    outlined: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
    inView: bottom > 0 && top < innerHeight,
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
        assert focused["name"] == "BODY" or (focused["outlined"] and focused["inView"]), focused
        if focused["name"] == name:
            return
    raise AssertionError(f"Tab does not lead to {name}: {stops}")


def expect_place(visitor: Visitor) -> None:
    """Whatever was focused may be gone; the focus is not."""
    expect(visitor.page.locator("body")).not_to_be_focused()


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
