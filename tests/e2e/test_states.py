"""A talk from beginning to end, with two listeners, the second late: each state on both pages.

One talk in each creation mode, both at the same time: what takes its time takes it once.
"""

import math
from typing import NamedTuple

import pytest
from playwright.sync_api import expect

from tests.e2e.looks import inspect
from tests.e2e.pages import Listener, Speaker, Stage, Visitor, open_together
from tests.e2e.sound import WINDOW_S, align, gain

MODE_SENTENCES = {"websocket": "the usual way", "http": "the new way"}
SETTLE_MS = 500
"""For what was on its way when a button was pressed."""

HEAR_MS = (WINDOW_S + 0.5) * 1000


class Talk(NamedTuple):
    """Who speaks, who listens, and the link between them."""

    speaker: Speaker
    early: Listener
    late: Listener
    link: str

    @property
    def everybody(self) -> tuple[Visitor, ...]:
        return (self.speaker, self.early, self.late)


def test_every_state_shows_on_both_pages(stage: Stage) -> None:
    talks = begin(stage)
    first = talks[0]
    inspect(first.speaker, "live")
    inspect(first.early, "live")
    pause_and_go_on(talks)
    for talk in talks:
        expect_audience(talk.speaker, listeners=2, hearing=2)
        expect_numbers(talk.speaker, "framesSent", "framesDropped", "reconnects", "roundTripMs")
        expect_numbers(talk.late, "framesReceived", "framesLost", "gaps", "bufferMs", "delayMs")
    mute_and_unmute(talks)
    leave_and_see_it(talks)
    for talk in talks:
        end_for_everybody(talk.speaker, talk.late)
    inspect(first.speaker, "ended")
    inspect(first.late, "ended")


def begin(stage: Stage) -> list[Talk]:
    """A talk in each mode, heard by one listener."""
    speakers = {mode: stage.speaker() for mode in MODE_SENTENCES}
    urls = {mode: f"{stage.url}/speaker/?creation={mode}" for mode in speakers}
    open_together(*((speaker, urls[mode]) for mode, speaker in speakers.items()))
    inspect(speakers["http"], "sign-in")
    talks = []
    for mode, speaker in speakers.items():
        speaker.sign_in()
        link = speaker.start()
        expect(speaker.see("creation-mode")).to_have_attribute("data-mode", mode)
        speaker.expect_text("creation-mode", f"Opened {MODE_SENTENCES[mode]}.")
        talks.append(Talk(speaker, stage.listener(), stage.listener(), link))
    open_together(*((talk.early, talk.link) for talk in talks))
    for talk in talks:
        talk.early.listen()
    for talk in talks:
        talk.early.expect_speech()
        expect_audience(talk.speaker, listeners=1, hearing=1)
    return talks


def expect_audience(speaker: Speaker, *, listeners: int, hearing: int) -> None:
    speaker.expect_text("listener-count", str(listeners))
    speaker.expect_text("hearing-count", str(hearing))


def expect_numbers(visitor: Visitor, *names: str) -> None:
    """`window.lectern.stats()` has these, and nothing but numbers."""
    stats = visitor.stats()
    assert set(names) <= set(stats)
    assert all(isinstance(value, int | float) and math.isfinite(value) for value in stats.values())


def pause_and_go_on(talks: list[Talk]) -> None:
    """Nothing is sent, no control jumps; who comes meanwhile is told, and hears when the talk goes on."""
    places = [talk.early.see("mute").bounding_box() for talk in talks]
    for talk in talks:
        talk.speaker.click("pause")
        talk.speaker.expect_state("paused")
        talk.speaker.expect_sentence("Paused. Nobody hears you.")
        talk.early.expect_state("paused")
        talk.early.expect_sentence("The speaker is taking a break. Stay on this page.")
    assert [talk.early.see("mute").bounding_box() for talk in talks] == places
    talks[0].speaker.page.wait_for_timeout(SETTLE_MS)
    sent = frames_sent(talks)
    open_together(*((talk.late, talk.link) for talk in talks))
    for talk in talks:
        talk.late.click("listen")
        talk.late.expect_state("paused")
        talk.late.expect_sentence("The speaker is taking a break. Stay on this page.")
        talk.early.expect_silence()
    inspect(talks[0].speaker, "paused")
    inspect(talks[0].late, "paused")
    assert frames_sent(talks) == sent
    for talk in talks:
        talk.speaker.click("pause")
    for talk in talks:
        for visitor in talk.everybody:
            visitor.expect_state("live")
        talk.early.expect_speech()
        talk.late.expect_speech()
    assert all(now > before for now, before in zip(frames_sent(talks), sent, strict=True))


def frames_sent(talks: list[Talk]) -> list[float]:
    return [talk.speaker.stats()["framesSent"] for talk in talks]


def mute_and_unmute(talks: list[Talk]) -> None:
    """The line stays open, but what arrives is silence."""
    for talk in talks:
        talk.speaker.click("mute")
        talk.speaker.expect_state("muted")
        talk.speaker.expect_sentence("Your microphone is off. Nobody hears you.")
    for talk in talks:
        for listener in (talk.early, talk.late):
            listener.expect_sentence("The speaker's microphone is off for a moment.")
            listener.expect_state("live")
            listener.expect_silence(1.0)
        received = talk.late.stats()["framesReceived"]
        talk.late.wait_for_stat("framesReceived", received + 10)
    inspect(talks[0].speaker, "muted")
    for talk in talks:
        talk.speaker.click("mute")
        talk.speaker.expect_state("live")
    for talk in talks:
        for listener in (talk.early, talk.late):
            listener.expect_sentence("You are listening live.")
            listener.expect_speech()


def leave_and_see_it(talks: list[Talk]) -> None:
    """A tab that is closed is no listener any more; one that is muted does not hear."""
    for talk in talks:
        talk.early.page.close()
    for talk in talks:
        expect_audience(talk.speaker, listeners=1, hearing=1)
        talk.late.click("mute")
    for talk in talks:
        talk.late.expect_silence()
        expect_audience(talk.speaker, listeners=1, hearing=0)
        talk.late.click("mute")
    for talk in talks:
        talk.late.expect_speech()
        expect_audience(talk.speaker, listeners=1, hearing=1)


def end_for_everybody(speaker: Speaker, listener: Listener) -> None:
    """End asks first; afterwards a new talk may be started."""
    speaker.click("end")
    expect(speaker.see("end-confirm")).to_be_visible()
    speaker.expect_state("live")
    inspect(speaker, "end-question")
    speaker.click("end-confirm")
    speaker.expect_state("ended")
    speaker.expect_sentence("Your talk has ended.")
    speaker.expect_hidden("share-link")
    expect(speaker.see("start")).to_be_enabled()
    listener.expect_state("ended")
    listener.expect_sentence("This talk has ended. Thank you for listening.")
    listener.expect_hidden("listen")
    expect(listener.see("session-code")).to_be_visible()


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
    return gain(align(listener.recording().newest(WINDOW_S)))
