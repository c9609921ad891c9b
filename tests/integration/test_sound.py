"""Sound in to sound out without a browser: the true client stack against the true server."""

import wave
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from pylib.config.rollout import Mode
from pylib.protocol.frames import FRAME_MS, PCM_SAMPLE_RATE
from tests.support.headless_pages import People, until
from tests.support.pcm import from_pcm16
from tests.support.server import running_server

SPEECH = Path(__file__).parents[1] / "data" / "speech.wav"
BLOCK = PCM_SAMPLE_RATE * FRAME_MS // 1000
FRAMES = 150


def speech_blocks() -> list[Any]:
    """Three seconds of speech in blocks of 20 ms."""
    with wave.open(str(SPEECH)) as file:
        samples = from_pcm16(file.readframes(FRAMES * BLOCK))
    return [samples[at : at + BLOCK] for at in range(0, len(samples), BLOCK)]


@asynccontextmanager
async def people(tmp_path: Path, **settings: Any) -> AsyncIterator[People]:
    async with running_server(tmp_path, **settings) as server, aiohttp.ClientSession() as http:
        stage = People(server, http)
        yield stage
        stage.leave()


def samples_of(blocks: list[Any]) -> list[int]:
    """As 16-bit integers, which is what travels."""
    return [int(sample * 32767) for block in blocks for sample in block]


@pytest.mark.parametrize("mode", ["http", "websocket"])
async def test_every_sample_spoken_is_heard_once_and_in_order(tmp_path: Path, mode: Mode) -> None:
    async with people(tmp_path) as stage:
        speaker = await stage.speaker(mode)
        app, ear = await stage.listener()
        blocks = speech_blocks()
        await stage.speak(blocks, ear)
        await until(lambda: app.stats()["framesReceived"] == FRAMES)
        ear.run(1000)
        assert ear.played == array("f", [value / 32767 for value in samples_of(blocks)])
        assert speaker.stats()["framesSent"] == FRAMES
        assert app.stats()["framesLost"] == 0
        await speaker.end()
        await until(lambda: app.state == "ended")


@pytest.mark.parametrize("mode", ["http", "websocket"])
async def test_two_listeners_one_late_see_and_hear_what_the_speaker_does(tmp_path: Path, mode: Mode) -> None:
    async with people(tmp_path) as stage:
        speaker = await stage.speaker(mode)
        first, first_ear = await stage.listener()
        blocks = speech_blocks()
        await stage.speak(blocks[:25], first_ear)
        late, late_ear = await stage.listener()
        await until(lambda: speaker.audience.listeners == 2)
        await stage.speak(blocks[25:50], first_ear, late_ear)
        assert late.stats()["framesReceived"] >= 25
        await speaker.set_paused(True)
        await until(lambda: first.state == late.state == "paused")
        await speaker.set_paused(False)
        await until(lambda: "paused" not in (first.state, late.state))
        await speaker.set_muted(True)
        before = len(first_ear.played)
        await stage.speak(blocks[50:75], first_ear, late_ear)
        first_ear.run(1000)
        assert max(first_ear.played[before + BLOCK * 10 :]) == 0.0
        await speaker.end()
        await until(lambda: first.state == late.state == "ended")


async def test_garbage_from_elsewhere_does_not_end_the_talk(tmp_path: Path) -> None:
    async with people(tmp_path) as stage:
        await stage.speaker("http")
        app, ear = await stage.listener()
        async with stage.http.ws_connect(f"{stage.server.url}/ws?sessionId={stage.session_id}") as intruder:
            await intruder.send_bytes(b"\x01\x01\x00\x00" + bytes(50))
            await intruder.send_str("nonsense")
            await intruder.send_str('{"action": "endSession"}')
        await stage.speak(speech_blocks()[:50], ear)
        assert app.stats()["framesReceived"] >= 45
        assert app.stats()["malformedFrames"] == 0
        assert app.state == "live"
