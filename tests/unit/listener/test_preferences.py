"""Portable: settings are kept and can be reset, and the page works where the browser keeps nothing."""

import json
from typing import Any

from pylib.ports import Output
from tests.support.fake_store import FakeTextStore
from tests.support.listener_harness import CODE, ListenerHarness

HEADPHONES = Output("bt-1", "Headphones")


def kept(store: FakeTextStore) -> Any:
    return json.loads(store.records["lectern.listener"])


async def again(store: FakeTextStore) -> ListenerHarness:
    """The page is opened another time in that browser."""
    return await ListenerHarness(store=store).settle_in()


async def test_volume_switches_keys_and_output_are_there_at_the_next_visit() -> None:
    store = FakeTextStore()
    stage = await ListenerHarness(store=store).settle_in()
    stage.page.set_value("volume", "40")
    await stage.do("volume", "input")
    await stage.do("stay-awake")
    await stage.do("save-data")
    stage.keyboard.press("?")
    await stage.do("key-mute")
    stage.keyboard.press("x")
    stage.page.set_value("output", HEADPHONES.device_id)
    await stage.do("output", "change")
    stage = ListenerHarness(store=store)
    stage.outputs.there = [HEADPHONES]
    await stage.settle_in()
    assert (stage.loudspeaker.volume, stage.outputs.used) == (0.4, "bt-1")
    assert (stage.page.values["volume"], stage.page.values["output"]) == ("40", "bt-1")
    assert stage.page.attributes["stay-awake aria-checked"] == "true"
    assert stage.page.attributes["save-data aria-checked"] == "true"
    assert stage.page.texts["key-mute"] == "X"


async def test_a_screen_that_may_not_stay_on_is_told_where_it_was_asked_for() -> None:
    stage = ListenerHarness()
    stage.screen.refuses = True
    await (await stage.settle_in()).join()
    await stage.do("stay-awake")
    await stage.hear()
    assert "does not let the screen stay on" in stage.page.texts["settings-told"]


async def test_a_store_that_loses_everything_is_told() -> None:
    store = FakeTextStore()
    store.lasts = False
    stage = await ListenerHarness(store=store).settle_in()
    assert stage.page.visible["keeps-nothing"]


async def test_a_volume_of_nothing_that_was_kept_is_told_at_the_next_visit_and_can_be_undone() -> None:
    store = FakeTextStore()
    stage = await ListenerHarness(store=store).settle_in()
    stage.page.set_value("volume", "0")
    await stage.do("volume", "input")
    stage = await (await again(store)).join()
    await stage.hear()
    assert (stage.loudspeaker.volume, stage.page.texts["mute"]) == (0.0, "Unmute")
    assert "muted the sound" in stage.page.texts["state"]
    await stage.do("mute")
    assert (stage.loudspeaker.volume, stage.page.values["volume"]) == (1.0, "100")


async def test_the_newest_five_talks_are_remembered_and_no_more() -> None:
    store = FakeTextStore()
    stage = await ListenerHarness(store=store).settle_in()
    for number in range(101, 108):
        await stage.app.open("brave-otter-" + str(number))
    await stage.app.open("brave-otter-104")
    await stage.clock.settle()
    newest = ["brave-otter-" + str(number) for number in (104, 107, 106, 105, 103)]
    assert kept(store)["seen"].split() == newest
    stage = await again(store)
    stage.page.set_value("session-code", "brave oter 10")
    await stage.do("join-form", "submit")
    assert not stage.page.visible["suggestion"], "several are as near"


async def test_a_code_that_leads_nowhere_is_not_remembered() -> None:
    stage = await ListenerHarness(has_http_api=False).settle_in()
    await stage.app.open(CODE)
    assert stage.preferences.recent_sessions.codes() == [], (
        "the server has not confirmed that there is such a talk"
    )
    await stage.join()
    stage.say("sessionJoined", sessionId=CODE, status="active", sourceLanguage="de", createdAt=1)
    assert stage.preferences.recent_sessions.codes() == [CODE]


async def test_reset_makes_everything_as_it_was_at_first() -> None:
    store = FakeTextStore()
    stage = await (await ListenerHarness(store=store).settle_in()).join()
    stage.page.set_value("volume", "40")
    await stage.do("volume", "input")
    for switch in ("stay-awake", "save-data"):
        await stage.do(switch)
    stage.keyboard.press("?")
    await stage.do("key-mute")
    stage.keyboard.press("x")
    stage.languages.keep("ar")
    await stage.do("reset")
    assert stage.page.texts["settings-told"] == "All settings are as they were at first."
    assert (stage.loudspeaker.volume, stage.page.values["volume"]) == (1.0, "100")
    assert stage.page.attributes["stay-awake aria-checked"] == "false"
    assert not stage.screen.on
    assert stage.page.texts["key-mute"] == "M"
    assert stage.languages.kept() == ""
    stage = await again(store)
    assert stage.loudspeaker.volume == 1.0
    assert stage.page.texts["key-mute"] == "M"


