"""The speaker page without a browser: the sound check before a talk, and how the talk takes it over."""

import asyncio

import pytest

from pylib.errors import AudioError
from pylib.ports import Microphone
from pylib.session.orchestrator import CreationResult
from tests.support.english import english
from tests.support.fake_audio import FakeMicrophone
from tests.support.speaker_harness import SpeakerHarness

SAID = english("speaker")


async def checking(microphone: FakeMicrophone | None = None) -> SpeakerHarness:
    stage = SpeakerHarness(microphone)
    await stage.sign_in()
    await stage.do("check-sound")
    return stage


def advice(stage: SpeakerHarness) -> tuple[str, str]:
    """The advice shown, and its kind."""
    return stage.page.texts["sound-advice"], stage.page.attributes.get("sound-advice data-kind", "")


async def choose(stage: SpeakerHarness, name: str, value: str) -> None:
    stage.page.set_value(name, value)
    await stage.do(name, "change")


async def test_the_check_is_offered_to_who_may_start_and_to_nobody_else() -> None:
    stage = SpeakerHarness()
    await stage.open()
    assert not stage.sees("microphone-choice")
    await stage.sign_in()
    assert stage.sees("check-sound")
    assert not stage.sees("sound")
    assert stage.microphone.asked == []
    await stage.do("start-form", "submit")
    assert not stage.sees("check-sound")
    await stage.answer("getSessionStatus", "sessionStatus", createdAt=stage.clock.now_ms())
    assert not stage.sees("check-sound")
    assert stage.sees("sound")


async def test_a_check_shows_the_level_names_the_microphone_and_asks_to_say_something() -> None:
    stage = await checking()
    assert (stage.state, stage.notice) == ("idle", "")
    assert stage.sees("sound")
    assert stage.page.texts["check-sound"] == SAID.get("stop-check")
    assert stage.page.texts["device"] == "In use: Built-in microphone"
    assert advice(stage) == (SAID.get("advice.say-something"), "ask")
    await stage.hear(0.5, 2)
    assert float(stage.page.attributes["level value"]) > 0.8
    assert stage.microphone.voice


async def test_who_speaks_is_told_that_it_is_good() -> None:
    stage = await checking()
    await stage.talk(5)
    assert advice(stage) == (SAID.get("advice.heard-well"), "good")


async def test_a_microphone_that_gives_nothing_is_told() -> None:
    stage = await checking()
    await stage.hear(0.0, 250)
    assert advice(stage) == (SAID.get("advice.silence"), "warn")


async def test_who_is_too_loud_too_soft_or_in_noise_is_told_what_to_do() -> None:
    stage = await checking()
    await stage.talk(5, amplitude=1.0)
    assert advice(stage) == (SAID.get("advice.clipping"), "warn")
    stage = await checking()
    await stage.talk(8, amplitude=0.003, noise=0.0001)
    assert advice(stage) == (SAID.get("advice.quiet"), "warn")
    stage = await checking()
    await stage.talk(15, amplitude=0.2, noise=0.07)
    assert advice(stage) == (SAID.get("advice.noise"), "warn")


async def test_the_same_press_ends_the_check_and_lets_the_microphone_go() -> None:
    stage = await checking()
    await stage.hear(0.5, 2)
    await stage.do("check-sound")
    assert not stage.microphone.is_open
    assert not stage.sees("sound")
    assert stage.page.texts["check-sound"] == SAID.get("check-sound")
    assert (advice(stage), stage.page.texts["device"]) == (("", ""), "")
    await stage.clock.advance(0.1)
    assert stage.page.attributes["level value"] == "0.0"


async def test_two_presses_in_a_hurry_leave_no_microphone_open() -> None:
    stage = SpeakerHarness()
    await stage.sign_in()
    stage.page.do("check-sound", "click")
    stage.page.do("check-sound", "click")
    await stage.clock.settle()
    assert (stage.microphone.is_open, stage.sees("sound")) == (False, False)


async def test_a_microphone_that_may_not_be_used_is_told_and_the_check_is_over() -> None:
    denied = AudioError("The browser may not use the microphone.", code="MICROPHONE_DENIED")
    stage = await checking(FakeMicrophone(denied))
    assert stage.notice.endswith("then press “Check the sound” again.")
    assert not stage.sees("sound")
    assert stage.page.texts["check-sound"] == SAID.get("check-sound")


async def test_a_check_that_fails_in_an_unknown_way_is_over_too() -> None:
    stage = await checking(FakeMicrophone(RuntimeError("the browser's own trouble")))
    assert stage.notice == SAID.get("notice.unexpected")
    assert not stage.sees("sound")


async def test_going_live_takes_the_open_microphone_over() -> None:
    stage = await checking()
    await stage.hear(0.5, 2)
    await stage.do("start-form", "submit")
    assert stage.sees("sound")
    await stage.answer("getSessionStatus", "sessionStatus", createdAt=stage.clock.now_ms())
    await stage.hear(0.5, 3)
    assert stage.microphone.asked == [""]
    assert stage.state == "live"
    assert len(stage.connector.last.frames) == 3
    assert advice(stage) == ("", "")


