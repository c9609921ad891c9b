"""The speaker page without a browser: a reload, Back or a closed tab in the middle of a talk."""

import pytest

from pylib.errors import AudioError
from pylib.ports import Microphone
from pylib.protocol.frames import HEADER_BYTES
from speaker.talk.record import RECORD
from tests.support.fake_audio import FakeMicrophone
from tests.support.fake_store import FakeTextStore
from tests.support.speaker_harness import SpeakerHarness

CODE = "golden-eagle-427"
LINK = "https://talk.example/listener/?s=" + CODE


async def live(**microphone: str) -> SpeakerHarness:
    stage = SpeakerHarness()
    stage.page.enter(microphone)
    await stage.go_live()
    return stage


async def reloaded(
    before: SpeakerHarness, *, tab: bool = True, microphone: FakeMicrophone | None = None
) -> SpeakerHarness:
    """The page is loaded again in its tab, or in another tab of its browser."""
    before.connector.last.drop(1001)
    before.clock.forget_timers()
    before.lock.let_go()
    disk = before.disk
    if not tab:
        disk.tab = FakeTextStore()
    stage = SpeakerHarness(microphone, disk)
    loading = stage.begin_opening()
    await stage.clock.settle()
    if stage.connector.sockets:
        await let_in(stage)
    await loading
    return stage


async def let_in(stage: SpeakerHarness) -> None:
    """The server accepts the speaker's new connection and tells the session's status."""
    stage.connector.last.accept()
    stage.connector.last.say({"type": "welcome", "timestamp": 0, "fromSeq": 50, "connectionId": "c2"})
    await stage.answer("getSessionStatus", "sessionStatus", createdAt=stage.clock.now_ms() - 60_000)


async def test_after_a_reload_the_talk_goes_on_under_the_same_link() -> None:
    before = await live(microphone="desk")
    stage = await reloaded(before)
    assert stage.state == "live"
    assert stage.page.attributes["share-link href"] == LINK
    assert "sessionId=" + CODE in stage.connector.last.url
    assert (stage.creator.asked, stage.microphone.asked) == ([], ["desk"])
    assert stage.page.texts["length"] == "1:00"
    await stage.hear(0.5, 5)
    assert stage.connector.last.frames


async def test_who_was_muted_or_paused_stays_so_and_the_server_is_told() -> None:
    before = await live()
    await before.press("mute", "muteBroadcast", "broadcastMuted")
    stage = await reloaded(before)
    assert stage.state == "muted"
    assert stage.connector.last.last("muteBroadcast")
    await stage.hear(0.5, 5)
    heard = stage.connector.last.frames
    assert (len(heard), any(any(frame[HEADER_BYTES:]) for frame in heard)) == (5, False)
    stage.connector.last.texts.clear()
    await stage.press("pause", "pauseBroadcast", "broadcastPaused")
    again = await reloaded(stage)
    assert again.state == "paused"
    assert again.connector.last.last("pauseBroadcast")
    await again.hear(0.5, 5)
    assert again.connector.last.frames == []


async def test_the_answer_to_a_press_before_the_reload_changes_nothing_after_it() -> None:
    before = await live()
    await before.press("mute", "muteBroadcast", "broadcastMuted")
    await before.do("mute")
    await before.do("mute")
    stage = await reloaded(before)
    for answer in ("broadcastUnmuted", "broadcastResumed"):
        stage.connector.last.say({"type": answer, "timestamp": 1, "requestId": "r3"})
    assert stage.state == "muted"


async def test_a_tabs_duplicate_asks_before_it_takes_the_talk_over() -> None:
    before = await live()
    duplicate = SpeakerHarness(disk=before.disk)
    await duplicate.begin_opening()
    assert (duplicate.state, duplicate.page.texts["found-id"]) == ("idle", CODE)
    assert duplicate.connector.sockets == []
    assert before.state == "live"


@pytest.mark.parametrize("end", ["end", "replaced", "signed out"])
async def test_a_tab_whose_talk_is_over_holds_it_no_more(end: str) -> None:
    stage = await live()
    assert stage.lock.session_id == CODE
    if end == "replaced":
        stage.connector.last.drop(4001)
    elif end == "signed out":
        stage.connector.last.drop(1008, "AUTH_TOKEN_EXPIRED")
    else:
        stage.connector.last.say({"type": "sessionEnded", "timestamp": 0, "sessionId": CODE})
    await stage.clock.settle()
    assert stage.lock.session_id == ""


