"""What goes wrong on the speaker page says so in one sentence, and what was typed is still there."""

import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import ALLOWED_MICROPHONE, FAKE_MICROPHONE, STRANGER, Launch
from tests.e2e.looks import inspect
from tests.e2e.pages import STATE_MS, Speaker, Stage
from tests.e2e.servers import DevServer

AWAY = "This site cannot be reached."
ANSWER_MS = 90_000
"""Four attempts with their waits may lie between a press and the sentence."""

NO_WORKLETS = "() => { delete window.AudioWorkletNode; }"
BUSY_MICROPHONE = """() => { navigator.mediaDevices.getUserMedia =
    () => Promise.reject(new DOMException("Could not start audio source", "NotReadableError")); }"""

CLOSED_DATABASE = """() => {
  const asked = IDBDatabase.prototype.transaction;
  window.databaseWasClosed = 0;
  IDBDatabase.prototype.transaction = function (...how) {
    IDBDatabase.prototype.transaction = asked;
    window.databaseWasClosed++;
    throw new DOMException("The database connection is closing.", "InvalidStateError");
  };
}"""
"""As browsers do to a page that was out of sight for long."""


@pytest.fixture
def closed_browser(launch: Launch) -> Iterator[Browser]:
    """Has a microphone that no page may use."""
    launched = launch(FAKE_MICROPHONE)
    yield launched
    launched.close()


@pytest.fixture
def deaf_browser(launch: Launch) -> Iterator[Browser]:
    """Would let pages use a microphone, but the machine has none."""
    launched = launch(ALLOWED_MICROPHONE)
    yield launched
    launched.close()


def expect_failure(speaker: Speaker, words: str) -> None:
    """The sentence is there, no session is, and Start may be pressed again."""
    speaker.expect_state("error", ANSWER_MS)
    speaker.expect_notice(words)
    speaker.expect_hidden("share-link")
    expect(speaker.see("start")).to_be_enabled()


def expect_refusal(speaker: Speaker, words: str, *, url: str) -> None:
    speaker.open(f"{url}/speaker/")
    speaker.sign_in()
    speaker.click("start")
    expect_failure(speaker, words)
    inspect(speaker, "refused")


def test_a_denied_microphone(closed_browser: Browser, stage: Stage) -> None:
    speaker = stage.speaker(browser=closed_browser)
    expect_refusal(speaker, "The browser is not allowed to use the microphone. Allow it", url=stage.url)


def test_no_microphone(deaf_browser: Browser, stage: Stage) -> None:
    speaker = stage.speaker(browser=deaf_browser)
    expect_refusal(speaker, "No microphone was found. Plug one in", url=stage.url)


def test_a_busy_microphone_a_browser_too_old_and_a_database_that_was_closed(stage: Stage) -> None:
    """And once the trouble is over, the next press of Start works."""
    speaker = stage.speaker()
    speaker.open(f"{stage.url}/speaker/")
    speaker.sign_in()
    speaker.page.evaluate("window.taken = { AudioWorkletNode: window.AudioWorkletNode }")
    for trouble, words in (
        (BUSY_MICROPHONE, "Another program is using the microphone."),
        (NO_WORKLETS, "This browser cannot send live sound."),
    ):
        speaker.page.evaluate(trouble)
        speaker.click("start")
        expect_failure(speaker, words)
    speaker.page.evaluate("delete navigator.mediaDevices.getUserMedia; Object.assign(window, window.taken)")
    speaker.page.evaluate(CLOSED_DATABASE)
    speaker.start()
    assert speaker.page.evaluate("window.databaseWasClosed") == 1
    speaker.expect_hidden("notice")


def test_a_page_that_is_not_on_https(stage: Stage) -> None:
    url = stage.url.replace("127.0.0.1", STRANGER)
    stage.hosts.add(urlsplit(url).netloc)
    for visitor, page in ((stage.speaker(), "speaker"), (stage.silent_listener(), "listener")):
        visitor.page.goto(f"{url}/{page}/")
        assert not visitor.page.evaluate("window.isSecureContext")
        visitor.expect_state("error", ANSWER_MS)
        visitor.expect_notice("Please open this page by its address")
        visitor.expect_sentence("This page cannot be used at the moment.")
        visitor.expect_hidden("login-form" if page == "speaker" else "join-form")
        inspect(visitor, "insecure")


