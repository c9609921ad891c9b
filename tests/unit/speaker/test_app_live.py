"""The speaker page without a browser: what happens during a talk."""

import asyncio

from pylib.errors import ConfigError
from pylib.realtime.backoff import MAX_ATTEMPTS
from pylib.session.orchestrator import CreationResult
from speaker.demo_account import DemoAccount
from tests.support.english import english
from tests.support.speaker_harness import SpeakerHarness

SAID = english("speaker")


async def test_pause_and_mute_are_seen_and_said() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    await stage.press("mute", "muteBroadcast", "broadcastMuted")
    assert (stage.state, stage.page.texts["mute"]) == ("muted", "Unmute")
    await stage.press("pause", "pauseBroadcast", "broadcastPaused")
    assert (stage.state, stage.page.texts["pause"]) == ("paused", "Continue")
    assert "mute disabled" in stage.page.attributes
    await stage.press("pause", "resumeBroadcast", "broadcastResumed")
    await stage.press("mute", "unmuteBroadcast", "broadcastUnmuted")
    assert (stage.state, stage.page.texts["mute"]) == ("live", "Mute")


async def test_a_press_while_reconnecting_is_seen_at_once() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    stage.connector.last.drop()
    await stage.do("mute")
    assert (stage.state, stage.page.texts["mute"]) == ("reconnecting", "Unmute")


async def test_yes_pressed_twice_in_a_hurry_ends_the_talk_once_and_says_nothing_wrong() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    await stage.do("end")
    await stage.do("end-confirm")
    for again in ("end-confirm", "end", "end-confirm"):
        assert not stage.sees("end-question")
        await stage.do(again)
    await stage.answer("endSession", "sessionEnded", sessionId="golden-eagle-427", reason="done")
    assert (stage.state, stage.notice) == ("ended", "")
    assert len([text for text in stage.connector.last.texts if text["action"] == "endSession"]) == 1


async def test_the_end_question_of_one_talk_is_not_asked_in_the_next() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    await stage.do("end")
    stage.connector.last.say({"type": "sessionEnded", "timestamp": 1, "reason": "expired"})
    await stage.clock.settle()
    await stage.do("start-form", "submit")
    await stage.answer("getSessionStatus", "sessionStatus", createdAt=stage.clock.now_ms())
    assert (stage.state, stage.sees("end-question")) == ("live", False)


async def test_a_speaker_who_was_away_for_too_long_is_told_so_in_a_speakers_words() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    stage.connector.last.drop()
    await stage.clock.advance(1)
    stage.connector.last.drop(1008, "SESSION_INACTIVE")
    await stage.clock.settle()
    assert (stage.state, stage.notice) == ("ended", SAID.get("notice.talk-over"))


async def test_a_microphone_that_falls_silent_is_told_within_a_second_or_two() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    stage.microphone.speak([0.5] * 320, stage.clock.now_ms())
    await stage.clock.advance(0.5)
    assert stage.notice == ""
    await stage.clock.advance(1.5)
    assert "No sound comes" in stage.notice
    assert stage.page.attributes["level value"] == "0.0"
    stage.microphone.speak([0.5] * 320, stage.clock.now_ms())
    await stage.clock.advance(0.2)
    assert stage.notice == ""


async def test_giving_up_offers_to_try_again() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    for _ in range(MAX_ATTEMPTS + 1):
        stage.connector.last.drop()
        await stage.clock.advance(3)
    assert stage.state == "reconnecting"
    assert stage.sees("try-again")
    assert "Press “Try again”" in stage.notice
    await stage.do("try-again")
    stage.connector.last.accept()
    assert stage.state == "live"
    assert not stage.sees("try-again")


async def test_a_sign_in_that_ran_out_while_live_asks_for_a_new_one() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    stage.connector.last.drop(1008, "AUTH_TOKEN_EXPIRED")
    assert stage.state == "ended"
    assert "sign in again" in stage.notice
    assert stage.sees("login-form")


async def test_a_talk_outlives_a_server_that_cannot_check_the_sign_in() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    for _ in range(4):
        stage.connector.last.drop(1013, "SERVICE_UNAVAILABLE")
        await stage.clock.settle()
        assert (stage.state, stage.sees("login-form")) == ("reconnecting", False)
        await stage.clock.advance(3)
        stage.connector.last.accept()
    stage.connector.last.say({"type": "welcome", "timestamp": 0})
    await stage.clock.settle()
    assert stage.state == "live"


async def test_a_talk_ended_by_the_server_says_why() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    stage.connector.last.say({"type": "sessionEnded", "timestamp": 1, "reason": "expired"})
    await stage.clock.settle()
    assert "as long as a talk may last" in stage.notice


async def test_an_end_that_nobody_confirms_says_what_listeners_will_see() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    stage.connector.last.drop()
    await stage.do("end")
    await stage.do("end-confirm")
    assert stage.state == "ended"
    assert "in a few minutes" in stage.notice


