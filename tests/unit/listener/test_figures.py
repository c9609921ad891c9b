"""Portable: what the listener page counts of each tap, call and connect, and that a person may say no."""

from typing import Any

from pylib.errors import AudioError
from pylib.protocol import codes
from tests.support.fake_audio import FakeLoudspeaker
from tests.support.fake_beacon import FakeBeacon
from tests.support.fake_http import problem
from tests.support.fake_store import FakeTextStore
from tests.support.listener_harness import CODE, ListenerHarness


async def opened(**options: Any) -> ListenerHarness:
    return await ListenerHarness(**options).settle_in()


def told(stage: ListenerHarness) -> "list[list[Any]]":
    """The actions that the page sends when it is hidden now, without their times."""
    stage.window.happen("hidden")
    return [row[:3] for row in stage.beacon.actions()]


async def test_from_the_tap_to_the_first_sound() -> None:
    stage = await (await opened()).join()
    assert told(stage) == []
    await stage.hear(60)
    assert told(stage) == [["listen", "ok", ""]]
    ((name, _, _, created_ms, done_ms, first),) = stage.beacon.actions()
    assert (name, created_ms, first) == ("listen", -1, False)
    assert 0 < done_ms <= 1400
    await stage.hear(10)
    stage.app.stop()
    assert told(stage) == [["listen", "ok", ""]]


async def test_who_stops_before_the_first_sound_has_taken_it_back() -> None:
    stage = await (await opened()).join()
    stage.app.stop()
    assert told(stage) == [["listen", "aborted", ""]]


async def test_who_leaves_before_the_first_sound_has_too() -> None:
    stage = await (await opened()).join()
    stage.window.happen("pagehide")
    assert told(stage) == [["listen", "aborted", ""]]


async def test_a_refusal_of_the_server_is_a_failure_with_its_code() -> None:
    stage = await opened()
    await stage.app.open(CODE)
    await stage.do("listen")
    stage.socket.accept()
    stage.socket.drop(codes.CLOSE_REFUSED, codes.SESSION_DOOR_CLOSED)
    await stage.clock.settle()
    assert told(stage) == [["listen", "failed", codes.SESSION_DOOR_CLOSED]]
    assert [row[:2] for row in stage.beacon.connects()] == [[True, False]]


async def test_who_is_sent_away_before_the_first_sound_was_refused_too() -> None:
    stage = await (await opened()).join()
    stage.say("error", code=codes.SESSION_PLACE_GIVEN_AWAY)
    await stage.clock.settle()
    assert told(stage) == [["listen", "failed", codes.SESSION_PLACE_GIVEN_AWAY]]


async def test_sound_that_cannot_begin_is_a_failure_with_its_code() -> None:
    loudspeaker = FakeLoudspeaker()
    loudspeaker.error = AudioError("no", code=codes.AUDIO_FAILED)
    stage = await opened(loudspeaker=loudspeaker)
    await stage.app.open(CODE)
    await stage.do("listen")
    assert told(stage) == [["listen", "failed", codes.AUDIO_FAILED]]


async def test_each_connect_counts_and_so_does_the_look_up_but_no_poll() -> None:
    stage = await opened()
    await stage.app.open(CODE)
    await stage.clock.advance(300)
    assert len(stage.api.asked) > 2
    await stage.do("listen")
    await stage.welcome()
    stage.socket.drop()
    await stage.clock.advance(1)
    await stage.welcome()
    stage.window.happen("hidden")
    assert [row[:2] for row in stage.beacon.connects()] == [[True, True], [True, True]]
    assert [batch["retries"] for _, batch in stage.beacon.sent if sum(batch["retries"])] == [[1, 0, 0, 0]]


async def test_a_look_up_that_was_tried_again_says_how_often() -> None:
    stage = await opened()
    stage.api.failure = problem(503, "SERVICE_UNAVAILABLE")
    await stage.clock.run(stage.app.open(CODE))
    stage.window.happen("hidden")
    assert stage.beacon.sent[-1][1]["retries"] == [0, 0, 0, 1]


async def test_a_person_may_say_no_and_that_is_kept() -> None:
    store = FakeTextStore()
    stage = await opened(store=store)
    assert stage.page.visible["send-figures"]
    assert not stage.page.visible["figures-refused"]
    assert stage.page.attributes["send-figures aria-checked"] == "true"
    await stage.app.open(CODE)
    await stage.do("send-figures")
    assert stage.page.attributes["send-figures aria-checked"] == "false"
    stage = await (await opened(store=store)).join()
    await stage.hear(60)
    assert (told(stage), stage.beacon.sent) == ([], [])


async def test_a_browser_that_asks_for_privacy_is_obeyed_and_the_page_says_so() -> None:
    stage = await (await opened(beacon=FakeBeacon(unwanted=True))).join()
    assert not stage.page.visible["send-figures"]
    assert stage.page.visible["figures-refused"]
    await stage.hear(60)
    assert (told(stage), stage.beacon.sent) == ([], [])
