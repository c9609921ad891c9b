"""MicrophoneKeeper: trouble is noticed, said, and got over."""

import asyncio

import pytest

from pylib.errors import AudioError
from pylib.ports import Microphone
from tests.support.microphone_harness import BUSY, Talk

DESK = Microphone("desk", "Desk microphone")
DENIED = AudioError("It is not allowed.", code="MICROPHONE_DENIED")


async def test_a_working_microphone_is_left_alone() -> None:
    talk = await Talk().begin()
    await talk.speak(60)
    assert talk.microphone.asked == []
    assert set(talk.heard) == {"block"}
    assert set(talk.said) == {""}


async def test_one_that_is_open_just_so_changes_hands_without_being_opened_again() -> None:
    talk = await Talk().begin()
    heard: list[str] = []
    await talk.keeper.open("desk", 16_000, True, lambda _block: heard.append("block"), lambda: None)
    await talk.speak(0.2)
    assert talk.microphone.asked == []
    assert heard == ["block", "block"]
    assert talk.heard == []


@pytest.mark.parametrize(
    ("device_id", "rate", "voice"), [("desk", 48_000, True), ("desk", 16_000, False), ("", 16_000, True)]
)
async def test_one_that_is_open_in_another_way_is_opened_anew(device_id: str, rate: int, voice: bool) -> None:
    talk = await Talk().begin()
    await talk.keeper.open(device_id, rate, voice, lambda _block: None, lambda: None)
    assert talk.microphone.asked == [device_id]


async def test_one_that_is_lost_or_replaced_does_not_change_hands() -> None:
    talk = await Talk().begin()
    talk.microphone.trouble("ended")
    await talk.keeper.open("desk", 16_000, True, lambda _block: None, lambda: None)
    assert talk.microphone.asked == ["desk"]
    talk = await Talk().begin()
    talk.microphone.unplug("desk")
    await talk.speak(1)
    talk.microphone.plug(DESK)
    await talk.keeper.open("desk", 16_000, True, lambda _block: None, lambda: None)
    assert talk.microphone.asked == ["", "desk"]


async def test_the_name_is_that_of_the_open_one_and_empty_when_none_is() -> None:
    talk = await Talk().begin()
    assert talk.keeper.label == "Desk microphone"
    talk.microphone.trouble("ended")
    assert talk.keeper.label == ""
    talk.keeper.close()
    assert talk.keeper.label == ""


async def test_a_track_that_ended_is_said_and_the_same_device_opened_again() -> None:
    talk = await Talk().begin()
    talk.microphone.trouble("ended")
    assert talk.keeper.trouble == "microphone.lost"
    await talk.clock.advance(0)
    assert talk.microphone.asked == ["desk"]
    assert talk.keeper.trouble == "microphone.lost"
    await talk.speak(0.1)
    assert talk.keeper.notice == ""
    assert "gap" in talk.heard[: talk.heard.index("block")]


async def test_a_device_that_is_gone_is_replaced_by_the_systems_choice_and_that_is_said() -> None:
    talk = await Talk().begin()
    talk.microphone.unplug("desk")
    await talk.speak(1)
    assert talk.microphone.asked == [""]
    assert talk.keeper.trouble == ""
    assert (talk.keeper.notice, talk.keeper.label) == ("microphone.replaced", "Built-in microphone")
    assert [microphone.device_id for microphone in talk.keeper.listed] == ["built-in"]
    assert "microphone.lost" in talk.said


async def test_the_chosen_device_is_used_again_when_it_comes_back() -> None:
    talk = await Talk().begin()
    talk.microphone.unplug("desk")
    await talk.speak(1)
    talk.microphone.plug(DESK)
    await talk.speak(1)
    assert talk.microphone.asked == ["", "desk"]
    assert (talk.microphone.device_id, talk.keeper.using, talk.keeper.notice) == ("desk", "desk", "")


async def test_another_device_that_comes_is_listed_and_not_used() -> None:
    talk = await Talk().begin()
    talk.microphone.plug(Microphone("usb", "USB microphone"))
    await talk.speak(1)
    assert [microphone.device_id for microphone in talk.keeper.listed] == ["built-in", "desk", "usb"]
    assert talk.microphone.asked == []


async def test_another_system_choice_than_before_is_said_too() -> None:
    talk = await Talk().begin("")
    talk.microphone.unplug("built-in")
    await talk.speak(1)
    assert (talk.keeper.notice, talk.keeper.label) == ("microphone.replaced", "Desk microphone")


async def test_without_any_device_it_tries_ever_more_slowly_until_one_comes() -> None:
    talk = await Talk().begin()
    talk.microphone.errors = {"desk": BUSY, "": BUSY}
    start_s, tried_s = talk.clock.monotonic_s(), []
    talk.microphone.trouble("ended")
    for _ in range(180):
        before = len(talk.microphone.asked)
        await talk.clock.advance(0.1)
        if len(talk.microphone.asked) > before:
            tried_s.append(round(talk.clock.monotonic_s() - start_s - 0.1, 1))
    assert tried_s == pytest.approx([0, 0.5, 1.5, 3.5, 7.5, 12.5, 17.5], abs=0.11)
    assert talk.keeper.trouble == "microphone.in-use"
    talk.microphone.errors = {}
    talk.microphone.plug(Microphone("usb", "USB microphone"))
    await talk.speak(0.1)
    await talk.speak(0.1)
    assert talk.keeper.trouble == ""


