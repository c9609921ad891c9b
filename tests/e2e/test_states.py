"""A talk from beginning to end, with two listeners, the second late: each state on both pages."""

import math
from typing import NamedTuple

import pytest
from playwright.sync_api import expect

from tests.e2e.looks import inspect
from tests.e2e.pages import Listener, Speaker, Stage, Visitor
from tests.e2e.sound import WINDOW_S, align, gain
from tests.e2e.takes import MOST_TAKES

# That a talk is alike in both modes is shown without a browser by tests/integration/test_sound.py.
MODES = ["http", pytest.param("websocket", marks=pytest.mark.soak)]
SETTLE_MS = 500
"""For what was on its way when a button was pressed."""

HEAR_MS = (WINDOW_S + 0.5) * 1000


class Talk(NamedTuple):
    """Who speaks, who listens, and the link between them."""

    mode: str
    speaker: Speaker
    early: Listener
    late: Listener
    link: str

    def look_at(self, visitor: Visitor, moment: str) -> None:
        """Both modes look alike, so one is looked at."""
        if self.mode == "http":
            inspect(visitor, moment)


@pytest.mark.long
@pytest.mark.parametrize("mode", MODES)
def test_every_state_shows_on_both_pages(stage: Stage, mode: str) -> None:
    talk = begin(stage, mode)
    expect_audience(talk.speaker, listeners=1, hearing=1)
    talk.look_at(talk.speaker, "live")
    talk.look_at(talk.early, "live")
    pause_and_go_on(talk)
    expect_audience(talk.speaker, listeners=2, hearing=2)
    expect_numbers(talk.speaker, "framesSent", "framesDropped", "reconnects", "roundTripMs")
    expect_numbers(talk.late, "framesReceived", "framesLost", "gaps", "bufferMs", "delayMs")
    mute_and_unmute(talk)
    leave_and_see_it(talk)
    end_for_everybody(talk)


def begin(stage: Stage, mode: str) -> Talk:
    """A talk heard by one listener."""
    speaker, early, late = stage.speaker(), stage.listener(), stage.listener()
    speaker.open(f"{stage.url}/speaker/?creation={mode}")
    talk = Talk(mode, speaker, early, late, "")
    talk.look_at(speaker, "sign-in")
    speaker.sign_in()
    talk = talk._replace(link=speaker.start())
    expect(speaker.see("creation-mode")).to_have_attribute("data-mode", mode)
    early.hear(talk.link)
    early.expect_speech()
    return talk


def expect_audience(speaker: Speaker, *, listeners: int, hearing: int) -> None:
    speaker.expect_text("listener-count", str(listeners))
    speaker.expect_text("hearing-count", str(hearing))


def expect_numbers(visitor: Visitor, *names: str) -> None:
    """`window.lectern.stats()` has these, and nothing but numbers."""
    stats = visitor.stats()
    assert set(names) <= set(stats)
    assert all(isinstance(value, int | float) and math.isfinite(value) for value in stats.values())


def pause_and_go_on(talk: Talk) -> None:
    """Nothing is sent, no control jumps; a listener that comes meanwhile is told, and hears it go on."""
    place = talk.early.see("mute").bounding_box()
    talk.speaker.click("pause")
    talk.speaker.expect_state("paused")
    talk.speaker.expect_sentence("Paused. Nobody hears you.")
    talk.early.expect_state("paused")
    talk.early.expect_sentence("The speaker is taking a break. Stay on this page.")
    assert talk.early.see("mute").bounding_box() == place
    talk.speaker.page.wait_for_timeout(SETTLE_MS)
    sent = talk.speaker.stats()["framesSent"]
    talk.late.open(talk.link)
    talk.late.click("listen")
    talk.late.expect_state("paused")
    talk.late.expect_sentence("The speaker is taking a break. Stay on this page.")
    talk.early.expect_silence()
    talk.look_at(talk.speaker, "paused")
    talk.look_at(talk.late, "paused")
    assert talk.speaker.stats()["framesSent"] == sent
    talk.speaker.click("pause")
    for visitor in (talk.speaker, talk.early, talk.late):
        visitor.expect_state("live")
    talk.early.expect_speech()
    talk.late.expect_speech()
    assert talk.speaker.stats()["framesSent"] > sent


def mute_and_unmute(talk: Talk) -> None:
    """The line stays open, but what arrives is silence."""
    talk.speaker.click("mute")
    talk.speaker.expect_state("muted")
    talk.speaker.expect_sentence("Your microphone is off. Nobody hears you.")
    for listener in (talk.early, talk.late):
        listener.expect_sentence("The speaker's microphone is off for a moment.")
        listener.expect_state("live")
        listener.expect_silence(1.0)
    talk.late.wait_for_stat("framesReceived", talk.late.stats()["framesReceived"] + 10)
    talk.look_at(talk.speaker, "muted")
    talk.speaker.click("mute")
    talk.speaker.expect_state("live")
    for listener in (talk.early, talk.late):
        listener.expect_sentence("You are listening live.")
        listener.expect_speech()


def leave_and_see_it(talk: Talk) -> None:
    """A tab that is closed is no listener any more; one that is muted does not hear."""
    talk.early.page.close()
    expect_audience(talk.speaker, listeners=1, hearing=1)
    talk.late.click("mute")
    talk.late.expect_silence()
    expect_audience(talk.speaker, listeners=1, hearing=0)
    talk.late.click("mute")
    talk.late.expect_speech()
    expect_audience(talk.speaker, listeners=1, hearing=1)


def end_for_everybody(talk: Talk) -> None:
    """End asks first; afterwards a new talk may be started."""
    speaker, listener = talk.speaker, talk.late
    speaker.click("end")
    speaker.click("end-cancel")
    speaker.expect_hidden("end-question")
    speaker.click("end")
    expect(speaker.see("end-confirm")).to_be_visible()
    speaker.expect_state("live")
    talk.look_at(speaker, "end-question")
    speaker.click("end-confirm")
    speaker.expect_state("ended")
    speaker.expect_sentence("Your talk has ended.")
    speaker.expect_hidden("share-link")
    expect(speaker.see("start")).to_be_enabled()
    listener.expect_state("ended")
    listener.expect_sentence("This talk has ended. Thank you for listening.")
    listener.expect_hidden("listen")
    expect(listener.see("session-code")).to_be_visible()
    talk.look_at(speaker, "ended")
    talk.look_at(listener, "ended")


@pytest.mark.quiet
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
    listener.expect_sentence("The talk goes on, but you have muted the sound.")
    listener.expect_silence(1.0)
    inspect(listener, "muted")
    listener.click("mute")
    listener.expect_speech()
    listener.click("pause")
    listener.expect_state("paused")
    listener.expect_silence(1.0)
    listener.click("pause")
    listener.expect_state("live")
    listener.expect_speech()
    expect_half(listener)
    listener.see("volume").fill("0")
    listener.expect_silence(1.0)


def expect_half(listener: Listener) -> None:
    """What is heard at half the volume is half as strong, unless the machine spoils each take."""
    for _ in range(MOST_TAKES):
        full, half = level(listener, "100"), level(listener, "50")
        print(f"level at full volume {full:.4f}, at half {half:.4f}")
        if half / full == pytest.approx(0.5, abs=0.1):
            return
    raise AssertionError(f"half the volume is {half / full:.2f} of the whole")


def level(listener: Listener, volume: str) -> float:
    """How loud the listener hears what was spoken, relative to its recording."""
    listener.see("volume").fill(volume)
    listener.page.wait_for_timeout(HEAR_MS)
    return gain(align(listener.recording().newest(WINDOW_S)))