async def test_in_another_tab_it_is_offered_and_one_press_goes_on() -> None:
    stage = await reloaded(await live(), tab=False)
    assert (stage.state, stage.page.texts["found-id"]) == ("idle", CODE)
    assert stage.page.texts["state"].startswith("A talk of yours has not ended.")
    assert stage.sees("found")
    assert not stage.sees("start-form")
    assert stage.connector.sockets == []
    await stage.do("continue")
    await let_in(stage)
    assert stage.state == "live"
    assert not stage.sees("found")


async def test_a_browser_that_would_ask_for_the_microphone_is_not_made_to_without_a_press() -> None:
    stranger = FakeMicrophone()
    stranger.devices = [Microphone("", "")]
    stage = await reloaded(await live(), microphone=stranger)
    assert stage.sees("found")
    assert stage.microphone.asked == []


async def test_an_offer_may_be_declined_which_ends_the_talk() -> None:
    stage = await reloaded(await live(), tab=False)
    await stage.do("end-found")
    stage.connector.last.accept()
    stage.connector.last.say({"type": "welcome", "timestamp": 0})
    await stage.answer("endSession", "sessionEnded", sessionId=CODE, reason="x")
    assert not stage.sees("found")
    assert stage.sees("start-form")
    assert (stage.disk.shared.records, stage.disk.tab.records) == ({}, {})


async def test_declining_twice_in_a_hurry_is_no_failure_either() -> None:
    stage = await reloaded(await live(), tab=False)
    await stage.do("end-found")
    await stage.do("end-found")
    assert len(stage.connector.sockets) == 1
    stage.connector.last.accept()
    stage.connector.last.say({"type": "welcome", "timestamp": 0})
    await stage.answer("endSession", "sessionEnded", sessionId=CODE, reason="done")
    assert (stage.state, stage.notice, stage.sees("found")) == ("idle", "", False)


async def test_the_second_talk_of_a_visit_is_found_again_at_once_too() -> None:
    before = await live()
    await before.clock.advance(2)
    before.connector.last.say({"type": "sessionEnded", "timestamp": 1})
    await before.clock.settle()
    await before.do("start-form", "submit")
    await before.answer("getSessionStatus", "sessionStatus", createdAt=before.clock.now_ms())
    stage = await reloaded(before)
    assert stage.state == "live"


async def test_declining_one_that_is_over_already_is_no_failure() -> None:
    stage = await reloaded(await live(), tab=False)
    await stage.do("end-found")
    stage.connector.last.drop(1008, "SESSION_INACTIVE")
    await stage.clock.settle()
    assert (stage.state, stage.notice) == ("idle", "")
    assert not stage.sees("found")


async def test_an_end_that_the_server_does_not_hear_leaves_the_offer() -> None:
    stage = await reloaded(await live(), tab=False)
    await stage.do("end-found")
    stage.connector.last.drop(1008, "AUTH_TOKEN_EXPIRED")
    await stage.clock.settle()
    assert "sign in again" in stage.notice
    assert stage.sees("login-form")
    assert RECORD in stage.disk.shared.records


async def test_or_left_alone_and_another_started_beside_it() -> None:
    stage = await reloaded(await live(), tab=False)
    await stage.do("skip-found")
    assert not stage.sees("found")
    assert stage.sees("start-form")
    assert CODE in stage.disk.shared.records[RECORD]


@pytest.mark.parametrize("code", ["SESSION_INACTIVE", "SESSION_NOT_FOUND"])
async def test_a_talk_that_is_over_by_now_is_said_to_be(code: str) -> None:
    stage = await reloaded(await live(), tab=False)
    await stage.do("continue")
    stage.connector.last.drop(1008, code)
    await stage.clock.settle()
    assert (stage.state, stage.notice) == ("idle", "Your talk ended while you were away.")
    assert stage.sees("start-form")
    assert stage.disk.shared.records == {}


async def test_a_server_out_of_reach_leaves_the_offer() -> None:
    stage = await reloaded(await live(), tab=False)
    await stage.do("continue")
    for _ in range(6):
        stage.connector.last.drop()
        await stage.clock.advance(5)
    assert stage.state == "error"
    assert stage.sees("found")
    await stage.do("continue")
    await let_in(stage)
    assert stage.state == "live"


