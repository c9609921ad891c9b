"""One talk from beginning to end, with two listeners, the second late: each state on both pages."""

import math

import pytest
from playwright.sync_api import expect

from tests.e2e.pages import Listener, Speaker, Stage, Visitor
from tests.e2e.sound import WINDOW_S, Heard, align, gain

MODE_SENTENCES = {"websocket": "over the live connection", "http": "over HTTP"}
SETTLE_MS = 500
"""For what was on its way when a button was pressed."""

HEAR_MS = (WINDOW_S + 0.5) * 1000


@pytest.mark.parametrize("mode", ["websocket", "http"])
def test_every_state_shows_on_both_pages(stage: Stage, mode: str) -> None:
    speaker, early, late = stage.speaker(), stage.listener(), stage.listener()
    link = speaker.go_live(f"{stage.url}/speaker/?creation={mode}")
    expect(speaker.see("creation-mode")).to_have_attribute("data-mode", mode)
    speaker.expect_text("creation-mode", f"Opened {MODE_SENTENCES[mode]}.")
    early.hear(link)
    early.expect_speech()
    expect_audience(speaker, listeners=1, hearing=1)
    pause_and_go_on(speaker, early, late, link)
    expect_audience(speaker, listeners=2, hearing=2)
    expect_numbers(speaker, "framesSent", "framesDropped", "reconnects", "roundTripMs")
    expect_numbers(late, "framesReceived", "framesLost", "gaps", "bufferMs", "delayMs")
    mute_and_unmute(speaker, early, late)
    leave_and_see_it(speaker, early, late)
    speaker.picture("one-hearing")
    end_for_everybody(speaker, late)


def expect_audience(speaker: Speaker, *, listeners: int, hearing: int) -> None:
    speaker.expect_text("listener-count", str(listeners))
    speaker.expect_text("hearing-count", str(hearing))


def expect_numbers(visitor: Visitor, *names: str) -> None:
    """`window.lectern.stats()` has these, and nothing but numbers."""
    stats = visitor.stats()
    assert set(names) <= set(stats)
    assert all(isinstance(value, int | float) and math.isfinite(value) for value in stats.values())


def pause_and_go_on(speaker: Speaker, early: Listener, late: Listener, link: str) -> None:
    """Nothing is sent; who comes meanwhile is told, and hears when the talk goes on."""
    speaker.click("pause")
    speaker.expect_state("paused")
    speaker.expect_sentence("Paused. Nobody hears you.")
    early.expect_state("paused")
    early.expect_sentence("The speaker is taking a break. Stay on this page.")
    speaker.page.wait_for_timeout(SETTLE_MS)
    sent = speaker.stats()["framesSent"]
    late.open(link)
    late.click("listen")
    late.expect_state("paused")
    late.expect_sentence("The speaker is taking a break. Stay on this page.")
    early.expect_silence()
    assert speaker.stats()["framesSent"] == sent
    speaker.picture("paused")
    late.picture("paused")
    speaker.click("pause")
    for visitor in (speaker, early, late):
        visitor.expect_state("live")
    early.expect_speech()
    late.expect_speech()
    assert speaker.stats()["framesSent"] > sent


def mute_and_unmute(speaker: Speaker, early: Listener, late: Listener) -> None:
    """The line stays open, but what arrives is silence."""
    speaker.click("mute")
    speaker.expect_state("muted")
    speaker.expect_sentence("Your microphone is off. Nobody hears you.")
    for listener in (early, late):
        listener.expect_sentence("The speaker's microphone is off for a moment.")
        listener.expect_state("live")
        listener.expect_silence(1.0)
    received = late.stats()["framesReceived"]
    late.wait_for_stat("framesReceived", received + 10)
    speaker.picture("muted")
    speaker.click("mute")
    speaker.expect_state("live")
    for listener in (early, late):
        listener.expect_sentence("You are listening live.")
        listener.expect_speech()


def leave_and_see_it(speaker: Speaker, early: Listener, late: Listener) -> None:
    """A tab that is closed is no listener any more; one that is muted does not hear."""
    early.page.close()
    expect_audience(speaker, listeners=1, hearing=1)
    late.click("mute")
    late.expect_silence()
    expect_audience(speaker, listeners=1, hearing=0)
    late.click("mute")
    late.expect_speech()
    expect_audience(speaker, listeners=1, hearing=1)


def end_for_everybody(speaker: Speaker, listener: Listener) -> None:
    """End asks first; afterwards a new talk may be started."""
    speaker.click("end")
    expect(speaker.see("end-confirm")).to_be_visible()
    speaker.expect_state("live")
    speaker.picture("end-question")
    speaker.click("end-confirm")
    speaker.expect_state("ended")
    speaker.expect_sentence("Your talk has ended.")
    speaker.expect_hidden("share-link")
    expect(speaker.see("start")).to_be_enabled()
    listener.expect_state("ended")
    listener.expect_sentence("This talk has ended. Thank you for listening.")
    listener.expect_hidden("listen")
    expect(listener.see("session-code")).to_be_visible()
    speaker.picture("ended")
    listener.picture("ended")


def test_a_listener_can_pause_mute_and_turn_the_volume(stage: Stage) -> None:
    """Seen on the speaker's premium tier, where no voice processing changes the level by itself."""
    speaker, listener = stage.speaker(), stage.listener()
    speaker.open(f"{stage.url}/speaker/")
    speaker.sign_in()
    speaker.see("quality-tier").select_option("premium")
    listener.hear(speaker.start())
    listener.expect_speech()
    listener.click("mute")
    expect(listener.see("mute")).to_have_text("Unmute")
    listener.expect_silence(1.0)
    listener.picture("muted")
    listener.click("mute")
    listener.expect_speech()
    listener.click("pause")
    listener.expect_state("paused")
    listener.expect_silence(1.0)
    listener.click("pause")
    listener.expect_state("live")
    listener.expect_speech()
    full, half = level(listener, "100"), level(listener, "50")
    print(f"level at full volume {full:.4f}, at half {half:.4f}")
    assert half / full == pytest.approx(0.5, abs=0.1)
    listener.see("volume").fill("0")
    listener.expect_silence(1.0)


def level(listener: Listener, volume: str) -> float:
    """How loud the listener hears what was spoken, relative to its recording."""
    listener.see("volume").fill(volume)
    listener.page.wait_for_timeout(HEAR_MS)
    heard = listener.recording()
    newest = Heard(heard.samples[-int(WINDOW_S * heard.rate) :], heard.rate)
    return gain(align(newest))
