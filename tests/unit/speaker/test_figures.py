"""The speaker page without a browser: what it counts of each start and end, and that a person may say no."""

import asyncio
from typing import Any

from pylib.errors import AudioError
from pylib.protocol import codes
from pylib.session.orchestrator import CreationResult
from speaker.talks.own_talk import OwnTalk
from tests.support.fake_audio import FakeMicrophone
from tests.support.fake_beacon import FakeBeacon
from tests.support.fake_store import FakeTextStore
from tests.support.speaker_harness import SpeakerHarness

NOT_MADE = CreationResult(False, "", None, "No.", codes.NETWORK_ERROR, "http", 12.0)


def told(stage: SpeakerHarness) -> list[list[Any]]:
    """The actions that the page sends when it is hidden now: name, outcome, code, first of the day."""
    stage.window.happen("hidden")
    return [[*row[:3], row[5]] for row in stage.beacon.actions()]


async def test_a_start_and_an_end() -> None:
    stage = SpeakerHarness(beacon=FakeBeacon())
    await stage.go_live()
    await stage.do("end")
    await stage.do("end-confirm")
    await stage.answer("endSession", "sessionEnded", sessionId="golden-eagle-427", reason="done")
    assert told(stage) == [["start", "ok", "", True], ["end", "ok", "", False]]


async def test_a_start_that_fails_counts_once_with_its_code() -> None:
    stage = SpeakerHarness(beacon=FakeBeacon())
    stage.creator.failure = NOT_MADE
    await stage.sign_in()
    await stage.do("start-form", "submit")
    assert told(stage) == [["start", "failed", codes.NETWORK_ERROR, True]]


async def test_a_microphone_that_cannot_be_had_is_a_start_that_failed() -> None:
    microphone = FakeMicrophone(AudioError("no", code=codes.MICROPHONE_DENIED))
    stage = SpeakerHarness(microphone, beacon=FakeBeacon())
    await stage.go_live()
    assert told(stage) == [["start", "failed", codes.MICROPHONE_DENIED, True]]


async def test_a_start_that_is_cancelled_or_left_was_taken_back() -> None:
    for take_back in ("cancel", "leave"):
        stage = SpeakerHarness(beacon=FakeBeacon())
        stage.creator.answers = asyncio.Event()
        await stage.sign_in()
        await stage.do("start-form", "submit")
        if take_back == "cancel":
            await stage.do("cancel")
        else:
            stage.window.happen("pagehide")
        assert told(stage) == [["start", "aborted", "", False]]


async def test_an_end_that_the_server_does_not_confirm_has_failed() -> None:
    stage = SpeakerHarness(beacon=FakeBeacon())
    await stage.go_live()
    stage.connector.last.drop()
    await stage.do("end")
    await stage.do("end-confirm")
    assert told(stage)[1:] == [["end", "failed", codes.NOT_CONNECTED, False]]


async def test_ending_a_talk_that_runs_elsewhere_is_an_end() -> None:
    stage = SpeakerHarness(beacon=FakeBeacon())
    stage.sessions.talks = [OwnTalk("quick-fox-003", "standard", "active", 5_000, speaks_elsewhere=True)]
    await stage.sign_in()
    stage.page.dialog("talks", opened=True)
    await stage.do("talks", "toggle")
    for press in ("talk-end", "talk-end-yes"):
        stage.page.rows_of["talk-list"][0].do(press)
        await stage.clock.settle()
    assert stage.sessions.ended == ["quick-fox-003"]
    assert told(stage) == [["end", "ok", "", False]]


async def test_ending_a_talk_that_was_found_is_an_end_in_the_mode_of_its_start() -> None:
    before = SpeakerHarness()
    await before.go_live()
    before.connector.last.drop(1001)
    before.clock.forget_timers()
    before.disk.tab = FakeTextStore()
    stage = SpeakerHarness(disk=before.disk, beacon=FakeBeacon())
    await stage.open()
    ending = asyncio.create_task(stage.do("end-found"))
    await stage.clock.settle()
    stage.connector.last.accept()
    stage.connector.last.say({"type": "welcome", "timestamp": 0})
    await ending
    await stage.answer("endSession", "sessionEnded", sessionId="golden-eagle-427", reason="done")
    assert told(stage) == [["end", "ok", "", False]]
    assert [batch["mode"] for _, batch in stage.beacon.sent] == ["http"]


async def test_a_talk_that_is_continued_counts_in_the_mode_of_its_start() -> None:
    before = SpeakerHarness()
    await before.go_live()
    before.connector.last.drop(1001)
    before.clock.forget_timers()
    before.lock.let_go()
    stage = SpeakerHarness(disk=before.disk, beacon=FakeBeacon())
    loading = stage.begin_opening()
    await stage.clock.settle()
    stage.speaker_page.recorder.called(0)
    stage.speaker_page.recorder.refreshed(ok=True)
    await stage.clock.advance(60)
    assert [batch["mode"] for _, batch in stage.beacon.sent] == ["http"]
    loading.cancel()


async def test_what_was_counted_in_one_mode_is_sent_before_another_begins() -> None:
    stage = SpeakerHarness(beacon=FakeBeacon())
    await stage.open()
    recorder = stage.speaker_page.recorder
    recorder.use_mode("http")
    recorder.called(0)
    recorder.use_mode("websocket")
    assert [batch["mode"] for _, batch in stage.beacon.sent] == ["http"]


async def test_a_person_may_say_no_and_that_is_kept() -> None:
    stage = SpeakerHarness(beacon=FakeBeacon())
    await stage.open()
    assert (stage.sees("send-figures"), stage.sees("figures-refused")) == (True, False)
    assert stage.page.attributes["send-figures aria-checked"] == "true"
    await stage.do("send-figures")
    stage = SpeakerHarness(disk=stage.disk, beacon=FakeBeacon())
    await stage.go_live()
    assert stage.page.attributes["send-figures aria-checked"] == "false"
    assert (told(stage), stage.beacon.sent) == ([], [])
    assert "lectern.day" not in stage.disk.shared.records


async def test_a_browser_that_asks_for_privacy_is_obeyed_and_the_page_says_so() -> None:
    stage = SpeakerHarness(beacon=FakeBeacon(unwanted=True))
    await stage.go_live()
    assert (stage.sees("send-figures"), stage.sees("figures-refused")) == (False, True)
    assert (told(stage), stage.beacon.sent) == ([], [])


async def test_the_day_of_the_last_start_is_forgotten_with_all_else() -> None:
    stage = SpeakerHarness(beacon=FakeBeacon())
    await stage.go_live()
    assert stage.disk.shared.read("lectern.day") == "2023-11-14"
    await stage.do("forget")
    assert stage.disk.shared.read("lectern.day") == ""
