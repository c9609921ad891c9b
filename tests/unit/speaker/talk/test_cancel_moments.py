"""Cancel in every turn of the event loop between the server's answer and the page's going live."""

import asyncio

from tests.support.speaker_harness import SpeakerHarness

TURNS = 40


async def starting(turns: int) -> SpeakerHarness:
    """A page that pressed Start, as many turns after the server's last answer."""
    stage = SpeakerHarness()
    await stage.sign_in()
    await stage.do("start-form", "submit")
    await stage.clock.settle()
    asking = stage.connector.last.last("getSessionStatus")
    stage.connector.last.say(
        {
            "type": "sessionStatus",
            "timestamp": 0,
            "requestId": asking["requestId"],
            "createdAt": stage.clock.now_ms(),
        }
    )
    for _ in range(turns):
        await asyncio.sleep(0)
    return stage


async def test_a_cancel_that_the_page_still_offers_is_never_lost() -> None:
    offered = 0
    for turns in range(TURNS):
        stage = await starting(turns)
        if stage.sees("cancel"):
            offered += 1
            await stage.do("cancel")
            assert (turns, stage.state, stage.microphone.is_open) == (turns, "idle", False)
    assert 0 < offered < TURNS