class ClosedStore(FakeTextStore):
    """Storage that is closed to the page."""

    def write(self, name: str, text: str) -> None:
        self.lasts = False


async def test_broken_storage_costs_nothing_but_the_memory() -> None:
    stage = await (await ListenerHarness(store=ClosedStore()).settle_in()).join()
    stage.page.set_value("volume", "40")
    await stage.do("volume", "input")
    await stage.do("save-data")
    await stage.hear()
    assert (stage.state, stage.loudspeaker.volume) == ("live", 0.4)
    assert stage.page.attributes["save-data aria-checked"] == "true"
    stage.page.set_value("session-code", "goldn eagle 42")
    await stage.do("join-form", "submit")
    assert stage.page.texts["suggestion"] == "Did you mean golden\u2011eagle\u2011427?"


async def test_a_switch_does_not_end_a_mute() -> None:
    stage = await (await ListenerHarness().settle_in()).join()
    await stage.do("mute")
    await stage.do("stay-awake")
    assert (stage.loudspeaker.volume, stage.page.texts["mute"]) == (0.0, "Unmute")


async def test_keys_do_what_the_controls_do_while_there_is_something_to_hear() -> None:
    stage = await ListenerHarness().settle_in()
    stage.keyboard.press("m")
    assert stage.loudspeaker.volume == 1.0
    await stage.join()
    await stage.hear()
    stage.keyboard.press("ArrowDown")
    stage.keyboard.press("ArrowDown")
    stage.keyboard.press("ArrowUp")
    assert (stage.loudspeaker.volume, stage.page.values["volume"]) == (0.9, "90")
    stage.keyboard.press("ArrowUp")
    stage.keyboard.press("ArrowUp")
    assert stage.loudspeaker.volume == 1.0
    stage.keyboard.press("m")
    assert stage.page.texts["mute"] == "Unmute"
    stage.keyboard.press("p")
    assert stage.state == "paused"
    assert not stage.keyboard.press("p", typing=True)
    assert not stage.keyboard.press("m", modified=True)
    assert stage.state == "paused"
    assert stage.page.attributes["volume-keys data-key"] == "↑ ↓"
    stage.keyboard.press("?")
    assert stage.page.opened == ["shortcuts"]
    await stage.do("key-quieter")
    stage.keyboard.press("Backspace")
    assert stage.page.attributes["volume-keys data-key"] == "↑"


async def test_outputs_are_offered_as_far_as_the_browser_names_them() -> None:
    none = await ListenerHarness().settle_in()
    assert not none.page.visible["outputs"]
    named = ListenerHarness()
    named.outputs.there = [HEADPHONES]
    await named.settle_in()
    assert (named.page.visible["outputs"], named.page.visible["output-ask"]) == (True, False)
    assert named.page.choices["output"] == [("", "As the device decides"), ("bt-1", "Headphones")]
    asks = ListenerHarness()
    asks.outputs.asks = True
    await asks.settle_in()
    assert (asks.page.visible["output-row"], asks.page.visible["output-ask"]) == (False, True)
    await asks.do("output-ask")
    assert asks.outputs.used == ""
    asks.outputs.answer = HEADPHONES
    await asks.do("output-ask")
    assert (asks.outputs.used, asks.page.values["output"]) == ("bt-1", "bt-1")


async def test_headphones_that_come_back_are_used_again() -> None:
    stage = ListenerHarness()
    stage.outputs.there = [HEADPHONES]
    await stage.settle_in()
    stage.page.set_value("output", HEADPHONES.device_id)
    await stage.do("output", "change")
    for change, used, chosen in ((stage.outputs.unplug, "", ""), (stage.outputs.plug, "bt-1", "bt-1")):
        change(HEADPHONES)
        await stage.clock.settle()
        assert (stage.outputs.used, stage.page.values["output"]) == (used, chosen)


async def test_a_page_that_is_seen_again_looks_which_outputs_there_are() -> None:
    store = FakeTextStore()
    stage = await ListenerHarness(store=store).settle_in()
    stage.page.set_value("output", HEADPHONES.device_id)
    await stage.do("output", "change")
    stage = await again(store)
    assert (stage.outputs.used, stage.page.visible["output-row"]) == ("bt-1", False)
    stage.outputs.there = [HEADPHONES, Output("built-in", "Loudspeaker")]
    stage.preferences.page_seen()
    await stage.clock.settle()
    assert (stage.page.visible["output-row"], stage.page.values["output"]) == (True, "bt-1")
    assert len(stage.page.choices["output"]) == 3
