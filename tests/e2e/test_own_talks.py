"""The account's own talks on the speaker page: how one went, one that waits, one that runs elsewhere."""

import pytest
from playwright.sync_api import Locator, expect

from pylib.ui.i18n import LANGUAGES
from tests.e2e.looks import inspect, speak
from tests.e2e.pages import STATE_MS, Speaker, Stage
from tests.e2e.test_sizes import NARROW, expect_fit


@pytest.mark.long
def test_a_talk_is_read_of_opened_again_and_ended_from_another_browser(own_stage: Stage) -> None:
    first, second, third = (own_stage.speaker() for _ in range(3))
    url = f"{own_stage.url}/speaker/"
    ended = talk_with_one_listener(own_stage, first, url)
    read_of_it(second, url, ended)

    # A talk whose tab was closed waits; another browser knows nothing of it but by the list.
    first.click("start")
    first.expect_state("live")
    waiting = code_of(first)
    first.page.close()
    open_it_again(second, waiting)

    # And one that runs there is ended from a third place, which asks first.
    end_it_elsewhere(third, url)
    second.expect_state("ended")


def talk_with_one_listener(stage: Stage, speaker: Speaker, url: str) -> str:
    """A talk from its start to its end; returns its code."""
    listener = stage.silent_listener()
    listener.open(speaker.go_live(url))
    listener.listen()
    speaker.expect_text("listener-count", "1")
    code = code_of(speaker)
    speaker.end()
    return code


def read_of_it(speaker: Speaker, url: str, code: str) -> None:
    speaker.open(url)
    speaker.expect_hidden("talks")
    speaker.sign_in()
    [row] = unfold(speaker, 1)
    expect(row.get_by_test_id("talk-code")).to_have_text(code)
    expect(row.get_by_test_id("talk-status")).to_have_text("Ended")
    for name, value in (("talk-most", "1"), ("talk-total", "1"), ("talk-lost", "0")):
        expect(row.get_by_test_id(name)).to_have_text(value)
    told = "How long people listened: under 1 min: 1"
    expect(row.get_by_test_id("talk-listened")).to_have_accessible_name(told)
    expect(row.get_by_test_id("bar-count")).to_have_text(["1", "", "", "", "", ""])
    expect(row.get_by_test_id("talk-open")).to_be_hidden()


def open_it_again(speaker: Speaker, code: str) -> None:
    fold(speaker)
    row, _ = unfold(speaker, 2)
    expect(row.get_by_test_id("talk-status")).to_have_text("Waiting for you")
    row.get_by_test_id("talk-open").click()
    speaker.expect_state("live")
    speaker.expect_text("session-id", code)
    speaker.expect_hidden("talks")


def end_it_elsewhere(speaker: Speaker, url: str) -> None:
    speaker.open(url)
    speaker.sign_in()
    row, _ = unfold(speaker, 2)
    expect(row.get_by_test_id("talk-status")).to_have_text("Running on another page or device")
    row.get_by_test_id("talk-end").click()
    expect(row.get_by_test_id("talk-end-yes")).to_be_focused()
    inspect(speaker, "own-talks")
    for language in LANGUAGES:
        speak(speaker, language)
        expect_fit(speaker, NARROW, f"own-talks-{language}")
    speak(speaker, LANGUAGES[0])
    row.get_by_test_id("talk-end-no").click()
    expect(row.get_by_test_id("talk-end")).to_be_focused()
    row.get_by_test_id("talk-end").click()
    row.get_by_test_id("talk-end-yes").click()
    speaker.expect_text("talks-told", "That talk has ended.")
    expect(row.get_by_test_id("talk-status")).to_have_text("Ended")


def code_of(speaker: Speaker) -> str:
    return str(speaker.see("session-id").text_content())


def unfold(speaker: Speaker, talks: int) -> list[Locator]:
    """The list's rows, once it shows so many."""
    speaker.click("talks-summary")
    rows = speaker.see("talk-list").locator("> li")
    expect(rows).to_have_count(talks, timeout=STATE_MS)
    return [rows.nth(number) for number in range(talks)]


def fold(speaker: Speaker) -> None:
    speaker.click("talks-summary")
    expect(speaker.see("talk-list")).to_be_hidden()
