"""MicrophoneKeeper: opening, switching and closing, also in the middle of trouble."""

import asyncio

import pytest

from pylib.errors import Aborted, AudioError
from pylib.ports import Microphone
from tests.support.microphone_harness import BUSY, Talk


async def test_a_wait_between_two_tries_can_be_cut_short() -> None:
    talk = await Talk().begin()
    talk.keeper.retry_now()
    await talk.clock.settle()
    assert talk.microphone.asked == []
    talk.microphone.errors = {"desk": BUSY, "": BUSY}
    talk.microphone.trouble("ended")
    await talk.clock.advance(8)
    tries = len(talk.microphone.asked)
    talk.microphone.answer = asyncio.Event()
    talk.keeper.retry_now()
    await talk.clock.settle()
    talk.keeper.retry_now()
    await talk.clock.settle()
    assert len(talk.microphone.asked) == tries + 1


async def test_closing_between_two_tries_ends_them() -> None:
    talk = await Talk().begin()
    talk.microphone.errors = {"desk": BUSY, "": BUSY}
    talk.microphone.trouble("ended")
    await talk.clock.advance(1)
    tries = len(talk.microphone.asked)
    talk.keeper.close()
    assert (talk.keeper.notice, talk.clock.waiting()) == ("", 0)
    await talk.clock.advance(60)
    assert len(talk.microphone.asked) == tries


async def test_closing_while_it_is_opened_again_leaves_nothing_open() -> None:
    talk = await Talk().begin()
    talk.microphone.answer = asyncio.Event()
    talk.microphone.trouble("ended")
    await talk.clock.advance(0.1)
    assert talk.microphone.asked == ["desk"]
    talk.keeper.close()
    talk.microphone.answer.set()
    await talk.clock.advance(60)
    assert not talk.microphone.is_open
    assert (talk.microphone.asked, talk.clock.waiting()) == (["desk"], 0)


async def test_closing_while_it_is_opened_first_leaves_nothing_open() -> None:
    talk = Talk()
    talk.microphone.answer = asyncio.Event()
    beginning = asyncio.create_task(talk.begin())
    await talk.clock.settle()
    talk.keeper.close()
    talk.microphone.answer.set()
    with pytest.raises(Aborted):
        await beginning
    assert not talk.microphone.is_open
    assert talk.clock.waiting() == 0


async def test_a_first_opening_that_fails_is_not_tried_again() -> None:
    talk = Talk()
    talk.microphone.errors = {"desk": BUSY}
    with pytest.raises(AudioError, match="Another program"):
        await talk.begin()
    await talk.clock.advance(60)
    assert talk.microphone.asked == ["desk"]
    assert talk.keeper.notice == ""
    assert talk.clock.waiting() == 0


async def test_a_first_opening_that_fails_lists_anew_what_there_is() -> None:
    talk = Talk()
    await talk.keeper.refresh()
    talk.microphone.unplug("desk")
    with pytest.raises(AudioError):
        await talk.begin()
    await talk.clock.settle()
    assert [microphone.device_id for microphone in talk.keeper.listed] == ["built-in"]


async def test_switching_takes_the_other_microphone_and_flags_the_gap() -> None:
    talk = await Talk().begin()
    await talk.keeper.switch("built-in")
    await talk.speak(1)
    assert (talk.microphone.device_id, talk.keeper.using) == ("built-in", "built-in")
    assert talk.heard[0] == "gap"
    assert talk.keeper.notice == ""
    talk.microphone.trouble("ended")
    await talk.speak(1)
    assert talk.microphone.asked == ["built-in", "built-in"]


async def test_a_switch_that_fails_uses_the_one_before_again_and_says_so() -> None:
    talk = await Talk().begin()
    talk.microphone.errors = {"built-in": BUSY}
    with pytest.raises(AudioError) as caught:
        await talk.keeper.switch("built-in")
    assert caught.value.code == "MICROPHONE_NOT_SWITCHED"
    await talk.speak(1)
    assert (talk.microphone.device_id, talk.keeper.using, talk.keeper.notice) == ("desk", "desk", "")


async def test_a_switch_that_fails_goes_on_trying_when_the_one_before_fails_too() -> None:
    talk = await Talk().begin()
    talk.microphone.errors = {"built-in": BUSY, "desk": BUSY, "": BUSY}
    with pytest.raises(AudioError):
        await talk.keeper.switch("built-in")
    assert talk.keeper.trouble == "microphone.in-use"
    talk.microphone.errors = {"built-in": BUSY, "": BUSY}
    await talk.speak(5)
    assert (talk.microphone.device_id, talk.keeper.notice) == ("desk", "")


async def test_of_two_switches_in_a_hurry_the_last_counts_and_falls_back_to_what_worked() -> None:
    talk = await Talk().begin()
    talk.microphone.plug(Microphone("usb", "USB microphone"))
    talk.microphone.answer = asyncio.Event()
    talk.microphone.errors = {"usb": BUSY}
    first = asyncio.create_task(talk.keeper.switch("built-in"))
    await talk.clock.settle()
    second = asyncio.create_task(talk.keeper.switch("usb"))
    await talk.clock.settle()
    talk.microphone.answer.set()
    await first
    with pytest.raises(AudioError):
        await second
    await talk.speak(1)
    assert (talk.microphone.device_id, talk.keeper.notice) == ("desk", "")


async def test_a_switch_while_the_microphone_is_lost_needs_no_waiting() -> None:
    talk = await Talk().begin()
    talk.microphone.errors = {"desk": BUSY, "": BUSY}
    talk.microphone.trouble("ended")
    await talk.clock.advance(8)
    await talk.keeper.switch("built-in")
    await talk.speak(0.2)
    assert (talk.microphone.device_id, talk.keeper.notice) == ("built-in", "")


async def test_switching_supersedes_an_opening_under_way() -> None:
    talk = await Talk().begin()
    talk.microphone.answer = asyncio.Event()
    talk.microphone.trouble("ended")
    await talk.clock.advance(0.1)
    talk.microphone.devices_changed()
    switching = asyncio.create_task(talk.keeper.switch("built-in"))
    await talk.clock.settle()
    talk.microphone.answer.set()
    await switching
    await talk.speak(2)
    assert talk.microphone.asked == ["desk", "built-in"]
    assert (talk.microphone.device_id, talk.keeper.notice) == ("built-in", "")


async def test_a_try_that_still_lists_the_devices_gives_way_to_a_switch() -> None:
    talk = await Talk().begin()
    talk.microphone.list_answer = asyncio.Event()
    talk.microphone.trouble("ended")
    await talk.clock.advance(0.1)
    await talk.keeper.switch("built-in")
    talk.microphone.list_answer.set()
    await talk.speak(2)
    assert talk.microphone.asked == ["built-in"]
    assert (talk.microphone.device_id, talk.keeper.notice) == ("built-in", "")


async def test_a_list_that_fails_after_a_switch_is_no_trouble() -> None:
    talk = await Talk().begin()
    talk.microphone.list_answer = asyncio.Event()
    talk.microphone.trouble("ended")
    await talk.clock.advance(0.1)
    await talk.keeper.switch("built-in")
    await talk.speak(0.1)
    talk.microphone.list_error = AudioError("No list.", code="AUDIO_FAILED")
    talk.microphone.list_answer.set()
    await talk.clock.settle()
    assert talk.keeper.notice == ""


async def test_nothing_is_opened_when_nothing_is_wanted() -> None:
    talk = Talk()
    await talk.keeper.switch("desk")
    talk.keeper.retry_now()
    await talk.clock.advance(5)
    assert talk.microphone.asked == []
