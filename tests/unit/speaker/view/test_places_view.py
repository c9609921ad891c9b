"""The places of a talk on the speaker page: more of them, and the door that keeps newcomers out."""

from typing import Any

import pytest

from tests.support.speaker_harness import SpeakerHarness


async def live(**places: Any) -> SpeakerHarness:
    stage = SpeakerHarness()
    await stage.go_live()
    tell(stage, **places)
    return stage


def tell(stage: SpeakerHarness, **places: Any) -> None:
    status = {"type": "sessionStatus", "timestamp": 1, "maxListeners": 500, "listenersBound": 2000}
    stage.connector.last.say({**status, **places})


async def confirm(stage: SpeakerHarness, name: str, **places: Any) -> dict[str, Any]:
    """Press, and let the server do what was asked; returns the request."""
    await stage.do(name)
    asked: dict[str, Any] = stage.connector.last.last("setAdmission")
    status = {"maxListeners": 500, "listenersBound": 2000, "doorClosed": False, **places}
    await stage.answer("setAdmission", "sessionStatus", **status)
    return asked


async def test_a_full_talk_says_so_and_gets_more_places_up_to_the_bound() -> None:
    stage = await live(listenerCount=3)
    assert stage.page.texts["places-summary"] == "Places"
    assert stage.page.texts["places-taken"] == "3 of 500 places are taken."
    tell(stage, listenerCount=500)
    assert stage.page.texts["places-summary"] == "All 500 places are taken"
    assert stage.page.texts["more-places"] == "Make it 1000 places"
    asked = await confirm(stage, "more-places", listenerCount=500, maxListeners=1500)
    assert asked["maxListeners"] == 1000
    assert stage.page.texts["places-summary"] == "Places"
    assert stage.page.texts["more-places"] == "Make it 2000 places"
    tell(stage, maxListeners=2000)
    assert not stage.sees("more-places")


async def test_the_door_is_closed_and_opened_again() -> None:
    stage = await live()
    asked = await confirm(stage, "door", doorClosed=True)
    assert asked["doorClosed"] is True
    assert "maxListeners" not in asked
    assert stage.page.texts["places-summary"] == "Nobody else can join"
    assert stage.page.texts["door"] == "Let people in again"
    asked = await confirm(stage, "door")
    assert asked["doorClosed"] is False
    assert stage.page.texts["door"] == "Let nobody else in"


async def test_a_server_that_tells_no_limit_has_no_such_controls() -> None:
    stage = await live(maxListeners=0, listenersBound=0)
    assert not stage.sees("places")


@pytest.mark.parametrize("name", ["door", "more-places"])
async def test_a_refusal_is_said_and_the_talk_goes_on(name: str) -> None:
    stage = await live()
    await stage.do(name)
    await stage.answer("setAdmission", "error", code="VALIDATION_INVALID_PARAMETER", message="no", details={})
    assert stage.notice == "That was not understood. Check what you entered, then try again."
    assert stage.state == "live"
