"""Pages that lose their network or their time: what they say is true, and they come back by themselves.

`set_offline` freezes an open connection without closing it, as a dead network does.
"""

import re
import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import ARTIFACTS
from tests.e2e.pages import SILENCE, STATE_MS, Listener, Speaker, Stage, Visitor
from tests.e2e.servers import DevServer

# Seven pages are opened once for both tests, which on a busy machine takes longer than a test may.
pytestmark = pytest.mark.timeout(300)

NOTICED_MS = 10_000
"""The device itself says that it is offline, so nobody waits for the 25 s that silence alone may take."""

BACK_MS = 30_000
NO_SOUND = re.compile("^(buffering|speaker-away)$")
SHORT_S = 2.0
LONG_S = 10.0
LONGEST_S = 30.0
FROZEN_S = 5.0

WATCH = f"""
window.__lies = 0;
let silent = 0;
setInterval(() => {{
  const live = document.querySelector("[data-testid=state]").dataset.state === "live";
  silent = live && window.__loudness(1) < {SILENCE} ? silent + 1 : 0;
  if (silent >= 4) window.__lies += 1;
}}, 250);
"""
"""Counts the moments at which a page has said live for a second, and nothing was heard for two."""


class Company(NamedTuple):
    """Three talks: the first goes on undisturbed, those of the others are heard by one listener each."""

    steady: Speaker
    short: Speaker
    long: Speaker
    short_ear: Listener
    long_ear: Listener
    short_listener: Listener
    long_listener: Listener

    @property
    def ears(self) -> tuple[Listener, ...]:
        """Everybody with headphones."""
        return (self.short_ear, self.long_ear, self.short_listener, self.long_listener)


@pytest.fixture(scope="module")
def company(browser: Browser, server: DevServer) -> Iterator[Company]:
    stage = Stage(browser, server.url, ARTIFACTS / "lost-network")
    speakers = [stage.speaker() for _ in range(3)]
    links = [
        speaker.go_live(f"{server.url}/speaker/?creation={mode}")
        for speaker, mode in zip(speakers, ("http", "http", "websocket"), strict=True)
    ]
    ears = [stage.listener() for _ in range(4)]
    for ear, link in zip(ears, (links[1], links[2], links[0], links[0]), strict=True):
        ear.hear(link)
        ear.expect_speech()
        ear.page.evaluate(WATCH)
    yield Company(speakers[0], speakers[1], speakers[2], ears[0], ears[1], ears[2], ears[3])
    stage.close()


@pytest.fixture(autouse=True)
def online_at_the_end(company: Company) -> Iterator[None]:
    yield
    for visitor in company:
        visitor.context.set_offline(False)


def offline(*visitors: Visitor) -> float:
    """Their devices lose the network; returns when."""
    for visitor in visitors:
        visitor.context.set_offline(True)
    return time.monotonic()


def online(since_s: float, seconds: float, *visitors: Visitor) -> None:
    """They have it again, so long after they lost it."""
    visitors[0].page.wait_for_timeout(max(0.0, (since_s + seconds - time.monotonic()) * 1000))
    for visitor in visitors:
        visitor.context.set_offline(False)


def expect_all_well(speaker: Speaker, *ears: Listener) -> None:
    speaker.expect_state("live", BACK_MS)
    for ear in ears:
        ear.expect_state("live", BACK_MS)
        ear.expect_speech()


def expect_cut_off(speaker: Speaker, ear: Listener, listener: Listener) -> None:
    """A speaker and a listener without a network know it; who hears that speaker says what is true."""
    speaker.expect_state("reconnecting", NOTICED_MS)
    listener.expect_state("reconnecting", NOTICED_MS)
    listener.expect_silence()
    ear.expect_silence()
    expect(ear.see("state")).to_have_attribute("data-state", NO_SOUND, timeout=STATE_MS)


def test_2_10_and_30_seconds_without_a_network_are_said_and_survived(company: Company) -> None:
    codes = [speaker.see("session-id").text_content() for speaker in company[:3]]
    long_since = offline(company.long, company.long_listener)
    since = offline(company.short, company.short_listener)
    company.short_ear.expect_silence(0.3)
    online(since, SHORT_S, company.short, company.short_listener)
    expect_all_well(company.short, company.short_ear, company.short_listener)
    since = offline(company.short, company.short_listener)
    expect_cut_off(company.short, company.short_ear, company.short_listener)
    online(since, LONG_S, company.short, company.short_listener)
    expect_cut_off(company.long, company.long_ear, company.long_listener)
    expect_all_well(company.short, company.short_ear, company.short_listener)
    company.long_listener.picture("no-network")
    online(long_since, LONGEST_S, company.long, company.long_listener)
    expect_all_well(company.long, company.long_ear, company.long_listener)
    expect_all_well(company.steady)
    assert [speaker.see("session-id").text_content() for speaker in company[:3]] == codes
    for visitor in (company.short, company.long, company.short_listener, company.long_listener):
        assert visitor.stats()["reconnects"] >= 1
    for ear in company.ears:
        assert ear.stats()["duplicates"] == 0
        assert ear.page.evaluate("window.__lies") == 0


def test_pages_that_stood_still_go_on_by_themselves(company: Company) -> None:
    """A tab that the browser or a sleeping device froze: nothing in it runs, not even a timer."""
    expect_all_well(company.short, company.short_ear, company.short_listener)
    frozen = (company.short, company.short_listener)
    sessions = [visitor.context.new_cdp_session(visitor.page) for visitor in frozen]
    for session in sessions:
        # Page.setWebLifecycleState does nothing in a headless browser, where every tab is seen.
        session.send("Debugger.enable")
        session.send("Debugger.pause")
    company.short_ear.expect_silence()
    expect(company.short_ear.see("state")).to_have_attribute("data-state", NO_SOUND, timeout=STATE_MS)
    company.steady.page.wait_for_timeout(FROZEN_S * 1000)
    company.long_listener.expect_speech()
    for session in sessions:
        session.send("Debugger.disable")
    expect_all_well(company.short, company.short_ear, company.short_listener)
    assert [ear.page.evaluate("window.__lies") for ear in company.ears] == [0] * 4
