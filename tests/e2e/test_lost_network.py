"""Pages that lose their network or their time: what they say is true, and they come back by themselves.

`set_offline` freezes an open connection without closing it, as a dead network does.
"""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.pages import SILENCE, STATE_MS, Listener, Speaker, Stage, Visitor, open_together

# A page must say in time that it is cut off, while five of them share the processors: nothing runs beside it.
pytestmark = [pytest.mark.long, pytest.mark.quiet]

NOTICED_MS = 10_000
"""The device itself says that it is offline: its page need not wait for the 25 s that silence may take."""

BACK_MS = 30_000
NO_SOUND = re.compile("^(buffering|speaker-away)$")
SHORT_S = 2.0
LONG_S = 10.0
LONGEST_S = 30.0
FROZEN_S = 5.0

WATCH = f"{(Path(__file__).parent / 'honesty.js').read_text()}; watchHonesty({SILENCE})"


def gather(stage: Stage, mode: str, *, listeners: int) -> tuple[Speaker, list[Listener]]:
    """A talk and its listeners; from here on `WATCH` counts the lies of each listener page."""
    speaker, ears = stage.speaker(), [stage.listener() for _ in range(listeners)]
    link = speaker.go_live(f"{stage.url}/speaker/?creation={mode}")
    open_together(*((ear, link) for ear in ears))
    for ear in ears:
        ear.listen()
    for ear in ears:
        ear.expect_speech()
        ear.page.evaluate(WATCH)
    return speaker, ears


def offline(visitor: Visitor) -> float:
    """Their device loses the network; returns when."""
    visitor.context.set_offline(True)
    return time.monotonic()


def online(since_s: float, seconds: float, visitor: Visitor) -> None:
    """It has the network again, so long after it lost it."""
    visitor.page.wait_for_timeout(max(0.0, (since_s + seconds - time.monotonic()) * 1000))
    visitor.context.set_offline(False)


def expect_all_well(speaker: Speaker, *ears: Listener) -> None:
    speaker.expect_state("live", BACK_MS)
    for ear in ears:
        ear.expect_state("live", BACK_MS)
        ear.expect_speech()


def expect_cut_off(speaker: Speaker, *ears: Listener) -> None:
    """The page of a speaker without a network says so; the listener pages say that there is no sound."""
    speaker.expect_state("reconnecting", NOTICED_MS)
    for ear in ears:
        ear.expect_silence()
        expect(ear.see("state")).to_have_attribute("data-state", NO_SOUND, timeout=STATE_MS)


def expect_deaf(listener: Listener) -> None:
    """A listener without a network knows it."""
    listener.expect_state("reconnecting", NOTICED_MS)
    listener.expect_silence()


def expect_honest(*ears: Listener) -> None:
    """Nothing was heard twice, and no page said live while nothing was heard."""
    for ear in ears:
        assert ear.stats()["duplicates"] == 0
        assert ear.page.evaluate("window.__lies") == 0


def test_2_and_10_seconds_and_a_listeners_30_without_a_network_are_said_and_survived(stage: Stage) -> None:
    """The speaker's device and one listener's in turn, another one's all the while."""
    speaker, (ear, listener, traveller) = gather(stage, "http", listeners=3)
    code = speaker.see("session-id").text_content()
    long_since = offline(traveller)
    since = offline(speaker)
    ear.expect_silence(0.3)
    online(since, SHORT_S, speaker)
    expect_all_well(speaker, ear, listener)
    online(offline(listener), SHORT_S, listener)
    expect_all_well(speaker, ear, listener)
    since = offline(speaker)
    expect_cut_off(speaker, ear, listener)
    online(since, LONG_S, speaker)
    expect_all_well(speaker, ear, listener)
    since = offline(listener)
    expect_deaf(listener)
    expect_deaf(traveller)
    traveller.picture("no-network")
    online(since, LONG_S, listener)
    online(long_since, LONGEST_S, traveller)
    expect_all_well(speaker, ear, listener, traveller)
    assert speaker.see("session-id").text_content() == code
    for visitor in (speaker, listener, traveller):
        assert visitor.stats()["reconnects"] >= 1
    expect_honest(ear, listener, traveller)


@pytest.mark.soak
def test_a_speakers_30_seconds_without_a_network_are_said_and_survived(stage: Stage) -> None:
    speaker, (ear,) = gather(stage, "websocket", listeners=1)
    code = speaker.see("session-id").text_content()
    since = offline(speaker)
    expect_cut_off(speaker, ear)
    online(since, LONGEST_S, speaker)
    expect_all_well(speaker, ear)
    assert speaker.see("session-id").text_content() == code
    assert speaker.stats()["reconnects"] >= 1
    expect_honest(ear)


def test_pages_that_stood_still_go_on_by_themselves(stage: Stage, talk: str) -> None:
    """A tab that the browser or a sleeping device froze: nothing in it runs, not even a timer.

    Meanwhile another talk goes on as if nothing had happened.
    """
    speaker, (ear, listener) = gather(stage, "http", listeners=2)
    elsewhere = stage.listener()
    elsewhere.hear(talk)
    elsewhere.expect_speech()
    elsewhere.page.evaluate(WATCH)
    sessions = [visitor.context.new_cdp_session(visitor.page) for visitor in (speaker, listener)]
    for session in sessions:
        # Page.setWebLifecycleState does nothing in a headless browser, where every tab is seen.
        session.send("Debugger.enable")
        session.send("Debugger.pause")
    ear.expect_silence()
    expect(ear.see("state")).to_have_attribute("data-state", NO_SOUND, timeout=STATE_MS)
    ear.page.wait_for_timeout(FROZEN_S * 1000)
    elsewhere.expect_speech()
    for session in sessions:
        session.send("Debugger.disable")
    expect_all_well(speaker, ear, listener)
    expect_honest(ear, listener, elsewhere)
