"""Portable: the listener page without a browser: finding a talk, joining it, hearing it."""

import asyncio

from tests.support.fake_http import lost, problem
from tests.support.listener_harness import CODE, ListenerHarness


async def test_a_link_leads_to_one_big_button() -> None:
    stage = ListenerHarness()
    await stage.app.open(CODE)
    assert stage.state == "ready"
    assert stage.page.visible["listen"]
    assert not stage.page.visible["join-form"]
    assert not stage.page.visible["controls"]


async def blocked_stage() -> ListenerHarness:
    """Somebody tapped, and the browser lets no sound through."""
    stage = ListenerHarness()
    stage.loudspeaker.blocked = True
    await stage.app.open(CODE)
    await stage.do("listen")
    return stage


def looks_for_the_talk(stage: ListenerHarness) -> bool:
    return (stage.state, stage.page.texts["state"]) == ("connecting", "Looking for the talk …")


async def test_a_visit_by_link_looks_for_the_talk_from_the_first_moment_and_asks_for_no_code() -> None:
    stage = ListenerHarness()
    stage.api.release = asyncio.Event()
    await stage.settle_in()
    assert looks_for_the_talk(stage)
    visit = asyncio.create_task(stage.app.open(CODE))
    await stage.clock.settle()
    assert looks_for_the_talk(stage)
    for name in ("join-form", "listen"):
        assert not stage.page.visible.get(name, False), name
    stage.api.release.set()
    await visit
    assert stage.state == "ready"
    assert (stage.page.visible["listen"], stage.page.visible["join-form"]) == (True, False)


async def test_a_typed_code_stays_under_the_fingers_while_it_is_looked_up() -> None:
    stage = await ListenerHarness().settle_in()
    await stage.app.open("")
    stage.api.release = asyncio.Event()
    stage.page.set_value("session-code", CODE)
    await stage.do("join-form", "submit")
    assert (looks_for_the_talk(stage), stage.page.visible["join-form"]) == (True, True)
    stage.api.release.set()
    await stage.clock.settle()
    assert (stage.state, stage.page.visible["join-form"]) == ("ready", False)


async def test_without_a_link_the_page_asks_for_the_code_and_nothing_of_the_server() -> None:
    stage = ListenerHarness()
    await stage.app.open("")
    assert (stage.state, stage.notice) == ("ready", "")
    assert stage.page.visible["join-form"]
    assert "Type the code" in stage.page.texts["state"]
    assert stage.api.asked == []


async def test_a_malformed_code_is_told_without_asking_the_server() -> None:
    stage = ListenerHarness()
    for code in ("golden", "../etc/passwd", "golden-eagle-4270", "GOLDEN-eagle", "goldeneagle427"):
        await stage.app.open(code)
        assert "two words and three digits" in stage.notice, code
    assert stage.api.asked == []


async def test_a_typed_code_joins() -> None:
    stage = ListenerHarness()
    await stage.app.open("")
    stage.page.set_value("session-code", " Golden eagle427 ")
    await stage.do("join-form", "submit")
    assert stage.api.asked == [CODE]
    assert stage.state == "ready"
    assert stage.page.visible["listen"]


async def test_an_unknown_session_says_so_once_and_offers_the_code_box() -> None:
    stage = ListenerHarness()
    stage.api.failure = problem(404, "SESSION_NOT_FOUND")
    await stage.app.open(CODE)
    assert stage.state == "not-found"
    assert stage.page.visible["join-form"]
    assert stage.page.texts["state"].startswith("There is no talk with this code")
    assert stage.notice == ""


async def test_an_ended_session_says_so_and_offers_the_code_box() -> None:
    stage = ListenerHarness()
    stage.api.status = "ended"
    await stage.app.open(CODE)
    assert stage.state == "ended"
    assert stage.page.visible["join-form"]


async def test_an_unreachable_server_is_told_and_can_be_tried_again() -> None:
    stage = ListenerHarness()
    stage.api.failure = lost()
    await stage.clock.run(stage.app.open(CODE))
    assert stage.notice.startswith("This site cannot be reached.")
    assert stage.page.visible["join-form"]
    stage.api.failure = None
    stage.page.set_value("session-code", CODE)
    await stage.do("join-form", "submit")
    assert (stage.state, stage.notice) == ("ready", "")


async def test_a_talk_out_of_reach_is_looked_up_again_when_the_device_comes_online() -> None:
    stage = ListenerHarness()
    stage.api.failure = lost()
    await stage.clock.run(stage.app.open(CODE))
    stage.api.failure, stage.api.asked = None, []
    for online, asked in ((False, 0), (True, 1), (True, 1)):
        stage.app.network_changed(online)
        await stage.clock.settle()
        assert len(stage.api.asked) == asked, online
    assert (stage.state, stage.page.visible["listen"], stage.page.visible["join-form"]) == (
        "ready",
        True,
        False,
    )


async def test_one_tap_leads_to_sound() -> None:
    stage = await ListenerHarness().join()
    assert stage.state == "buffering"
    await stage.hear()
    assert stage.state == "live"
    assert max(stage.loudspeaker.heard) > 0.4
    assert stage.page.texts["delay"] == "under 0.1 s"
    assert stage.page.visible["controls"]
    assert not stage.page.visible["listen"]


async def test_blocked_sound_shows_the_button_again() -> None:
    stage = await blocked_stage()
    assert (stage.state, stage.notice) == ("blocked", "")
    assert "Tap “Listen” once more" in stage.page.texts["state"]
    assert stage.page.visible["listen"]
    assert not stage.page.visible["controls"]
    assert stage.connector.sockets == []
    stage.loudspeaker.blocked = False
    await stage.do("listen")
    assert stage.state == "connecting"
    assert len(stage.connector.sockets) == 1, "what waited before the tap has given way to it"


async def test_a_device_that_is_slow_to_wake_is_heard_without_another_tap() -> None:
    stage = await blocked_stage()
    stage.loudspeaker.wake()
    await stage.clock.settle()
    await stage.welcome()
    assert not stage.page.visible["listen"]
    await stage.hear()
    assert stage.state == "live"


async def test_who_was_blocked_at_the_first_tap_is_told_when_the_talk_ends() -> None:
    stage = await blocked_stage()
    stage.api.status = "ended"
    await stage.clock.advance(60)
    assert stage.state == "ended"


async def test_a_listener_who_leaves_blocked_sound_is_left_alone() -> None:
    stage = await blocked_stage()
    stage.app.stop()
    stage.loudspeaker.wake()
    await stage.clock.settle()
    assert (stage.state, stage.notice) == ("ready", "")
    assert stage.connector.sockets == []
