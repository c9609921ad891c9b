"""Portable: the listener page without a browser: what happens during a talk."""

import asyncio

from pylib.errors import ConfigError
from pylib.realtime.backoff import MAX_ATTEMPTS
from pylib.ui.i18n import Texts
from tests.support.english import english
from tests.support.fake_audio import FakeLoudspeaker
from tests.support.fake_http import problem
from tests.support.listener_harness import CODE, CREATED_MS, ListenerHarness
from tests.support.portable import async_raises


async def test_what_the_speaker_does_is_seen() -> None:
    stage = await ListenerHarness().join()
    await stage.hear()
    for message, state, words in (
        ("broadcastPaused", "paused", "break"),
        ("broadcastResumed", "live", "live"),
        ("broadcastMuted", "live", "microphone is off"),
        ("broadcastUnmuted", "live", "live"),
        ("speakerAway", "speaker-away", "coming back"),
        ("speakerBack", "live", "live"),
    ):
        stage.say(message)
        assert stage.state == state, message
        assert words in stage.page.texts["state"], message


async def test_a_break_is_still_a_break_after_the_speakers_connection_blinked() -> None:
    stage = await ListenerHarness().join()
    for sequence, words in (
        (("broadcastPaused", "speakerAway", "speakerBack"), "break"),
        (("broadcastResumed", "broadcastMuted", "broadcastPaused", "broadcastResumed"), "microphone is off"),
        (("speakerBack",), "microphone is off"),
        (("speakerAway", "broadcastUnmuted"), "coming back"),
    ):
        for message in sequence:
            stage.say(message)
        assert words in stage.page.texts["state"], sequence


async def test_a_loss_is_told_at_once_and_all_else_politely() -> None:
    stage = await ListenerHarness().join()
    await stage.hear()
    assert stage.page.attributes["state aria-live"] == "polite"
    for message, way in (
        ("speakerAway", "assertive"),
        ("speakerBack", "polite"),
        ("broadcastPaused", "polite"),
    ):
        stage.say(message)
        assert stage.page.attributes["state aria-live"] == way, message
    stage.socket.drop()
    assert stage.page.attributes["state aria-live"] == "assertive"


async def test_the_last_question_counts_not_the_last_answer() -> None:
    stage = ListenerHarness()
    slow = stage.api.release = asyncio.Event()
    first = asyncio.create_task(stage.app.open("old-code-111"))
    await stage.clock.settle()
    assert (stage.state, stage.page.texts["state"]) == ("connecting", "Looking for the talk …")
    stage.api.release = None
    await stage.app.open("new-code-222")
    slow.set()
    await first
    assert stage.app.session.session_id == "new-code-222"
    assert stage.window.written == [("s", "new-code-222")]


async def test_sound_that_cannot_be_started_says_so_and_leaves_the_button() -> None:
    stage = ListenerHarness(FakeLoudspeaker(RuntimeError("worklet not loaded")))
    await stage.app.open(CODE)
    await async_raises(RuntimeError, stage.app.listen())
    assert stage.state == "ready"
    assert "cannot be reached" in stage.notice
    assert stage.page.visible["listen"]


async def test_an_audio_clock_that_stands_still_is_not_called_live() -> None:
    stage = await ListenerHarness().join()
    await stage.hear()
    assert stage.state == "live"
    await stage.clock.advance(2.5)
    assert stage.state == "buffering"
    assert stage.socket.last("playbackReport")["audible"] is False


async def test_a_site_without_the_http_api_learns_by_joining() -> None:
    stage = ListenerHarness(has_http_api=False)
    await stage.app.open(CODE)
    assert stage.state == "ready"
    await stage.do("listen")
    stage.socket.accept()
    stage.say("welcome", connectionId="c-1")
    await stage.hear()
    assert (stage.state, stage.page.texts["delay"], stage.page.visible["delay-figure"]) == ("live", "", False)
    stage.say("sessionJoined", sessionId=CODE, status="active", sourceLanguage="de", createdAt=CREATED_MS)
    await stage.hear()
    assert stage.page.texts["delay"] == "0.1 s"
    assert stage.page.choices["language"] == [("de", "Original (de in en)")]


async def test_joining_a_paused_session_says_so() -> None:
    stage = ListenerHarness()
    stage.api.status = "paused"
    await stage.app.open(CODE)
    assert stage.state == "ready"
    await stage.do("listen")
    stage.socket.accept()
    stage.say("welcome", connectionId="c-1")
    stage.say("sessionJoined", sessionId=CODE, status="paused")
    await stage.clock.settle()
    assert stage.state == "paused"
    stage.say("sessionJoined", sessionId=CODE, status="active")
    assert stage.state == "buffering"


async def test_the_end_is_told_and_everything_let_go() -> None:
    stage = await ListenerHarness().join()
    await stage.hear()
    stage.loudspeaker.run(1000)
    stage.say("sessionEnded", sessionId=CODE, reason="done")
    assert stage.state == "ended"
    assert stage.page.visible["join-form"]
    assert not stage.loudspeaker.is_open
    assert stage.clock.waiting() == 0


async def test_a_talk_that_ends_before_the_tap_is_noticed() -> None:
    stage = ListenerHarness()
    await stage.app.open(CODE)
    stage.api.status = "paused"
    await stage.clock.advance(60)
    assert stage.state == "ready"
    stage.api.status = "ended"
    await stage.clock.advance(60)
    assert stage.state == "ended"
    assert stage.clock.waiting() == 0