async def test_the_audience_and_the_level_are_shown() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    hearing = {"audible": 2, "medianEarDelayMs": 100}
    stage.connector.last.say(
        {"type": "sessionStatus", "timestamp": 1, "listenerCount": 3, "hearing": hearing}
    )
    assert stage.page.texts["listener-count"] == "3"
    assert stage.page.texts["hearing-count"] == "2"
    assert stage.page.texts["typical-delay"] == "0.1 s"
    stage.microphone.speak([0.5] * 320, stage.clock.now_ms())
    await stage.clock.advance(0.1)
    assert float(stage.page.attributes["level value"]) > 0.8


async def test_the_link_is_copied() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    await stage.do("copy-link")
    assert stage.window.copied == ["https://talk.example/listener/?s=golden-eagle-427"]
    assert stage.page.texts["link-told"] == "The link is copied."


async def test_a_link_that_the_browser_does_not_let_us_copy_is_told() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    stage.window.clipboard_is_open = False
    await stage.do("copy-link")
    assert stage.page.texts["link-told"] == SAID.get("copy-failed")


async def test_end_asks_once_and_then_ends() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    await stage.do("end")
    assert stage.sees("end-question")
    assert stage.page.focused == "end-confirm"
    assert stage.state == "live"
    await stage.do("end")
    assert not stage.sees("end-question")
    await stage.do("end")
    await stage.do("end-cancel")
    assert not stage.sees("end-question")
    assert (stage.page.focused, stage.state) == ("end", "live")
    await stage.do("end")
    await stage.do("end-confirm")
    await stage.answer("endSession", "sessionEnded", sessionId="golden-eagle-427", reason="done")
    assert stage.state == "ended"
    assert stage.page.visible["start-form"]
    assert not stage.page.visible["controls"]


async def test_a_sign_in_that_ran_out_leads_back_to_the_form() -> None:
    stage = SpeakerHarness()
    stage.creator.failure = CreationResult(
        False, "", None, "Please sign in again.", "AUTH_SIGN_IN_REQUIRED", "http", 1.0
    )
    await stage.sign_in()
    await stage.do("start-form", "submit")
    assert stage.notice == "You are not signed in any more. Please sign in again."
    assert stage.page.visible["login-form"]


async def test_who_has_created_too_many_talks_reads_how_long_to_wait() -> None:
    stage = SpeakerHarness()
    stage.creator.failure = CreationResult(
        *(False, "", None, "Wait.", "RATE_LIMIT_EXCEEDED", "http", 1.0), retry_after_s=1700
    )
    await stage.sign_in()
    await stage.do("start-form", "submit")
    assert stage.notice == "Too many tries in a short time. Please try again in 29 minutes."


async def test_another_tab_taking_over_is_told() -> None:
    stage = SpeakerHarness()
    await stage.go_live()
    stage.connector.last.drop(4001, "replaced")
    await stage.clock.settle()
    assert stage.state == "ended"
    assert "another tab" in stage.notice


async def test_signing_out_is_seen_before_the_sign_in_service_has_answered() -> None:
    stage = SpeakerHarness()
    await stage.sign_in()
    stage.account.answers = asyncio.Event()
    await stage.do("sign-out")
    assert stage.sees("login-form")
    assert not stage.sees("start-form")
    stage.account.answers.set()
    await stage.clock.settle()
    assert stage.account.user == ""


async def test_signing_out_is_seen_when_a_reload_would_find_it_so() -> None:
    stage = SpeakerHarness()
    await stage.sign_in()
    form_was_there: list[bool] = []
    stage.account.dismiss = lambda: form_was_there.append(stage.sees("login-form"))  # type: ignore[method-assign]
    await stage.do("sign-out")
    assert form_was_there == [False]
    assert stage.sees("login-form")


async def test_signing_out_leads_back_to_the_form() -> None:
    stage = SpeakerHarness()
    await stage.sign_in()
    await stage.do("sign-out")
    assert stage.account.user == ""
    assert stage.page.visible["login-form"]


async def test_the_demo_account_is_prefilled_only_where_there_is_one() -> None:
    stage = SpeakerHarness()
    stage.page.set_value("login-email", "typed already")
    stage.view.prefill(DemoAccount())
    assert stage.page.values["login-email"] == "typed already"
    stage.view.prefill(DemoAccount("demo@example.com", "demo"))
    assert stage.page.values["login-email"] == "demo@example.com"


async def test_a_page_without_a_config_says_so() -> None:
    stage = SpeakerHarness()
    stage.view.fail(ConfigError("No file.", code="CONFIG_NOT_FOUND"))
    assert (stage.state, stage.notice) == ("error", SAID.get("error.CONFIG_NOT_FOUND"))
    assert stage.page.texts["state"] == SAID.get("state.broken")
    assert not any(stage.sees(name) for name in ("login-form", "start-form", "microphone-choice", "extras"))
    stage.view.fail(ConfigError("websocket_url is missing."))
    assert stage.notice == "websocket_url is missing."


async def test_stats_are_plain_numbers_before_and_during() -> None:
    stage = SpeakerHarness()
    assert stage.app.stats() == {"framesSent": 0}
    await stage.go_live()
    stage.app.network_changed(True)
    assert all(isinstance(value, (int, float)) for value in stage.app.stats().values())
