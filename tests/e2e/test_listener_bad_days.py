"""What goes wrong on the listener page says so in one sentence and shows what to do next."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Launch
from tests.e2e.headless_talk import HeadlessTalk, headless_talk
from tests.e2e.looks import inspect
from tests.e2e.pages import Listener, Stage, open_together
from tests.e2e.servers import limited_server

ANSWER_MS = 90_000
UNKNOWN = "quiet-river-000"
PRESS_WITHOUT_A_TAP = """
const pressed = setInterval(() => {
  const button = document.querySelector("[data-testid=listen]");
  if (!button || button.hidden) return;
  clearInterval(pressed);
  button.click();
  setTimeout(() => console.info("pressed"), 0);
}, 50);
"""
"""Done by the page itself: whatever playwright does counts as a tap for the browser."""


@pytest.fixture
def shy_browser(launch: Launch) -> Iterator[Browser]:
    """Plays no sound before somebody taps."""
    launched = launch()
    yield launched
    launched.close()


def expect_code_box(listener: Listener, state: str, words: str) -> None:
    listener.expect_state(state, ANSWER_MS)
    expect(listener.page.locator("main")).to_contain_text(words)
    expect(listener.see("session-code")).to_be_visible()
    listener.expect_hidden("listen")


def type_code(listener: Listener, code: str) -> None:
    listener.see("session-code").fill(code)
    listener.click("join")


def test_codes_that_lead_nowhere_and_one_that_does(stage: Stage, own_talk: HeadlessTalk) -> None:
    listener, code = stage.listener(), own_talk.code
    listener.open(f"{stage.url}/listener/")
    listener.expect_state("ready")
    listener.expect_sentence("Type the code that the speaker shows")
    expect(listener.see("join-form")).to_be_visible()
    inspect(listener, "no-code")
    type_code(listener, "what?")
    expect_code_box(listener, "not-found", "A code has two words and three digits")
    type_code(listener, UNKNOWN)
    expect_code_box(listener, "not-found", "no talk with this code")
    expect(listener.see("session-code")).to_have_value(UNKNOWN)
    inspect(listener, "not-found")
    type_code(listener, f" {code.upper()} ")
    listener.expect_state("ready")
    inspect(listener, "ready")
    listener.click("listen")
    listener.expect_speech()
    own_talk.end()
    listener.open(f"{stage.url}/listener/?s={code}")
    expect_code_box(listener, "ended", "This talk has ended.")
    listener.open(f"{stage.url}/listener/?s=..%2F..%2Fhealth%3Cb%3E")
    expect_code_box(listener, "not-found", "A code has two words and three digits")


def test_a_talk_that_is_full(browser: Browser, artifacts: Path, tmp_path: Path) -> None:
    with limited_server(tmp_path, max_listeners=1) as url, headless_talk(url) as talk:
        stage = Stage(browser, url, artifacts)
        first, second = stage.silent_listener(), stage.silent_listener()
        open_together((first, talk.link), (second, talk.link))
        first.listen()
        second.click("listen")
        second.expect_state("full")
        second.expect_sentence("This talk is full at the moment")
        inspect(second, "full")
        first.page.close()
        while talk.listeners:  # pytest's own timeout ends this
            second.page.wait_for_timeout(100)
        second.click("listen")
        second.expect_state("live")
        stage.close()


def test_sound_that_the_browser_blocks_until_a_tap(stage: Stage, talk: str, shy_browser: Browser) -> None:
    listener = stage.listener(browser=shy_browser)
    listener.context.add_init_script(PRESS_WITHOUT_A_TAP)
    with listener.page.expect_console_message(lambda message: message.text == "pressed", timeout=ANSWER_MS):
        listener.page.goto(talk)
    listener.expect_state("blocked")
    listener.expect_sentence("Your browser is keeping the sound off. Tap “Listen” once more.")
    inspect(listener, "blocked")
    listener.click("listen")
    listener.expect_state("live")
    listener.expect_speech()