async def test_going_live_while_the_browser_still_asks_the_person_is_heard_all_the_same() -> None:
    stage = SpeakerHarness()
    await stage.sign_in()
    stage.microphone.answer = asyncio.Event()
    await stage.do("check-sound")
    await stage.do("start-form", "submit")
    await stage.answer("getSessionStatus", "sessionStatus", createdAt=stage.clock.now_ms())
    stage.microphone.answer.set()
    await stage.clock.settle()
    await stage.hear(0.5, 3)
    assert (stage.state, stage.notice) == ("live", "")
    assert len(stage.connector.last.frames) == 3


async def test_a_talk_that_could_not_begin_leaves_no_microphone_open() -> None:
    stage = await checking()
    stage.creator.failure = CreationResult(False, "", None, "Try later.", "HTTP_ERROR", "http", 1.0)
    await stage.do("start-form", "submit")
    assert (stage.state, stage.notice) == ("error", "Try later.")
    assert not stage.microphone.is_open
    assert not stage.sees("sound")


async def test_signing_out_and_leaving_the_page_end_the_check() -> None:
    stage = await checking()
    await stage.do("sign-out")
    assert not stage.microphone.is_open
    assert not stage.sees("sound")
    stage = await checking()
    stage.app.leave()
    assert not stage.microphone.is_open


async def test_leaving_the_page_does_not_end_a_talk() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    stage.app.leave()
    assert stage.microphone.is_open


async def test_choosing_a_microphone_tries_it_when_no_browser_has_to_ask() -> None:
    stage = SpeakerHarness()
    await stage.sign_in()
    await choose(stage, "microphone", "desk")
    assert stage.microphone.device_id == "desk"
    assert stage.page.texts["device"] == "In use: Desk microphone"
    assert advice(stage) == (SAID.get("advice.say-something"), "ask")


async def test_choosing_a_microphone_opens_nothing_before_microphones_were_allowed() -> None:
    stage = SpeakerHarness()
    stage.microphone.devices = [Microphone("", "Microphone 1")]
    await stage.sign_in()
    await choose(stage, "microphone", "")
    assert stage.microphone.asked == []


async def test_choosing_a_microphone_opens_nothing_while_the_talk_is_being_opened() -> None:
    stage = SpeakerHarness()
    await stage.sign_in()
    await stage.do("start-form", "submit")
    await choose(stage, "microphone", "desk")
    assert (stage.state, stage.microphone.asked) == ("creating", [])
    await stage.answer("getSessionStatus", "sessionStatus", createdAt=stage.clock.now_ms())
    assert (stage.state, stage.microphone.asked) == ("live", [""])


async def test_choosing_another_microphone_during_the_check_judges_it_anew() -> None:
    stage = await checking()
    await stage.talk(5)
    await choose(stage, "microphone", "desk")
    assert stage.microphone.asked == ["", "desk"]
    assert stage.page.texts["device"] == "In use: Desk microphone"
    assert advice(stage) == (SAID.get("advice.say-something"), "ask")


async def test_another_kind_of_sound_is_captured_in_another_way_and_noise_is_no_matter_for_music() -> None:
    stage = await checking()
    await choose(stage, "quality-tier", "premium")
    assert stage.microphone.asked == ["", ""]
    assert not stage.microphone.voice
    await stage.talk(15, amplitude=0.2, noise=0.07)
    assert advice(stage) == (SAID.get("advice.heard-well"), "good")
    await stage.do("start-form", "submit")
    await stage.answer("getSessionStatus", "sessionStatus", createdAt=stage.clock.now_ms())
    await stage.talk(15, amplitude=0.2, noise=0.07)
    assert stage.microphone.asked == ["", ""]
    assert advice(stage) == ("", "")


async def test_another_kind_of_sound_opens_nothing_without_a_check() -> None:
    stage = SpeakerHarness()
    await stage.sign_in()
    await choose(stage, "quality-tier", "premium")
    assert stage.microphone.asked == []


async def test_a_microphone_lost_during_the_check_is_told_instead_of_advice() -> None:
    stage = await checking()
    await stage.hear(0.5, 2)
    stage.microphone.errors = {"": AudioError("Gone.", code="MICROPHONE_MISSING")}
    stage.microphone.trouble("ended")
    await stage.clock.advance(0.1)
    assert stage.notice == SAID.get("microphone.lost")
    assert (advice(stage), stage.page.texts["device"]) == (("", ""), "")
    assert stage.page.attributes["level value"] == "0.0"


@pytest.mark.parametrize("volume", ["50", "200"])
async def test_the_volume_acts_on_the_check_and_on_the_talk_after_it(volume: str) -> None:
    stage = await checking()
    await stage.hear(0.1, 2)
    before = float(stage.page.attributes["level value"])
    stage.page.set_value("input-volume", volume)
    await stage.do("input-volume", "input")
    await stage.hear(0.1, 100)
    louder_db = (float(stage.page.attributes["level value"]) - before) * 60
    assert louder_db == pytest.approx(6 if volume == "200" else -6, abs=1)
    assert stage.page.texts["volume-text"] == f"{volume}%"
    await stage.do("start-form", "submit")
    await stage.answer("getSessionStatus", "sessionStatus", createdAt=stage.clock.now_ms())
    await stage.hear(0.1)
    sent = int.from_bytes(stage.connector.last.frames[-1][-2:], "little", signed=True)
    assert sent == pytest.approx(0.1 * int(volume) / 100 * 32767, abs=1)
