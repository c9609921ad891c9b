"""Connections that are replaced while somebody speaks: nobody hears it."""

from array import array
from pathlib import Path
from typing import Any

import pytest

from backend.settings import GatewayTimes
from pylib.audio.pcm import FULL_SCALE
from pylib.protocol.server_messages import ConnectionRefreshRequired
from tests.integration.test_sound import BLOCK, people
from tests.integration.test_text_sound import as_twin, tone_blocks
from tests.support.headless_pages import People, Transport, until
from tests.support.server import RunningServer

HANDOVERS = 50
MOST_BLOCKS = 2000
ASK_EVERY = 5
"""Blocks, of 20 ms each."""

IMPATIENT = GatewayTimes(idle_s=60, refresh_s=0.1, age_s=60)


def block(number: int) -> Any:
    """20 ms that say which they are; half a step more, for on their way they are rounded down."""
    return array("f", [(number + 0.5) / FULL_SCALE] * BLOCK)


def ask_for_refresh(stage: People) -> None:
    """Through a gateway the server asks by itself, but a gateway carries no binary frames."""
    assert isinstance(stage.server, RunningServer)
    room = stage.server.hub.room(stage.session_id)
    for peer in room.everyone() if room else []:
        peer.send_message(ConnectionRefreshRequired(refresh_by=0))


@pytest.mark.parametrize("transport", ["text", "binary"])
async def test_fifty_in_a_row_for_speaker_and_listener_lose_and_double_nothing(
    tmp_path: Path, transport: Transport
) -> None:
    async with people(tmp_path, gateway=IMPATIENT if transport == "text" else None) as stage:
        speaker = await stage.speaker("http", transport)
        app, ear = await stage.listener(transport)
        spoken = 0
        while min(speaker.stats()["refreshes"], app.stats()["refreshes"]) < HANDOVERS:
            assert spoken < MOST_BLOCKS, (speaker.stats(), app.stats())
            spoken += 1
            await stage.speak([block(spoken)], ear)
            if transport == "binary" and spoken % ASK_EVERY == 0:
                ask_for_refresh(stage)
        await until(lambda: speaker.stats()["framesWaiting"] == 0)
        await speaker.set_paused(True)  # in text a pause also sends what has been gathered
        await until(lambda: app.stats()["framesReceived"] == spoken)
        ear.run(2000)
        assert [round(value * FULL_SCALE) for value in ear.played[::BLOCK]] == list(range(1, spoken + 1))
        assert len(ear.played) == spoken * BLOCK
        assert speaker.stats()["reconnects"] == app.stats()["reconnects"] == 0
        assert speaker.stats()["framesDropped"] == app.stats()["framesLost"] == 0


async def test_a_talk_outlives_its_token_and_gets_a_fresh_one(tmp_path: Path) -> None:
    async with people(tmp_path, id_token_s=2) as stage:
        speaker = await stage.speaker("http")
        app, ear = await stage.listener()
        spoken = 0
        while speaker.stats()["refreshes"] < 2:
            assert spoken < MOST_BLOCKS
            spoken += 1
            await stage.speak([block(spoken)], ear)
        await until(lambda: app.stats()["framesReceived"] == spoken)
        ear.run(2000)
        assert [round(value * FULL_SCALE) for value in ear.played[::BLOCK]] == list(range(1, spoken + 1))
        assert speaker.stats()["reconnects"] == app.stats()["reconnects"] == app.stats()["refreshes"] == 0


async def test_the_twin_of_opus_goes_on_across_handovers_too(tmp_path: Path) -> None:
    async with people(tmp_path) as stage:
        speaker = await stage.speaker("http", opus=True)
        app, ear = await stage.listener("text")
        await until(lambda: speaker.pipeline.has_twin)
        blocks = tone_blocks(200)
        for number, one in enumerate(blocks):
            await stage.speak([one], ear)
            if number % ASK_EVERY == 0:
                ask_for_refresh(stage)
        await until(lambda: app.stats()["framesReceived"] == len(blocks))
        ear.run(2000)
        assert ear.played == as_twin(blocks)
        assert min(speaker.stats()["refreshes"], app.stats()["refreshes"]) > 10
