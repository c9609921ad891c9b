"""The speaker page without a browser: from Start to a live talk, or to nothing."""

import asyncio

from pylib.errors import AudioError
from pylib.session.orchestrator import CreationResult
from tests.support.english import english
from tests.support.fake_audio import FakeMicrophone
from tests.support.speaker_harness import SpeakerHarness

SAID = english("speaker")


async def test_an_opening_can_be_cancelled_and_nothing_is_said_of_it() -> None:
    stage = SpeakerHarness()
    stage.creator.answers = asyncio.Event()
    await stage.sign_in()
    await stage.do("start-form", "submit")
    assert (stage.state, stage.sees("cancel")) == ("creating", True)
    await stage.do("cancel")
    assert (stage.state, stage.notice) == ("idle", "")
    stage.creator.answers.set()
    await stage.clock.settle()
    assert (stage.state, stage.connector.sockets) == ("idle", [])


async def test_a_cancel_counts_for_one_start_only() -> None:
    stage = SpeakerHarness()
    await stage.sign_in()
    await stage.do("cancel")
    await stage.do("start-form", "submit")
    await stage.answer("getSessionStatus", "sessionStatus", createdAt=stage.clock.now_ms())
    assert stage.state == "live"


async def test_a_cancel_pressed_again_and_again_does_not_cut_short_the_tidying_up() -> None:
    stage = SpeakerHarness()
    stage.microphone.answer = asyncio.Event()
    await stage.go_live()
    for _ in range(3):
        stage.page.do("cancel", "click")
    await stage.answer("endSession", "sessionEnded", sessionId="golden-eagle-427", reason="done")
    assert (stage.state, stage.notice) == ("idle", "")
    assert stage.connector.last.closed_by_client


async def test_an_opening_can_be_cancelled_while_the_browser_asks_for_the_microphone() -> None:
    stage = SpeakerHarness()
    stage.microphone.answer = asyncio.Event()
    await stage.go_live()
    assert (stage.state, stage.sees("cancel")) == ("creating", True)
    await stage.do("cancel")
    await stage.answer("endSession", "sessionEnded", sessionId="golden-eagle-427", reason="done")
    assert (stage.state, stage.notice) == ("idle", "")
    stage.microphone.answer.set()
    await stage.clock.settle()
    assert (stage.state, stage.microphone.is_open) == ("idle", False)
    await stage.do("start-form", "submit")
    await stage.answer("getSessionStatus", "sessionStatus", createdAt=stage.clock.now_ms())
    assert stage.state == "live"


async def test_a_talk_does_not_wait_for_the_names_of_microphones() -> None:
    stage = SpeakerHarness()
    await stage.sign_in()
    stage.microphone.list_answer = asyncio.Event()
    await stage.do("start-form", "submit")
    await stage.answer("getSessionStatus", "sessionStatus", createdAt=stage.clock.now_ms())
    assert (stage.state, stage.sees("cancel")) == ("live", False)


async def test_what_a_talk_is_opened_with_cannot_be_chosen_anew_meanwhile() -> None:
    stage = SpeakerHarness()
    stage.microphone.answer = asyncio.Event()
    await stage.go_live()
    choices = ("start", "microphone", "source-language", "quality-tier")
    assert all(f"{name} disabled" in stage.page.attributes for name in choices)
    stage.microphone.answer.set()
    await stage.clock.settle()
    assert stage.state == "live"
    assert not any(f"{name} disabled" in stage.page.attributes for name in choices)


async def test_whatever_fails_while_going_live_leaves_a_sentence_and_no_session() -> None:
    stage = SpeakerHarness(FakeMicrophone(RuntimeError("the browser's own trouble")))
    await stage.go_live()
    await stage.answer("endSession", "sessionEnded", sessionId="golden-eagle-427", reason="x")
    assert stage.state == "error"
    assert "Something went wrong" in stage.notice
    assert stage.connector.last.closed_by_client


async def test_a_failed_creation_is_told_and_start_may_be_pressed_again() -> None:
    stage = SpeakerHarness()
    stage.creator.failure = CreationResult(False, "", None, "Try later.", "HTTP_ERROR", "http", 1.0)
    await stage.sign_in()
    await stage.do("start-form", "submit")
    assert (stage.state, stage.notice) == ("error", "Try later.")
    assert stage.page.visible["start-form"]
    stage.creator.failure = None
    await stage.do("start-form", "submit")
    await stage.answer("getSessionStatus", "sessionStatus", createdAt=stage.clock.now_ms())
    assert (stage.state, stage.notice) == ("live", "")


async def test_without_a_microphone_the_session_is_ended_and_the_reason_told() -> None:
    denied = AudioError("The browser may not use the microphone.", code="MICROPHONE_DENIED")
    stage = SpeakerHarness(FakeMicrophone(denied))
    await stage.go_live()
    await stage.answer("endSession", "sessionEnded", sessionId="golden-eagle-427", reason="x")
    assert (stage.state, stage.notice) == (
        "error",
        SAID.get("error.MICROPHONE_DENIED").replace("{button}", "Start"),
    )
    assert stage.page.visible["start-form"]
