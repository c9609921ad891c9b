"""Sound as text, through the gateway of the original system and beside binary frames."""

import math
from array import array
from pathlib import Path
from typing import Any

import pytest

from backend.settings import GatewayTimes
from listener.app import ListenerApp
from pylib.audio.pcm import to_pcm16
from pylib.audio.resample import Downsampler
from pylib.config.rollout import Mode
from pylib.protocol.frames import KIND_OPUS, KIND_PCM16
from tests.integration.test_sound import FRAMES, people, samples_of, speech_blocks
from tests.support.fake_audio import FakeLoudspeaker
from tests.support.headless_pages import until
from tests.support.pcm import from_pcm16

AWS = GatewayTimes()
OPUS_BLOCK = 960


def tone_blocks(count: int) -> list[Any]:
    """At the rate that Opus is encoded from."""
    wave = [math.sin(at / 20) / 2 for at in range(count * OPUS_BLOCK)]
    return [array("f", wave[at : at + OPUS_BLOCK]) for at in range(0, len(wave), OPUS_BLOCK)]


def as_sent(blocks: list[Any]) -> Any:
    """Blocks at 16 kHz as they are heard at best."""
    return array("f", [value / 32767 for value in samples_of(blocks)])


def as_twin(blocks: list[Any]) -> Any:
    """Blocks at 48 kHz as those hear them who cannot hear Opus."""
    downsampler = Downsampler()
    return array("f", [sample for block in blocks for sample in from_pcm16(to_pcm16(downsampler.run(block)))])


async def heard_all(app: ListenerApp, ear: FakeLoudspeaker, frames: int) -> None:
    await until(lambda: app.stats()["framesReceived"] == frames)
    ear.run(2000)
    assert app.stats()["framesLost"] == app.stats()["malformedFrames"] == 0


@pytest.mark.parametrize("mode", ["http", "websocket"])
async def test_through_the_gateway_every_sample_is_heard_once_and_in_order(
    tmp_path: Path, mode: Mode
) -> None:
    async with people(tmp_path, gateway=AWS) as stage:
        speaker = await stage.speaker(mode, "text")
        app, ear = await stage.listener("text")
        blocks = speech_blocks()
        await stage.speak(blocks, ear)
        await heard_all(app, ear, FRAMES)
        assert ear.played == as_sent(blocks)
        assert speaker.stats()["framesSent"] == FRAMES
        await speaker.end()
        await until(lambda: app.state == "ended")


async def test_without_text_nothing_gets_through_the_gateway(tmp_path: Path) -> None:
    async with people(tmp_path, gateway=AWS) as stage:
        await stage.speaker("http")
        app, ear = await stage.listener()
        await stage.speak(speech_blocks()[:10], ear)
        assert app.stats()["framesReceived"] == 0


async def test_a_pause_ends_with_the_sound_that_was_gathered(tmp_path: Path) -> None:
    async with people(tmp_path, gateway=AWS) as stage:
        speaker = await stage.speaker("http", "text")
        app, ear = await stage.listener("text")
        blocks = speech_blocks()
        await stage.speak(blocks[:13], ear)
        await speaker.set_paused(True)
        await until(lambda: app.state == "paused")
        await stage.speak(blocks[13:20], ear)
        await speaker.set_paused(False)
        await stage.speak(blocks[20:30], ear)
        await heard_all(app, ear, 23)
        assert ear.played == as_sent(blocks[:13] + blocks[20:30])


async def test_a_text_listener_of_an_opus_speaker_hears_the_twin_and_a_binary_one_the_opus(
    tmp_path: Path,
) -> None:
    async with people(tmp_path) as stage:
        speaker = await stage.speaker("http", opus=True)
        binary, binary_ear = await stage.listener()
        text, text_ear = await stage.listener("text")
        await until(lambda: speaker.pipeline.has_twin)
        blocks = tone_blocks(60)
        await stage.speak(blocks, binary_ear, text_ear)
        await heard_all(text, text_ear, 60)
        await heard_all(binary, binary_ear, 60)
        assert text_ear.played == as_twin(blocks)
        # Before the first Opus packet nobody knows that any will come: its twin is better than nothing.
        assert set(text_ear.kinds) == {KIND_PCM16}
        assert binary_ear.kinds[1:] == [KIND_OPUS] * 59
        text.stop()
        await until(lambda: not speaker.pipeline.has_twin)


async def test_a_text_listener_who_was_there_first_hears_the_twin_from_the_beginning(tmp_path: Path) -> None:
    async with people(tmp_path) as stage:
        client = await stage.create("http")
        app, ear = await stage.listener("text")
        await stage.go_live(client, opus=True)
        blocks = tone_blocks(20)
        await stage.speak(blocks, ear)
        await heard_all(app, ear, 20)
        assert ear.played == as_twin(blocks)


@pytest.mark.parametrize("mode", ["http", "websocket"])
async def test_a_binary_and_a_text_listener_of_a_text_speaker_hear_the_same(
    tmp_path: Path, mode: Mode
) -> None:
    async with people(tmp_path) as stage:
        await stage.speaker(mode, "text")
        binary, binary_ear = await stage.listener()
        text, text_ear = await stage.listener("text")
        blocks = speech_blocks()[:60]
        await stage.speak(blocks, binary_ear, text_ear)
        await heard_all(binary, binary_ear, 60)
        await heard_all(text, text_ear, 60)
        assert binary_ear.played == text_ear.played == as_sent(blocks)
