"""A listener's sound in real Chromium: not there yet, late after a pause, and stopped from outside."""

import re
import time

from playwright.sync_api import Route, expect

from tests.e2e.looks import inspect
from tests.e2e.pages import STATE_MS, Listener, Stage

PAUSE_MS = 6_000
"""Catching up with it, 15 % faster, takes 20 s until it is short enough to hide the button."""

BEHIND_S = 3.0
SLACK_S = 2.0
LIVE_MS = 2_000
LIVE_WITHIN_MS = 10_000
"""Too short to catch up with a pause, 15 % faster."""

TARGET_PX = 44

KEEP_CONTEXTS = """
const Original = window.AudioContext;
window.__contexts = [];
window.AudioContext = class extends Original {
  constructor(...options) {
    super(...options);
    window.__contexts.push(this);
  }
};
"""

STOP = """(state) => {
  const context = window.__contexts.at(-1);
  window.__resumed = 0;
  context.resume = () => { window.__resumed++; return Promise.resolve(); };
  if (state) Object.defineProperty(context, "state", { get: () => state });
  return context.suspend();
}"""

SEEN = "document.dispatchEvent(new Event('visibilitychange'))"


def test_after_a_pause_a_listener_hears_on_and_may_go_back_to_live(stage: Stage, talk: str) -> None:
    listener = stage.listener(viewport={"width": 320, "height": 640})
    listener.hear(talk)
    begun_s = time.monotonic()
    listener.click("pause")
    listener.expect_state("paused")
    listener.page.wait_for_timeout(PAUSE_MS)
    listener.click("pause")
    paused_s = time.monotonic() - begun_s
    listener.expect_sentence("You are hearing what was said during your pause.")
    listener.expect_speech()
    expect(listener.see("delay")).to_have_text(re.compile(r"^\d+\.\d s$"))
    assert BEHIND_S <= float(listener.see("delay").inner_text().split()[0]) <= paused_s + SLACK_S
    button = listener.see("back-to-live")
    expect(button).to_be_visible()
    # During another pause there is all the time in the world to look at it.
    listener.click("pause")
    listener.expect_state("paused")
    expect(button).to_be_visible()
    inspect(listener, "behind")
    box = button.bounding_box()
    assert box["height"] >= TARGET_PX
    assert listener.page.evaluate("document.documentElement.scrollWidth") <= 320
    listener.click("pause")
    listener.expect_state("live")
    button.focus()
    listener.page.keyboard.press("Enter")
    expect(button).to_be_hidden(timeout=STATE_MS)
    expect(listener.see("pause")).to_be_focused()
    listener.expect_sentence("You are listening live.")
    listener.expect_speech()
    expect_live_sound(listener)


def expect_live_sound(listener: Listener) -> None:
    """Nothing old is heard; a moment that a busy machine holds up is made up for at once."""
    listener.page.wait_for_function(f"window.lectern.stats().delayMs < {LIVE_MS}", timeout=LIVE_WITHIN_MS)


def deaf_listener(stage: Stage, talk: str, state: str) -> Listener:
    """Somebody whose sound was stopped from outside, in this state of the AudioContext."""
    listener = stage.listener()
    listener.context.add_init_script(KEEP_CONTEXTS)
    listener.hear(talk)
    listener.expect_speech()
    listener.keep_said()
    listener.page.evaluate(STOP, state)
    listener.expect_said("buffering: ")
    return listener


def contexts(listener: Listener) -> int:
    return int(listener.page.evaluate("window.__contexts.length"))


def test_a_server_that_takes_its_time_is_waited_for(stage: Stage, talk: str) -> None:
    listener = stage.listener()
    asked: list[Route] = []

    def hold(route: Route) -> None:
        asked.append(route)

    listener.page.route("**/sessions/*", hold)
    listener.page.goto(talk)
    listener.expect_state("connecting")
    inspect(listener, "connecting")
    listener.expect_state("connecting")
    asked[-1].continue_()
    listener.expect_state("ready")


def test_sound_that_stands_still_is_built_anew_by_itself(stage: Stage, talk: str) -> None:
    listener = deaf_listener(stage, talk, "")
    listener.expect_state("live")
    assert contexts(listener) == 2
    expect_live_sound(listener)


def test_an_interruption_is_left_alone_until_the_page_is_seen_again(stage: Stage, talk: str) -> None:
    listener = deaf_listener(stage, talk, "interrupted")
    inspect(listener, "buffering")
    listener.page.wait_for_timeout(3_000)
    listener.expect_state("buffering")
    assert contexts(listener) == 1
    assert listener.page.evaluate("window.__resumed") == 0
    listener.page.evaluate(SEEN)
    listener.expect_state("live")
    assert contexts(listener) == 2
    assert listener.page.evaluate("window.__resumed") == 0
