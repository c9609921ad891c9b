"""A browser that throws at the listener page: people read what is true, and Python's memory stays sound.

On MicroPython one exception of JavaScript in the wrong place ends all garbage collection; see
pylib/browser/bridge.py.
"""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.pages import Listener, Stage

REFUSING = Path(__file__).parent / "refusing.js"
FLOOD = 10_000
"""Messages of 2,000 characters. Kept by Python, they and what is read from them would fill 40 MB."""

SPARE_BYTES = 4_000_000
NO_LANGUAGE = "not-a-language-tag!"


@pytest.mark.parametrize("page", ["listener/", "listener/pyodide.html"])
def test_what_the_browser_refuses_is_said_or_tried_again(stage: Stage, talk: str, page: str) -> None:
    listener = stage.listener()
    listener.context.add_init_script(path=REFUSING)
    listener.open(talk.replace("listener/", page))
    listener.see("interface-language").select_option("de")
    expect(listener.see("listen")).to_have_text("Zuhören")
    listener.see("interface-language").select_option("en")
    listener.click("listen")
    listener.expect_notice("The sound could not be started.")
    listener.expect_state("ready")
    listener.click("listen")
    listener.expect_state("live")
    listener.expect_speech()
    refused = listener.page.evaluate("window.__refused")
    assert (refused.count("AudioContext"), refused.count("WebSocket")) == (1, 2)
    assert refused.count("localStorage") == 1


def flooded(listener: Listener) -> int:
    """How many bytes Python's memory grew by while the messages came."""
    before = int(listener.page.evaluate("window.__pythonBytes()"))
    listener.page.evaluate(f"window.__flood({FLOOD})")
    after = int(listener.page.evaluate("window.__pythonBytes()"))
    print(f"Python's memory: {before} bytes, after {FLOOD} messages {after}")
    return after - before


def test_after_that_garbage_is_still_collected(stage: Stage, talk: str) -> None:
    listener = stage.listener()
    listener.context.add_init_script(path=REFUSING)
    listener.open(talk)
    listener.click("listen")
    listener.expect_notice("The sound could not be started.")
    listener.click("listen")
    listener.expect_state("live")
    listener.tell_figures()
    lent = listener.stats()["lentCallbacks"]
    assert flooded(listener) <= SPARE_BYTES
    assert listener.stats()["lentCallbacks"] == lent
    listener.expect_state("live")
    listener.expect_speech()


def test_one_exception_in_a_plain_call_would_be_noticed(stage: Stage, talk: str) -> None:
    listener = stage.listener()
    listener.context.add_init_script(path=REFUSING)
    listener.open(talk)
    for _ in range(2):
        listener.click("listen")
    listener.expect_state("live")
    with listener.page.expect_event("pageerror"):
        listener.page.evaluate("window.__breakSending()")
    assert flooded(listener) > SPARE_BYTES
    listener.errors.clear()


def test_a_language_that_is_none_is_shown_as_it_came(stage: Stage, talk: str) -> None:
    listener = stage.listener()

    def in_no_language(route: Route) -> None:
        session: dict[str, Any] = route.fetch().json()
        route.fulfill(json={**session, "sourceLanguage": NO_LANGUAGE})

    listener.page.route("**/sessions/*", in_no_language)
    listener.hear(talk)
    expect(listener.see("language")).to_contain_text(NO_LANGUAGE)