async def test_tries_begin_fast_again_only_after_a_second_of_sound() -> None:
    talk = await Talk().begin()
    for _ in range(3):
        talk.microphone.trouble("ended")
        await talk.speak(0.5)
    assert len(talk.microphone.asked) == 2
    await talk.speak(3)
    talk.microphone.asked.clear()
    talk.microphone.trouble("ended")
    await talk.clock.advance(0)
    assert len(talk.microphone.asked) == 1


async def test_a_withdrawn_permission_says_where_to_give_it_back() -> None:
    talk = await Talk().begin()
    talk.microphone.errors = {"desk": DENIED, "": DENIED}
    talk.microphone.trouble("ended")
    await talk.clock.advance(1)
    assert talk.keeper.trouble == "microphone.denied"
    talk.microphone.errors = {}
    await talk.speak(2)
    assert talk.keeper.trouble == ""


async def test_a_second_without_a_block_opens_the_same_device_again() -> None:
    talk = await Talk().begin()
    await talk.clock.advance(0.9)
    assert talk.keeper.trouble == ""
    await talk.clock.advance(0.4)
    assert talk.keeper.trouble == "microphone.no-sound"
    assert talk.microphone.asked == ["desk"]
    await talk.speak(0.5)
    assert talk.keeper.trouble == ""


async def test_a_listed_device_that_gives_nothing_takes_turns_with_the_systems_choice() -> None:
    talk = await Talk().begin()
    await talk.clock.advance(12)
    assert talk.microphone.asked[:4] == ["desk", "", "desk", ""]


async def test_sound_that_comes_back_by_itself_ends_the_trouble() -> None:
    talk = await Talk().begin()
    talk.microphone.list_error = AudioError("No list.", code="AUDIO_FAILED")
    await talk.clock.advance(1.3)
    assert talk.keeper.trouble == "microphone.no-sound"
    talk.microphone.list_error = None
    await talk.speak(10)
    assert talk.keeper.trouble == ""
    assert talk.heard[0] == "gap"
    assert talk.microphone.asked == []


async def test_sound_that_comes_back_while_the_devices_are_listed_is_not_interrupted() -> None:
    talk = await Talk().begin()
    talk.microphone.list_answer = asyncio.Event()
    await talk.clock.advance(1.3)
    await talk.speak(0.2)
    talk.microphone.list_answer.set()
    await talk.speak(5)
    assert (talk.keeper.trouble, talk.microphone.asked) == ("", [])


async def test_the_chosen_device_is_tried_first_when_the_devices_change() -> None:
    talk = await Talk().begin()
    talk.microphone.errors = {"desk": BUSY, "": BUSY}
    talk.microphone.trouble("ended")
    await talk.clock.advance(1.6)
    assert talk.microphone.asked == ["desk", "", "desk"]
    talk.microphone.devices_changed()
    await talk.clock.settle()
    assert talk.microphone.asked == ["desk", "", "desk", "desk"]


async def test_a_list_that_cannot_be_had_does_not_end_the_trying() -> None:
    talk = await Talk().begin()
    talk.microphone.list_error = AudioError("No list.", code="AUDIO_FAILED")
    talk.microphone.devices_changed()
    talk.microphone.trouble("ended")
    await talk.clock.advance(0.1)
    assert talk.microphone.asked == []
    talk.microphone.list_error = None
    await talk.speak(1)
    assert talk.keeper.trouble == ""


async def test_a_microphone_muted_by_the_system_is_said_until_it_is_unmuted() -> None:
    talk = await Talk().begin()
    talk.microphone.trouble("muted")
    assert talk.keeper.trouble == "microphone.muted"
    await talk.speak(3)
    assert talk.keeper.trouble == "microphone.muted"
    talk.microphone.trouble("unmuted")
    assert talk.keeper.trouble == ""


async def test_a_muted_microphone_owes_no_blocks_but_an_unmuted_one_does() -> None:
    talk = await Talk().begin()
    talk.microphone.trouble("muted")
    await talk.clock.advance(60)
    assert talk.microphone.asked == []
    talk.microphone.trouble("unmuted")
    assert "gap" in talk.heard
    await talk.clock.advance(1.3)
    assert talk.microphone.asked == ["desk"]


async def test_a_muted_device_that_is_unplugged_is_lost_and_its_successor_is_not_muted() -> None:
    talk = await Talk().begin()
    talk.microphone.trouble("muted")
    talk.microphone.unplug("desk")
    assert talk.keeper.trouble == "microphone.lost"
    await talk.speak(1)
    assert talk.keeper.trouble == ""


async def test_a_held_audio_clock_is_said_until_it_runs_and_the_gap_is_flagged() -> None:
    talk = await Talk().begin()
    talk.microphone.trouble("suspended")
    assert talk.keeper.trouble == "microphone.held"
    await talk.clock.advance(0.5)
    talk.microphone.trouble("running")
    await talk.speak(0.1)
    assert talk.keeper.trouble == ""
    assert talk.microphone.asked == []
    assert talk.heard[:2] != ["block", "block"]
    assert talk.heard[0] == "gap"


async def test_a_clock_that_stands_still_is_built_anew_and_no_other_device_tried() -> None:
    talk = await Talk().begin()
    talk.microphone.trouble("suspended")
    await talk.clock.advance(1.3)
    assert talk.microphone.asked == ["desk"]
    assert talk.keeper.trouble == "microphone.held"
    await talk.clock.advance(12)
    assert set(talk.microphone.asked) == {"desk"}
    await talk.speak(0.5)
    assert talk.keeper.trouble == ""


async def test_running_without_having_been_held_is_no_gap() -> None:
    talk = await Talk().begin()
    talk.microphone.trouble("running")
    assert talk.heard == []