@pytest.mark.long
def test_a_wrong_password_and_a_server_that_is_away(own_stage: Stage, own_server: DevServer) -> None:
    speaker = own_stage.speaker()
    speaker.open(f"{own_stage.url}/speaker/?creation=http")
    right = speaker.see("login-password").input_value()
    speaker.see("login-password").fill("wrong password")
    speaker.click("login-submit")
    speaker.expect_notice("password")
    expect_typed(speaker, "wrong password")
    inspect(speaker, "wrong-password")
    own_server.kill()
    speaker.see("login-password").fill(right)
    speaker.click("login-submit")
    speaker.expect_notice(AWAY)
    expect_typed(speaker, right)
    speaker.picture("sign-in-away")
    own_server.start()
    speaker.sign_in()
    start_while_away(speaker, own_server)
    speaker.page.goto(f"{own_stage.url}/speaker/?creation=websocket")
    start_while_away(speaker, own_server)
    start_within_presses(speaker, 3)


def start_within_presses(speaker: Speaker, presses: int) -> None:
    """Start, pressed again where it fails at once, as it did in 2 of 4 runs on a busy machine; says why."""
    settled = re.compile("^(live|error)$")
    for _ in range(presses):
        speaker.click("start")
        speaker.page.wait_for_timeout(1000)
        expect(speaker.see("state")).to_have_attribute("data-state", settled, timeout=STATE_MS)
        if speaker.see("state").get_attribute("data-state") == "live":
            return
        print("start failed:", speaker.see("notice").text_content(), speaker.console[-5:])
    raise AssertionError(f"not live after {presses} presses")


def expect_typed(speaker: Speaker, password: str) -> None:
    expect(speaker.see("login-email")).to_have_value("speaker@example.com")
    expect(speaker.see("login-password")).to_have_value(password)


def start_while_away(speaker: Speaker, server: DevServer) -> None:
    """Ends with a server that is back."""
    speaker.see("source-language").select_option("de")
    speaker.see("quality-tier").select_option("premium")
    server.kill()
    speaker.click("start")
    expect_failure(speaker, AWAY)
    speaker.picture("start-away")
    expect(speaker.see("source-language")).to_have_value("de")
    expect(speaker.see("quality-tier")).to_have_value("premium")
    server.start()


def test_a_config_file_that_is_wrong(stage: Stage, server: DevServer) -> None:
    """The sentence names what is wrong with each field; the listener page says it too."""
    (server.data / "config-cut.json").write_text('{"websocket_url": "/ws"')
    wrong = {**server.config(), "websocket_url": "nonsense:", "region": 7, "encryption_key": "short"}
    (server.data / "config-wrong.json").write_text(json.dumps(wrong))
    speaker, listener = stage.speaker(), stage.silent_listener()
    for visitor, page, name, *sentences in (
        (speaker, "speaker", "cut", "The config file is not valid JSON"),
        (listener, "listener", "cut", "The config file is not valid JSON"),
        (listener, "listener", "wrong", "websocket_url must be"),
        (listener, "listener", "missing", "(config.json) cannot be found"),
    ):
        visitor.page.goto(f"{stage.url}/{page}/?config=config-{name}.json")
        visitor.expect_state("error", ANSWER_MS)
        for sentence in sentences:
            visitor.expect_notice(sentence)
        visitor.picture(f"config-{name}")


def test_a_speaker_page_without_the_snapshot_of_its_memory_starts_the_usual_way(stage: Stage) -> None:
    speaker = stage.speaker()
    speaker.page.route("**/memory.snapshot", lambda route: route.fulfill(status=404))
    speaker.open(f"{stage.url}/speaker/")
    assert [line for line in speaker.console if "without a snapshot" in line]
    speaker.expect_state("idle")
