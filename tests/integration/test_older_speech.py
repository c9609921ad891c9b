"""Speech in chunks through the real server to the real listener, judged by STOI. `make soak`."""

import asyncio
import time
from pathlib import Path
from typing import NamedTuple

import aiohttp
import numpy as np
import pytest

from listener.app import ListenerApp
from tests.e2e.sound import RATE, Heard, align, intelligibility, read_speech
from tests.integration.backend.wire_client import WireClient, new_session
from tests.support.fake_audio import FakeLoudspeaker
from tests.support.headless_pages import People, Transport
from tests.support.older_speaker import chunks_of
from tests.support.server import RunningServer, running_server

pytestmark = [pytest.mark.soak, pytest.mark.quiet]

SIZES_S = (0.1, 1.024, 2.048, 3.0)
SPOKEN_S = 20
MIN_STOI = 0.95
TOLD_DELAY_S = 0.3
TICK_S = 0.01


class Ear:
    """A listener page whose audio clock is the machine's. `began_s` is when something was heard first."""

    def __init__(self, app: ListenerApp, loudspeaker: FakeLoudspeaker) -> None:
        self.app = app
        self.loudspeaker = loudspeaker
        self.began_s = 0.0
        self._ran_s = time.monotonic()
        self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        self._task.cancel()
        self.app.stop()

    def score(self) -> float:
        heard = np.trim_zeros(np.asarray(self.loudspeaker.heard, dtype=float))
        return intelligibility(align(Heard(heard[RATE:], RATE)))

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            while self._ran_s + TICK_S <= time.monotonic():
                self._ran_s += TICK_S
                self.loudspeaker.run(TICK_S * 1000)
                if not self.began_s and any(self.loudspeaker.played):
                    self.began_s = self._ran_s


class Talk(NamedTuple):
    chunk_s: float
    transport: Transport
    began_s: float
    ear: Ear


async def talk(
    server: RunningServer, http: aiohttp.ClientSession, chunk_s: float, transport: Transport
) -> Talk:
    people = People(server, http)
    people.session_id = await new_session(server)
    token = server.token("anna")
    speaker = await WireClient.connect(server, people.session_id, token_query=token, protocols=())
    ear = Ear(*await people.listener(transport))
    pcm = (np.tile(read_speech(), 3)[: SPOKEN_S * RATE] * 32767).astype("<i2").tobytes()
    began_s = time.monotonic()
    for number, chunk in enumerate(chunks_of(pcm, chunk_s)):
        await asyncio.sleep(began_s + chunk.complete_s - time.monotonic())
        await speaker.send("sendAudio", audioData=chunk.audio_data, chunkId=f"chunk-{number}", timestamp=0)
    await asyncio.sleep(chunk_s + 1)
    ear.stop()
    await speaker.close()
    return Talk(chunk_s, transport, began_s, ear)


async def test_chunks_of_speech_are_understood(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, aiohttp.ClientSession() as http:
        both: tuple[Transport, ...] = ("binary", "text")
        talks = [talk(server, http, size, transport) for size in SIZES_S for transport in both]
        heard = await asyncio.gather(*talks)
    # Only now: comparing takes the processor from those who still listen.
    for each in heard:
        score, delay_s = each.ear.score(), each.ear.began_s - each.began_s
        print(f"{each.transport}, {each.chunk_s} s: STOI {score:.3f}, heard after {delay_s:.3f} s")
        assert score >= MIN_STOI
        assert delay_s <= each.chunk_s + TOLD_DELAY_S
