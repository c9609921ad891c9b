"""Browsers whose services are there but say no: both pages work, keep nothing, and say so."""

from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.pages import Stage

CLOSED = Path(__file__).parent / "closed.js"
SPEAKERS = (
    "localStorage",
    "sessionStorage",
    "indexedDB",
    "locks",
    "wakeLock",
    "clipboard",
    "share",
    "AudioEncoder",
)
LISTENERS = ("localStorage", "wakeLock", "mediaSession", "AudioDecoder")


def test_a_talk_is_spoken_and_heard_where_every_service_of_the_browser_says_no(stage: Stage) -> None:
    speaker, listener = stage.speaker(), stage.listener()
    for visitor in (speaker, listener):
        visitor.context.add_init_script(path=CLOSED)
    speaker.open(stage.url + "/speaker/")
    expect(speaker.see("keeps-nothing")).to_be_visible()
    speaker.sign_in()
    link = speaker.start()
    for button, words in (("copy-link", "could not be copied"), ("share", "could not share the link")):
        speaker.click(button)
        expect(speaker.see("link-told")).to_contain_text(words)
    listener.hear(link)
    listener.expect_speech()
    listener.page.locator("summary").click()
    expect(listener.see("keeps-nothing")).to_be_visible()
    listener.click("stay-awake")
    expect(listener.see("settings-told")).to_contain_text("does not let the screen stay on")
    for visitor, names in ((speaker, SPEAKERS), (listener, LISTENERS)):
        closed = visitor.page.evaluate("window.__closed")
        assert [name for name in names if name not in closed] == []
    speaker.end()
