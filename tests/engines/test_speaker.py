"""The speaker page in each engine: what its microphone hears arrives at a listener on CPython."""

import asyncio

import numpy as np
import pytest
from numpy.typing import NDArray

from pylib.protocol.frames import FRAME_MS, KIND_OPUS, KIND_PCM16, PCM_SAMPLE_RATE
from tests.e2e.pages import SPEECH
from tests.e2e.takes import MOST_TAKES
from tests.engines.engine import Engine, Tab, until
from tests.engines.journeys import start_talk, state_is, stats, told_once
from tests.engines.opus import OpusLoudspeaker
from tests.support.headless_pages import People
from tests.support.server import RunningServer

pytestmark = [pytest.mark.engines, pytest.mark.quiet, pytest.mark.timeout(400)]

LISTEN_S = 4.0
PITCH_HZ = 5.0
WINDOW = PCM_SAMPLE_RATE // 10
"""Samples, 100 ms: holds one of Chromium's beeps of 20 ms whole."""

KINDS = {"opus": KIND_OPUS, "pcm": KIND_PCM16}


@pytest.mark.parametrize("kind", ["opus", "pcm"])
async def test_the_tone_of_the_microphone_is_heard_even_without_an_opus_encoder(
    engine: Engine, tab: Tab, server: RunningServer, people: People, kind: str
) -> None:
    people.session_id = await start_talk(tab, f"{server.url}/speaker/", opus_encoder=kind == "opus")
    ear = OpusLoudspeaker()
    app, _ = await people.listener(loudspeaker=ear)
    await expect_tone(ear, engine.microphone_hz)
    ear.close()
    received = app.stats()
    sent = await stats(tab)
    print(sent, received)
    assert set(ear.kinds) == {KINDS[kind]}
    assert (received["malformedFrames"], received["duplicates"]) == (0, 0)
    assert sent["framesSent"] >= received["framesReceived"] > 0
    await told_once(server.metrics, "start")
    await tab.click("end")
    await tab.click("end-confirm")
    await until(tab, state_is("ended"))


async def expect_tone(ear: OpusLoudspeaker, tones_hz: tuple[float, ...]) -> None:
    """One of them is heard, in one take at least: a busy machine makes gaps, and gaps have a pitch."""
    for _ in range(MOST_TAKES):
        begun = len(ear.played)
        for _ in range(int(LISTEN_S * 1000 / FRAME_MS)):
            await asyncio.sleep(FRAME_MS / 1000)
            ear.run(FRAME_MS)
        heard = np.array(ear.played[begun:])
        loudness = float(np.sqrt(np.mean(heard**2)))
        print(f"loudness {loudness:.3f}, pitch {pitch(heard):.0f} Hz")
        if loudness > SPEECH and min(abs(pitch(heard) - tone) for tone in tones_hz) <= PITCH_HZ:
            return
    raise AssertionError(f"none of {tones_hz} Hz was heard")


def pitch(heard: NDArray[np.float64]) -> float:
    """The strongest frequency in Hz, by Welch's method (P. Welch, 1967): power averaged over short windows.

    One spectrum over everything would show the phases between Chromium's beeps, which the listener may move
    when it catches up, rather than the tone they consist of.
    """
    starts = range(0, len(heard) - WINDOW, WINDOW // 2)
    windows = np.stack([heard[start : start + WINDOW] for start in starts]) * np.hanning(WINDOW)
    power = np.sum(np.abs(np.fft.rfft(windows, PCM_SAMPLE_RATE)) ** 2, axis=0)
    return float(np.argmax(power))  # padded to one second: bins of 1 Hz
