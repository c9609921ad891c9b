"""A room filled by one laptop, over real sockets: no account, no code, and invented playback reports."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pylib.protocol.frames import FRAME_MS
from tests.integration.backend.api import problem
from tests.integration.backend.wire_client import (
    WireClient,
    frame,
    listener_of,
    new_session,
    speaker_of,
)
from tests.support.server import RunningServer, running_server

REPORT = {"audible": True, "state": "live", "earDelayMs": 80, "bufferMs": 60, "gaps": 0}
GAVE_WAY = (4008, "This talk is full, and nothing showed that its sound is heard on your device.")


class Talk:
    """A speaker who speaks as many frames as it is told."""

    def __init__(self, session_id: str, speaker: WireClient) -> None:
        self.session_id = session_id
        self.speaker = speaker
        self.spoken = 0

    async def speak(self, frames: int) -> None:
        for seq in range(self.spoken, self.spoken + frames):
            await self.speaker.send_bytes(frame(seq))
        self.spoken += frames

    @contextlib.asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Sound flows, however long what is inside takes."""

        async def speak_on() -> None:
            while True:
                await self.speak(1)
                await asyncio.sleep(0.05)

        task = asyncio.create_task(speak_on())
        try:
            yield
        finally:
            task.cancel()

    async def hearing(self) -> int:
        await self.speaker.send("getSessionStatus", requestId="h")
        status = await self.speaker.expect("sessionStatus", requestId="h")
        audible: int = status["hearing"]["audible"]
        return audible


@contextlib.asynccontextmanager
async def talk_on(server: RunningServer) -> AsyncIterator[Talk]:
    session_id = await new_session(server)
    async with await speaker_of(server, session_id) as speaker:
        yield Talk(session_id, speaker)


async def hear(listener: WireClient, last: int) -> None:
    """Listen until this frame has come, then report it as heard."""
    while int.from_bytes((await listener.expect_bytes())[4:8], "big") < last:
        pass
    await listener.send("playbackReport", **REPORT, lastSeq=last)


@contextlib.asynccontextmanager
async def laptop(server: RunningServer, session_id: str, places: int) -> AsyncIterator[list[WireClient]]:
    """So many connections from one address, the newest last; none plays anything."""
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(await listener_of(server, session_id)) for _ in range(places)]


async def fill_and_join(tmp_path: Path, places: int) -> None:
    """A laptop takes all places but one of a listener who hears, and lies; then a person comes."""
    fair = 50
    async with (
        running_server(tmp_path, max_listeners=places, fair_s=fair * FRAME_MS / 1000) as server,
        talk_on(server) as talk,
        await listener_of(server, talk.session_id) as ears,
        laptop(server, talk.session_id, places - 1) as fakes,
    ):
        await talk.speak(fair)
        await hear(ears, fair - 1)
        for fake, invented in zip(fakes, itertools.cycle([-1, 2**31, 10**20]), strict=False):
            await fake.send("playbackReport", **REPORT, lastSeq=invented)
            await fake.answered()
        assert await talk.hearing() == 1
        async with talk.going_on():
            await hear(ears, fair)
            person = await listener_of(server, talk.session_id)
        assert await fakes[-1].expect_close() == GAVE_WAY
        async with person:
            await talk.speak(1)
            for one in (person, ears):
                await hear(one, talk.spoken - 1)
                await one.answered()
            assert await talk.hearing() == 2


async def test_a_room_filled_by_one_laptop_lets_people_in(tmp_path: Path) -> None:
    await fill_and_join(tmp_path, places=8)


@pytest.mark.soak
async def test_five_hundred_places_taken_by_one_laptop(tmp_path: Path) -> None:
    await fill_and_join(tmp_path, places=500)


async def test_a_whole_venue_behind_one_address_listens(tmp_path: Path) -> None:
    """All of one address, all hear: the newcomer beyond the limit is refused, and every listener stays."""
    async with (
        running_server(tmp_path, max_listeners=20, fair_s=0.2) as server,
        talk_on(server) as talk,
        laptop(server, talk.session_id, 20) as venue,
    ):
        await talk.speak(20)
        await asyncio.gather(*(hear(person, 19) for person in venue))
        for person in venue:
            await person.answered()
        assert await talk.hearing() == 20
        refused = await WireClient.connect(server, talk.session_id)
        assert await refused.expect_close() == (1008, "SESSION_MAX_LISTENERS_REACHED")


async def test_the_speaker_raises_the_limit_up_to_the_operators_bound(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, max_listeners=1, listeners_bound=2) as server,
        talk_on(server) as talk,
        await listener_of(server, talk.session_id),
    ):
        await talk.speaker.send("setAdmission", maxListeners=2, requestId="r")
        status = await talk.speaker.expect("sessionStatus", requestId="r")
        assert (status["maxListeners"], status["listenersBound"], status["doorClosed"]) == (2, 2, False)
        async with await listener_of(server, talk.session_id):
            await talk.speaker.send("setAdmission", maxListeners=3, requestId="s")
            told = await talk.speaker.expect("error", requestId="s")
            assert told["code"] == "VALIDATION_INVALID_PARAMETER"
            assert told["message"] == "A session on this server may have at most 2 listeners."


async def test_the_speaker_closes_the_door_to_newcomers(server: RunningServer) -> None:
    async with talk_on(server) as talk, await listener_of(server, talk.session_id) as inside:
        await talk.speaker.send("setAdmission", doorClosed=True)
        await talk.speaker.expect("sessionStatus", doorClosed=True)
        refused = await WireClient.connect(server, talk.session_id)
        assert await refused.expect_close() == (1008, "SESSION_DOOR_CLOSED")
        resume = inside.welcome["connectionId"]
        async with await listener_of(server, talk.session_id, resume=resume, lastSeq="-1"):
            await talk.speaker.send("setAdmission", doorClosed=False)
            await talk.speaker.expect("sessionStatus", doorClosed=False)
            async with await listener_of(server, talk.session_id):
                pass


@pytest.mark.parametrize("fields", [{}, {"maxListeners": 0}, {"maxListeners": "9"}, {"doorClosed": 1}])
async def test_an_admission_that_makes_no_sense_changes_nothing(
    server: RunningServer, fields: dict[str, object]
) -> None:
    async with talk_on(server) as talk:
        await talk.speaker.send("setAdmission", **fields, requestId="x")
        told = await talk.speaker.expect("error", requestId="x")
        assert told["code"].startswith("VALIDATION_")
        async with await listener_of(server, talk.session_id) as listener:
            await listener.send("setAdmission", maxListeners=1, requestId="y")
            assert (await listener.expect("error", requestId="y"))["code"] == "AUTH_UNAUTHORIZED"


async def test_limit_and_door_over_http(tmp_path: Path) -> None:
    async with running_server(tmp_path, listeners_bound=600) as server, talk_on(server) as talk:
        async with server.http("anna") as http:
            path = f"/sessions/{talk.session_id}"
            async with http.patch(path, json={"maxListeners": 600, "doorClosed": True}) as answer:
                body = await answer.json()
                assert (body["maxListeners"], body["doorClosed"]) == (600, True)
            await talk.speaker.expect("sessionStatus", maxListeners=600, doorClosed=True)
            async with http.patch(path, json={"maxListeners": 601}) as answer:
                assert await problem(answer) == (400, "VALIDATION_INVALID_PARAMETER")
            async with http.get(path) as answer:
                assert (await answer.json())["maxListeners"] == 600
        refused = await WireClient.connect(server, talk.session_id)
        assert await refused.expect_close() == (1008, "SESSION_DOOR_CLOSED")