async def test_a_talk_that_ends_while_the_connection_is_lost_is_noticed() -> None:
    stage = await ListenerHarness().join()
    asked = len(stage.api.asked)
    stage.say("broadcastPaused")
    await stage.clock.advance(20)
    assert len(stage.api.asked) == asked, "a live connection needs no polling"
    stage.api.status = "ended"
    for _ in range(3):
        stage.socket.drop()
        await stage.clock.advance(8)
    assert stage.state == "ended"


async def test_a_talk_that_is_gone_for_good_is_noticed() -> None:
    stage = ListenerHarness()
    await stage.app.open(CODE)
    stage.api.failure = problem(404, "SESSION_NOT_FOUND")
    await stage.clock.advance(60)
    assert stage.state == "not-found"


async def test_a_full_session_says_so_and_may_be_tried_again() -> None:
    stage = ListenerHarness()
    await stage.app.open(CODE)
    await stage.do("listen")
    stage.socket.drop(1008, "SESSION_MAX_LISTENERS_REACHED")
    await stage.clock.settle()
    assert stage.state == "full"
    assert stage.page.visible["listen"]
    await stage.do("listen")
    assert len(stage.connector.sockets) == 2


async def test_a_place_that_was_given_away_is_told_and_asked_for_again_only_by_a_tap() -> None:
    stage = await ListenerHarness().join()
    error = {
        "type": "error",
        "timestamp": 1,
        "code": "SESSION_PLACE_GIVEN_AWAY",
        "message": "",
        "details": {},
    }
    stage.socket.say(error)
    stage.socket.drop(4008, "This talk is full, and nothing showed that its sound is heard on your device.")
    await stage.clock.advance(10)
    assert (stage.state, len(stage.connector.sockets)) == ("full", 1)
    assert stage.page.texts["state"].startswith("This talk is full, and no sound was heard on this device.")
    await stage.do("listen")
    assert len(stage.connector.sockets) == 2


async def test_a_closed_door_is_told() -> None:
    stage = ListenerHarness()
    await stage.app.open(CODE)
    await stage.do("listen")
    stage.socket.drop(1008, "SESSION_DOOR_CLOSED")
    await stage.clock.settle()
    assert stage.state == "full"
    assert stage.page.texts["state"].startswith("The speaker lets nobody else in")


async def test_other_errors_change_nothing() -> None:
    stage = await ListenerHarness().join()
    stage.socket.say(
        {"type": "error", "timestamp": 1, "code": "RATE_LIMIT_EXCEEDED", "message": "", "details": {}}
    )
    await stage.clock.settle()
    assert stage.state != "full"
    assert len(stage.connector.sockets) == 1


async def test_a_session_that_vanished_before_the_tap_is_told() -> None:
    stage = ListenerHarness()
    await stage.app.open(CODE)
    await stage.do("listen")
    stage.socket.drop(1008, "SESSION_NOT_FOUND")
    await stage.clock.settle()
    assert stage.state == "not-found"


async def test_a_server_out_of_reach_at_the_tap_is_told() -> None:
    stage = ListenerHarness()
    await stage.app.open(CODE)
    await stage.do("listen")
    await stage.clock.advance(30)
    assert stage.state == "ready"
    assert "cannot be reached" in stage.notice
    assert stage.page.visible["listen"]


async def test_a_lost_connection_is_told_and_comes_back_by_itself() -> None:
    stage = await ListenerHarness().join()
    await stage.hear()
    stage.socket.drop()
    assert stage.state == "reconnecting"
    await stage.clock.advance(0.1)
    stage.socket.accept()
    stage.say("welcome", connectionId="c-2")
    await stage.hear()
    assert stage.state == "live"
    assert stage.app.stats()["reconnects"] == 1


async def test_after_a_restart_of_the_server_a_talk_counted_anew_is_heard() -> None:
    stage = await ListenerHarness().join()
    stage.seq = 900
    await stage.hear()
    stage.socket.drop()
    await stage.clock.advance(0.1)
    stage.socket.accept()
    stage.say("welcome", connectionId="c-2", epoch=2)
    stage.seq = 0
    played = stage.app.stats()["framesPlayed"]
    await stage.hear()
    assert stage.app.stats()["framesPlayed"] > played
    assert stage.state == "live"


async def test_a_connection_given_up_offers_the_button() -> None:
    stage = await ListenerHarness().join()
    for _ in range(MAX_ATTEMPTS + 1):
        stage.socket.drop()
        await stage.clock.advance(3)
    assert stage.state == "ready"
    assert "Tap “Listen”" in stage.notice


async def test_news_of_the_network_ends_the_wait() -> None:
    stage = await ListenerHarness().join()
    for _ in range(3):
        stage.socket.drop()
        await stage.clock.advance(0.01)
    waiting = len(stage.connector.sockets)
    stage.app.network_changed(True)
    await stage.clock.settle()
    assert len(stage.connector.sockets) == waiting + 1


async def test_a_page_without_a_config_says_so() -> None:
    stage = ListenerHarness()
    stage.view.fail(ConfigError("No file.", code="CONFIG_NOT_FOUND"))
    assert (stage.state, stage.notice) == ("error", english("listener").get("error.CONFIG_NOT_FOUND"))
    stage.view.set_texts(Texts("fr", {"error.CONFIG_NOT_FOUND": "Rien.", "state.broken": "Non."}))
    assert (stage.page.texts["state"], stage.notice) == ("Non.", "Rien.")
    stage.view.fail(ConfigError("websocket_url is missing."))
    assert stage.notice == "websocket_url is missing."
