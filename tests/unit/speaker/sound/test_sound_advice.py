"""The speaker page without a browser: what is said of the sound during a talk."""

import math

import pytest

from tests.support.english import english
from tests.support.speaker_harness import SpeakerHarness

SAID = english("speaker")


async def live() -> SpeakerHarness:
    stage = SpeakerHarness()
    await stage.go_live()
    return stage


def advice(stage: SpeakerHarness) -> str:
    return stage.page.texts["sound-advice"]


def meter(amplitude: float) -> float:
    """Where the meter stands between -60 and 0 dBFS."""
    return 1 + math.log10(amplitude) / 3


async def test_good_sound_needs_no_words_during_a_talk() -> None:
    stage = await live()
    await stage.talk(6)
    assert advice(stage) == ""
    assert stage.sees("sound")


async def test_talking_while_muted_is_told_within_about_a_second_and_no_longer_than_it_lasts() -> None:
    stage = await live()
    await stage.press("mute", "muteBroadcast", "broadcastMuted")
    await stage.talk(1.25)
    assert advice(stage) == "You are muted, nobody hears you."
    assert stage.page.attributes["sound-advice data-kind"] == "urgent"
    assert stage.page.attributes["sound-advice aria-live"] == "assertive"
    await stage.hear(0.0005, 100)
    assert advice(stage) == ""
    assert stage.page.attributes["sound-advice aria-live"] == "polite"


async def test_unmuting_takes_the_sentence_away_at_once() -> None:
    stage = await live()
    await stage.press("mute", "muteBroadcast", "broadcastMuted")
    await stage.talk(1.25)
    await stage.press("mute", "unmuteBroadcast", "broadcastUnmuted")
    await stage.hear(0.2)
    assert advice(stage) == ""


async def test_the_last_words_before_muting_are_no_talking_while_muted() -> None:
    stage = await live()
    await stage.talk(2)
    await stage.press("mute", "muteBroadcast", "broadcastMuted")
    await stage.hear(0.0005, 10)
    assert advice(stage) == ""


async def test_talking_while_paused_is_told_in_its_own_words() -> None:
    stage = await live()
    await stage.press("pause", "pauseBroadcast", "broadcastPaused")
    await stage.talk(1.25)
    assert advice(stage) == SAID.get("advice.talking-paused")


async def test_clipping_during_a_talk_is_told_calmly_and_taken_back() -> None:
    stage = await live()
    await stage.talk(4, amplitude=1.0)
    assert advice(stage) == SAID.get("advice.clipping")
    assert stage.page.attributes["sound-advice data-kind"] == "warn"
    assert stage.page.attributes["sound-advice aria-live"] == "polite"
    assert stage.notice == ""
    await stage.talk(12)
    assert advice(stage) == ""


async def test_what_is_wrong_with_the_microphone_itself_is_told_by_the_notice_alone() -> None:
    stage = await live()
    await stage.hear(0.0, 250)
    assert advice(stage) == SAID.get("advice.silence")
    stage.microphone.trouble("muted")
    assert (stage.notice, advice(stage)) == (SAID.get("microphone.muted"), "")


async def test_nothing_is_said_of_sound_when_the_talk_is_over() -> None:
    stage = await live()
    await stage.talk(4, amplitude=1.0)
    stage.connector.last.say({"type": "sessionEnded", "timestamp": 1, "reason": "expired"})
    await stage.clock.settle()
    assert advice(stage) == ""
    assert not stage.sees("sound")


async def test_the_meter_moves_with_every_picture_of_the_display_and_rests_after_the_talk() -> None:
    stage = await live()
    for amplitude in (0.01, 0.1, 0.3):
        await stage.hear(amplitude)
        assert float(stage.page.attributes["level value"]) == pytest.approx(meter(amplitude), abs=0.01)
    stage.connector.last.say({"type": "sessionEnded", "timestamp": 1, "reason": "expired"})
    await stage.clock.advance(0.1)
    assert stage.page.attributes["level value"] == "0.0"
