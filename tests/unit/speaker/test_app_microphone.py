"""The speaker page without a browser: the microphone makes trouble during a talk, or is changed."""

import asyncio

from pylib.ports import Microphone
from pylib.protocol.frames import FLAG_DISCONTINUITY, decode_header
from pylib.realtime.backoff import MAX_ATTEMPTS
from tests.support.english import english
from tests.support.microphone_harness import BUSY
from tests.support.speaker_harness import SpeakerHarness

SAID = english("speaker")


async def live_on_the_desk() -> SpeakerHarness:
    stage = SpeakerHarness()
    stage.page.set_value("microphone", "desk")
    await stage.go_live()
    await speak(stage)
    return stage


async def speak(stage: SpeakerHarness) -> None:
    stage.microphone.speak([0.5] * 320, stage.clock.now_ms())
    await stage.clock.advance(0.1)


async def choose(stage: SpeakerHarness, device_id: str) -> None:
    stage.page.set_value("microphone", device_id)
    await stage.do("microphone", "change")


def frames(stage: SpeakerHarness) -> list[tuple[int, bool]]:
    """Number of each frame sent, and whether it follows a gap."""
    headers = [decode_header(frame, len(frame)) for frame in stage.connector.last.frames]
    return [(header.seq, bool(header.flags & FLAG_DISCONTINUITY)) for header in headers]


async def test_the_picker_is_there_before_and_during_a_talk_and_not_for_strangers() -> None:
    stage = SpeakerHarness()
    await stage.open()
    assert not stage.sees("microphone-choice")
    stage = await live_on_the_desk()
    assert stage.sees("microphone-choice")
    assert stage.page.values["microphone"] == "desk"
    stage.connector.last.say({"type": "sessionEnded", "timestamp": 1, "reason": "expired"})
    assert stage.sees("microphone-choice")


async def test_a_lost_microphone_is_said_instead_of_live_and_its_level_is_nothing() -> None:
    stage = await live_on_the_desk()
    assert float(stage.page.attributes["level value"]) > 0
    stage.microphone.errors = {"": BUSY, "desk": BUSY}
    stage.microphone.trouble("ended")
    assert (stage.state, stage.notice) == ("live", SAID.get("microphone.lost"))
    assert stage.page.texts["state"] == "Nobody hears you at the moment."
    await stage.clock.advance(0.2)
    assert stage.page.attributes["level value"] == "0.0"
    stage.microphone.errors = {}
    stage.app.page_seen()
    await stage.clock.settle()
    await speak(stage)
    assert (stage.page.texts["state"], stage.notice) == ("You are live.", "")


async def test_after_an_unplugging_the_picker_shows_what_is_used_and_numbers_go_on() -> None:
    stage = await live_on_the_desk()
    stage.microphone.unplug("desk")
    await stage.clock.advance(0.1)
    await speak(stage)
    await speak(stage)
    assert [value for value, _ in stage.page.choices["microphone"]] == ["", "built-in"]
    assert stage.page.values["microphone"] == ""
    assert stage.notice == SAID.get("microphone.replaced", microphone="Built-in microphone")
    assert frames(stage) == [(0, True), (1, True), (2, False)]
    stage.microphone.plug(Microphone("desk", "Desk microphone"))
    await stage.clock.advance(0.1)
    await speak(stage)
    assert (stage.page.values["microphone"], stage.notice) == ("desk", "")
    assert frames(stage)[3:] == [(3, True)]


async def test_a_microphone_that_the_system_muted_is_said_until_it_is_unmuted() -> None:
    stage = await live_on_the_desk()
    stage.microphone.trouble("muted")
    assert stage.notice == SAID.get("microphone.muted")
    assert stage.page.texts["state"] == SAID.get("state.unheard")
    stage.microphone.trouble("unmuted")
    assert (stage.notice, stage.page.texts["state"]) == ("", SAID.get("state.live"))


async def test_another_microphone_can_be_chosen_while_live() -> None:
    stage = await live_on_the_desk()
    await choose(stage, "built-in")
    await speak(stage)
    assert stage.microphone.device_id == "built-in"
    assert stage.page.values["microphone"] == "built-in"
    assert (stage.state, stage.notice) == ("live", "")
    assert frames(stage) == [(0, True), (1, True)]


async def test_a_choice_that_cannot_be_opened_is_said_and_the_one_before_goes_on() -> None:
    stage = await live_on_the_desk()
    stage.microphone.errors = {"built-in": BUSY}
    await choose(stage, "built-in")
    await speak(stage)
    assert stage.notice == SAID.get("error.MICROPHONE_NOT_SWITCHED")
    assert (stage.state, stage.page.values["microphone"]) == ("live", "desk")
    assert stage.microphone.device_id == "desk"
    assert frames(stage) == [(0, True), (1, True)]


async def test_pause_and_mute_work_while_the_microphone_is_lost() -> None:
    stage = await live_on_the_desk()
    stage.microphone.errors = {"": BUSY, "desk": BUSY}
    stage.microphone.trouble("ended")
    await stage.press("mute", "muteBroadcast", "broadcastMuted")
    await stage.press("pause", "pauseBroadcast", "broadcastPaused")
    assert stage.state == "paused"
    assert stage.notice == SAID.get("microphone.lost")
    stage.microphone.errors = {}
    await stage.clock.advance(1)
    await speak(stage)
    assert (stage.state, stage.notice) == ("paused", "")
    assert len(frames(stage)) == 1


async def test_ending_while_the_microphone_is_opened_again_leaves_none_open() -> None:
    stage = await live_on_the_desk()
    stage.microphone.answer = asyncio.Event()
    stage.microphone.trouble("ended")
    await stage.clock.advance(0.1)
    await stage.do("end")
    await stage.do("end-confirm")
    await stage.answer("endSession", "sessionEnded", sessionId="golden-eagle-427", reason="done")
    stage.microphone.answer.set()
    await stage.clock.advance(10)
    assert (stage.state, stage.notice) == ("ended", "")
    assert not stage.microphone.is_open
    assert stage.microphone.asked == ["desk", "desk"]


async def test_coming_back_to_the_page_tries_the_lost_microphone_at_once() -> None:
    stage = await live_on_the_desk()
    stage.microphone.errors = {"": BUSY, "desk": BUSY}
    stage.microphone.trouble("ended")
    await stage.clock.advance(8)
    stage.microphone.errors = {}
    stage.app.page_seen()
    await stage.clock.settle()
    await speak(stage)
    assert stage.notice == ""


async def test_having_to_try_the_connection_again_is_said_before_a_lost_microphone() -> None:
    stage = await live_on_the_desk()
    stage.microphone.errors = {"": BUSY, "desk": BUSY}
    stage.microphone.trouble("ended")
    for _ in range(MAX_ATTEMPTS + 1):
        stage.connector.last.drop()
        await stage.clock.advance(3)
    assert stage.sees("try-again")
    assert stage.notice == SAID.get("notice.gave-up")


async def test_a_microphone_plugged_in_before_the_talk_is_offered_at_once() -> None:
    stage = SpeakerHarness()
    await stage.sign_in()
    stage.microphone.plug(Microphone("usb", "USB microphone"))
    await stage.clock.settle()
    assert ("usb", "USB microphone") in stage.page.choices["microphone"]
    assert stage.microphone.asked == []
