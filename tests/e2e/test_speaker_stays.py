"""The speaker page in a person's hands: a reload in mid-sentence, and a whole talk by keyboard alone."""

import re

from playwright.sync_api import Dialog, expect

from pylib.ui.i18n import LANGUAGES
from tests.e2e.looks import inspect
from tests.e2e.pages import READY, READY_MS, STATE_MS, Listener, Speaker, Stage

NO_STORAGE = """for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("closed", "SecurityError"); } });
IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError"); };"""
COUNT_WAKE_LOCKS = """window.wakeLocks = 0;
const request = WakeLock.prototype.request;
WakeLock.prototype.request = function (kind) { window.wakeLocks++; return request.call(this, kind); };"""
NOTE_LIES = """window.lies = [];
const STATES = ["live", "muted", "paused", "ended"];
new MutationObserver((changes) => {
  for (const { target } of changes) {
    const said = target.dataset.testid === "state" ? target.dataset.state : "";
    const talk = JSON.parse(sessionStorage.getItem("lectern.talk") || "null");
    const kept = !talk ? "ended" : talk.paused ? "paused" : talk.muted ? "muted" : "live";
    if (STATES.includes(said) && said !== kept) window.lies.push([said, kept]);
  }
}).observe(document, { subtree: true, attributeFilter: ["data-state"] });"""
"""As soon as the page has said a state: what would a reload find now?"""
FOCUSED = "document.activeElement.dataset.testid ?? document.activeElement.tagName"


def test_a_reload_in_mid_sentence_keeps_the_link_the_listeners_and_the_silence_of_who_is_muted(
    stage: Stage,
) -> None:
    speaker, listener = stage.speaker(), stage.listener()
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    speaker.page.on("dialog", leave)
    speaker.page.add_init_script(NOTE_LIES)
    link = speaker.go_live(f"{stage.url}/speaker/")
    listener.hear(link)
    listener.expect_speech()
    reload(speaker, "live")
    assert asked == ["beforeunload"]
    assert speaker.see("share-link").get_attribute("href") == link
    expect_new_sound(listener)
    listener.expect_speech()
    speaker.expect_text("listener-count", "1")
    speaker.page.keyboard.press("m")
    speaker.expect_state("muted")
    reload(speaker, "muted")
    expect_new_sound(listener)
    listener.expect_silence(1.0)
    speaker.page.keyboard.press("m")
    speaker.expect_state("live")
    listener.expect_speech()
    offered_elsewhere(speaker, stage)
    speaker.end()
    speaker.expect_text("summary-listeners", "1")
    speaker.expect_text("summary-lost", "2")
    speaker.picture("summary")
    reload(speaker, "idle")
    expect(speaker.see("start")).to_be_visible()
    assert asked == ["beforeunload"] * 2


def reload(speaker: Speaker, state: str) -> None:
    assert speaker.page.evaluate("window.lies") == []
    speaker.page.reload()
    speaker.page.wait_for_function(READY, timeout=READY_MS)
    speaker.expect_state(state)


def expect_new_sound(listener: Listener) -> None:
    listener.wait_for_stat("framesReceived", listener.stats()["framesReceived"] + 75)


def offered_elsewhere(speaker: Speaker, stage: Stage) -> None:
    """A tab's duplicate, memory and all, takes nothing away without being asked to."""
    tab = stage.tab_beside(speaker)
    remembered = speaker.page.evaluate("JSON.stringify(sessionStorage)")
    assert speaker.see("session-id").inner_text() in remembered
    tab.page.add_init_script(f"Object.assign(sessionStorage, {remembered})")
    tab.open(f"{stage.url}/speaker/")
    expect(tab.see("continue")).to_be_visible(timeout=READY_MS)
    expect(tab.see("start")).to_be_hidden()
    inspect(tab, "found")
    tab.page.close()
    speaker.expect_state("live")


def test_a_talk_by_keyboard_alone_in_a_browser_that_keeps_nothing(stage: Stage) -> None:
    speaker = stage.speaker()
    for script in (NO_STORAGE, COUNT_WAKE_LOCKS):
        speaker.context.add_init_script(script)
    speaker.open(f"{stage.url}/speaker/?creation=http")
    page, keys = speaker.page, speaker.page.keyboard
    speaker.see("login-password").focus()
    keys.press("m")
    keys.press("Backspace")
    keys.press("Enter")
    expect(speaker.see("start")).to_be_visible()
    speaker.see("start").focus()
    assert page.evaluate("window.wakeLocks") == 0
    keys.press("Enter")
    speaker.expect_state("live")
    assert page.evaluate(FOCUSED) == "state"
    page.wait_for_function("window.wakeLocks === 1", timeout=STATE_MS)
    for key, state in (("m", "muted"), ("m", "live"), ("p", "paused"), ("p", "live")):
        keys.press(key)
        speaker.expect_state(state)
    speaker.see("copy-link").focus()
    for key, dialog in (("q", "qr-dialog"), ("?", "shortcuts")):
        keys.press(key)
        expect(speaker.see(dialog)).to_be_visible()
        inspect(speaker, dialog, online=False)
        keys.press("Escape")
        expect(speaker.see(dialog)).to_be_hidden()
        assert page.evaluate(FOCUSED) == "copy-link"
    change_a_key(speaker)
    print_a_poster(speaker)
    speaker.see("end").focus()
    keys.press("Enter")
    assert page.evaluate(FOCUSED) == "end-confirm"
    keys.press("Enter")
    speaker.expect_state("ended")
    assert page.evaluate(FOCUSED) == "state"


def change_a_key(speaker: Speaker) -> None:
    """Refused with a reason, then changed; the old key does nothing any more."""
    keys = speaker.page.keyboard
    keys.press("?")
    speaker.see("key-mute").focus()
    keys.press("Enter")
    keys.press("p")
    expect(speaker.see("shortcuts-told")).to_contain_text("Pause or continue")
    keys.press("x")
    expect(speaker.see("key-mute")).to_have_text("X")
    keys.press("Escape")
    expect(speaker.see("mute")).to_have_attribute("aria-keyshortcuts", "x")
    keys.press("m")
    keys.press("x")
    speaker.expect_state("muted")
    keys.press("x")
    speaker.expect_state("live")


def print_a_poster(speaker: Speaker) -> None:
    """One sheet of A4 (595 x 842 points) that says in every language what to do."""
    page = speaker.page
    page.evaluate("() => { window.print = () => { window.printed = true; }; }")
    speaker.see("print-poster").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("window.printed", timeout=STATE_MS)
    lines = [speaker.poster_line(language).text_content() for language in LANGUAGES]
    assert len(set(lines)) == len(LANGUAGES)
    page.emulate_media(media="print")
    expect(speaker.see("poster-qr")).to_be_visible()
    expect(speaker.see("state")).to_be_hidden()
    sheet = page.pdf(prefer_css_page_size=True)
    page.emulate_media(media="screen")
    assert re.findall(rb"/Count (\d+)", sheet) == [b"1"]
    assert re.search(rb"/MediaBox \[0 0 59[45]\S* 84[12]\S*\]", sheet)
