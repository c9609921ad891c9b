"""The account's own talks on the speaker page: how one went, one that waits, one that runs elsewhere."""

import pytest
from playwright.sync_api import Locator, expect

from pylib.ui.i18n import LANGUAGES
from tests.e2e.looks import inspect, speak
from tests.e2e.pages import STATE_MS, Speaker, Stage
from tests.e2e.test_sizes import NARROW, expect_fit


@pytest.mark.long
def test_a_talk_is_read_of_opened_again_and_ended_from_another_browser(own_stage: Stage) -> None:
    stage, url = own_stage, f"{own_stage.url}/speaker/"
    first, second, listener = stage.speaker(), stage.speaker(), stage.silent_listener()
    listener.open(first.go_live(url))
    listener.listen()
    first.expect_text("listener-count", "1")
    ended = code_of(first)
    first.end()

    second.open(url)
    second.expect_hidden("talks")
    second.sign_in()
    [row] = unfold(second, 1)
    expect(row.get_by_test_id("talk-code")).to_have_text(ended)
    expect(row.get_by_test_id("talk-status")).to_have_text("Ended")
    for name, value in (("talk-most", "1"), ("talk-total", "1"), ("talk-lost", "0")):
        expect(row.get_by_test_id(name)).to_have_text(value)
    expect(row.get_by_test_id("talk-listened")).to_have_accessible_name(
        "How long people listened: under 1 min: 1"
    )
    expect(row.get_by_test_id("bar-count")).to_have_text(["1", "", "", "", "", ""])
    expect(row.get_by_test_id("talk-open")).to_be_hidden()

    # A talk whose tab was closed waits; another browser knows nothing of it but by the list.
    first.click("start")
    first.expect_state("live")
    waiting = code_of(first)
    first.page.close()
    fold(second)
    row, _ = unfold(second, 2)
    expect(row.get_by_test_id("talk-status")).to_have_text("Waiting for you")
    row.get_by_test_id("talk-open").click()
    second.expect_state("live")
    second.expect_text("session-id", waiting)
    second.expect_hidden("talks")

    # And one that runs there is ended from a third place, which asks first.
    third = stage.speaker()
    third.open(url)
    third.sign_in()
    row, _ = unfold(third, 2)
    expect(row.get_by_test_id("talk-status")).to_have_text("Running on another page or device")
    row.get_by_test_id("talk-end").click()
    expect(row.get_by_test_id("talk-end-yes")).to_be_focused()
    inspect(third, "own-talks")
    for language in LANGUAGES:
        speak(third, language)
        expect_fit(third, NARROW, f"own-talks-{language}")
    speak(third, LANGUAGES[0])
    row.get_by_test_id("talk-end-no").click()
    expect(row.get_by_test_id("talk-end")).to_be_focused()
    row.get_by_test_id("talk-end").click()
    row.get_by_test_id("talk-end-yes").click()
    third.expect_text("talks-told", "That talk has ended.")
    expect(row.get_by_test_id("talk-status")).to_have_text("Ended")
    second.expect_state("ended")


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
