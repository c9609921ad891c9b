"""Portable: the system's own buttons, the screen's sleep, and what older iPhones need."""

from listener.ios import is_ios, needs_bridge, obeys_silent_switch
from pylib.ui.ports import Device
from tests.support.listener_harness import CODE, ListenerHarness

SAFARI = "Mozilla/5.0 ({}) AppleWebKit/605.1.15 (KHTML, like Gecko) {} Safari/604.1"
IPHONE = Device("iPhone", 5, True, SAFARI.format("iPhone; CPU iPhone OS 18_6 like Mac OS X", "Version/26.0"))
OLD_IPHONE = Device(
    "iPhone", 5, False, SAFARI.format("iPhone; CPU iPhone OS 16_3 like Mac OS X", "Version/16.3")
)
AS_A_MAC = "Macintosh; Intel Mac OS X 10_15_7"
IPAD = Device("MacIntel", 5, True, SAFARI.format(AS_A_MAC, "Version/17.2"))
OLD_IPAD = Device("MacIntel", 5, False, SAFARI.format(AS_A_MAC, "Version/16.3"))
MAC = Device("MacIntel", 0, False, SAFARI.format(AS_A_MAC, "Version/16.3"))
ANDROID = Device("Linux armv81", 5, False, "Mozilla/5.0 (Linux; Android 10; K) Chrome/140.0.0.0")


async def listening() -> ListenerHarness:
    stage = await (await ListenerHarness().settle_in()).join()
    await stage.hear()
    return stage


async def test_the_lock_screen_names_the_talk_and_says_whether_it_plays() -> None:
    stage = await ListenerHarness().settle_in()
    await stage.join()
    assert stage.media.told == ("Live talk", CODE)
    assert stage.media.states == ["none", "playing"]
    await stage.do("pause")
    await stage.do("pause")
    stage.app.stop()
    assert stage.media.states == ["none", "playing", "paused", "playing", "none"]


async def test_the_systems_buttons_do_what_the_pages_do_and_each_only_its_own() -> None:
    stage = await listening()
    for action, state in (("play", "live"), ("pause", "paused"), ("pause", "paused"), ("play", "live")):
        stage.media.press(action)
        await stage.hear()
        assert stage.state == state, action
    stage.media.press("stop")
    assert (stage.state, stage.page.visible["listen"]) == ("ready", True)
    stage.media.press("pause")
    assert stage.state == "ready"


async def test_play_on_the_lock_screen_listens_again_after_stop() -> None:
    stage = await listening()
    stage.media.press("stop")
    stage.media.press("play")
    await stage.clock.settle()
    stage.socket.accept()
    stage.say("welcome", connectionId="c-2")
    await stage.clock.settle()
    await stage.hear()
    assert stage.state == "live"


async def test_the_screen_stays_on_by_choice_and_only_while_listening() -> None:
    stage = await ListenerHarness().settle_in()
    await stage.do("stay-awake")
    assert stage.page.attributes["stay-awake aria-checked"] == "true"
    assert stage.screen.asked == 0
    await stage.join()
    assert stage.screen.on
    stage.say("sessionEnded", sessionId=CODE, reason="done")
    assert not stage.screen.on


async def test_without_the_choice_the_screen_is_left_alone() -> None:
    stage = await listening()
    assert stage.screen.asked == 0
    await stage.do("stay-awake")
    assert stage.screen.on
    await stage.do("stay-awake")
    assert not stage.screen.on


async def test_a_page_that_is_seen_again_asks_again() -> None:
    stage = await listening()
    await stage.do("stay-awake")
    stage.preferences.page_seen()
    await stage.clock.settle()
    assert stage.screen.asked == 2


async def test_a_browser_that_cannot_keep_the_screen_on_does_not_offer_it() -> None:
    stage = ListenerHarness()
    stage.screen.can = False
    await stage.settle_in()
    assert not stage.page.visible["stay-awake"]


def test_only_an_iphone_or_ipad_without_an_audio_session_needs_the_bridge() -> None:
    assert [is_ios(device) for device in (IPHONE, IPAD, MAC, ANDROID)] == [True, True, False, False]
    assert [needs_bridge(device) for device in (OLD_IPHONE, OLD_IPAD)] == [True, True]
    assert not any(needs_bridge(device) for device in (IPHONE, IPAD, MAC, ANDROID))


def test_an_audio_session_that_does_not_keep_the_sound_alive_yet_needs_the_bridge_too() -> None:
    for platform, system, browser, bridged in (
        ("iPhone", "iPhone; CPU iPhone OS 17_1_2 like Mac OS X", "Version/17.1.2 Mobile/15E148", True),
        ("iPhone", "iPhone; CPU iPhone OS 17_2 like Mac OS X", "Version/17.2 Mobile/15E148", False),
        ("iPhone", "iPhone; CPU iPhone OS 16_4 like Mac OS X", "CriOS/119.0.6045.109 Mobile/15E148", True),
        ("iPhone", "iPhone; CPU iPhone OS 18_0 like Mac OS X", "CriOS/130.0.6723.37 Mobile/15E148", False),
        ("iPad", "iPad; CPU OS 17_0_3 like Mac OS X", "Version/17.0 Mobile/15E148", True),
        ("MacIntel", AS_A_MAC, "Version/17.1", True),
        ("MacIntel", AS_A_MAC, "Version/18.3", False),
        ("MacIntel", AS_A_MAC, "CriOS/130.0.6723.37 Version/11.1.1", False),
        ("iPhone", "", "", False),
    ):
        device = Device(platform, 5, True, SAFARI.format(system, browser))
        assert needs_bridge(device) == bridged, (platform, system, browser)


def test_only_an_iphone_has_a_silent_switch_to_be_told_of() -> None:
    assert obeys_silent_switch(OLD_IPHONE)
    assert not any(obeys_silent_switch(device) for device in (IPHONE, IPAD, OLD_IPAD, MAC, ANDROID))