async def test_a_microphone_that_fails_ends_nothing_and_the_right_button_is_named() -> None:
    busy = FakeMicrophone(AudioError("busy", code="MICROPHONE_IN_USE"))
    stage = await reloaded(await live(), microphone=busy)
    assert stage.notice.endswith("then press “Continue the talk” again.")
    assert stage.sees("found")
    assert not [message for message in stage.connector.last.texts if message["action"] == "endSession"]


async def test_what_was_ended_is_not_found_again() -> None:
    before = await live()
    await before.do("end")
    await before.do("end-confirm")
    await before.answer("endSession", "sessionEnded", sessionId=CODE, reason="x")
    assert before.disk.shared.records == {}
    stage = await reloaded(before)
    assert not stage.sees("found")
    assert stage.sees("start-form")


async def test_who_was_replaced_by_another_tab_leaves_the_memory_to_it() -> None:
    before = await live()
    before.connector.last.drop(4001, "replaced")
    await before.clock.settle()
    assert CODE in before.disk.shared.records[RECORD]
    assert before.disk.tab.records == {}


async def test_a_sign_in_that_ran_out_keeps_the_talk_for_who_signs_in_again() -> None:
    before = await live()
    before.connector.last.drop(1008, "AUTH_TOKEN_EXPIRED")
    before.page.enter({"login-email": "me@example.com", "login-password": "secret"})
    await before.do("login-form", "submit")
    await let_in(before)
    assert before.state == "live"
    assert before.page.texts["session-id"] == CODE


async def test_another_account_in_the_same_tab_hears_nothing_of_it() -> None:
    before = await live()
    before.connector.last.drop(1008, "AUTH_TOKEN_EXPIRED")
    await before.clock.settle()
    before.page.enter({"login-email": "you@example.com", "login-password": "secret"})
    await before.do("login-form", "submit")
    assert (before.state, before.notice) == ("idle", "")
    assert (before.sees("start-form"), before.sees("found"), before.sees("summary")) == (True, False, False)
    assert len(before.connector.sockets) == 1
    before.account.user = ""
    stage = await reloaded(before)
    stage.page.enter({"login-email": "you@example.com", "login-password": "secret"})
    await stage.do("login-form", "submit")
    assert (stage.state, stage.notice, stage.sees("found")) == ("idle", "", False)
    assert stage.connector.sockets == []


async def test_signing_out_forgets_it() -> None:
    stage = await reloaded(await live(), tab=False)
    await stage.do("sign-out")
    assert stage.disk.shared.records == {}
    assert not stage.sees("found")


async def test_leaving_the_page_is_asked_about_only_during_a_talk() -> None:
    stage = SpeakerHarness()
    await stage.sign_in()
    assert stage.browser.kept_open == []
    await stage.do("start-form", "submit")
    await stage.answer("getSessionStatus", "sessionStatus", createdAt=stage.clock.now_ms())
    assert stage.browser.kept_open == [True]
    stage.connector.last.say({"type": "sessionEnded", "timestamp": 1, "reason": "expired"})
    assert stage.browser.kept_open == [True, False]


async def test_where_the_browser_holds_the_sound_until_a_press_the_page_says_so_and_offers_it() -> None:
    before = await live()
    stage = await reloaded(before)
    stage.browser.touched = False
    await stage.clock.advance(1.5)
    assert (stage.state, stage.notice) == ("live", "")
    assert "Press the button" in stage.page.texts["state"]
    assert stage.page.attributes["banner data-look"] == "urgent"
    assert stage.sees("sound-on")
    stage.browser.touched = True
    await stage.do("sound-on")
    await stage.hear(0.5, 3)
    assert stage.page.texts["state"] == "You are live."
    assert not stage.sees("sound-on")


async def test_a_press_of_unmute_is_a_press_too_for_a_browser_that_holds_the_sound_until_one() -> None:
    before = await live()
    await before.press("mute", "muteBroadcast", "broadcastMuted")
    stage = await reloaded(before)
    stage.browser.touched = False
    await stage.clock.advance(1.5)
    stage.browser.touched = True
    asked = len(stage.microphone.asked)
    await stage.press("mute", "unmuteBroadcast", "broadcastUnmuted")
    assert len(stage.microphone.asked) == asked + 1
