"""What listeners and speakers do with a page, in any engine; the other end is the client stack on CPython."""

import asyncio
import warnings
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
from scipy import signal

from backend.metrics import Metrics
from pylib.protocol.frames import FRAME_MS, PCM_SAMPLE_RATE
from tests.e2e.sound import RATE, Heard, Match, best_place, from_browser, intelligibility, read_speech
from tests.engines import opus
from tests.engines.engine import Tab, until
from tests.support.counts import count_of
from tests.support.headless_pages import People
from tests.support.headless_pages import until as until_true

EARS = (Path(__file__).parent / "ears.js").read_text()
MOMENT_S = 0.8
"""Longer than what the ears hold, so that no sound counts twice."""

MOST_MOMENTS = 40
CLEAR = 0.90
"""STOI of a moment that counts."""

READY = "window.lectern && window.lectern.ready"


async def told_once(metrics: Metrics, action: str) -> None:
    """The page has told the server that what was asked for came about, once."""
    await until_true(lambda: count_of(metrics, "lectern_actions_total", action=action, outcome="ok") > 0)
    assert count_of(metrics, "lectern_actions_total", action=action) == 1


def speech_at(rate: int) -> list[Any]:
    """The speech in blocks of 20 ms."""
    samples = signal.resample_poly(read_speech(), rate, RATE) if rate != RATE else read_speech()
    size = rate * FRAME_MS // 1000
    return [array("f", samples[at : at + size]) for at in range(0, len(samples) - size + 1, size)]


@asynccontextmanager
async def talking(people: People, kind: str) -> AsyncIterator[None]:
    """Somebody is live and repeats the speech in real time, as "opus" or "pcm", until the block ends."""
    speaker = await people.speaker("http", opus=kind == "opus")
    blocks = speech_at(opus.SAMPLE_RATE if kind == "opus" else PCM_SAMPLE_RATE)
    talk = asyncio.create_task(_talk(people, blocks))
    try:
        yield
    finally:
        talk.cancel()
        await asyncio.gather(talk, return_exceptions=True)
        await speaker.end()


async def _talk(people: People, blocks: list[Any]) -> None:
    """Each block at its time; a pause after each would let the talk fall behind the audio clocks."""
    clock, number = people.clock, 0
    begun_s = clock.monotonic_s()
    while True:
        await asyncio.sleep(begun_s + number * FRAME_MS / 1000 - clock.monotonic_s())
        people.microphone.speak(blocks[number % len(blocks)], clock.now_ms())
        number += 1


async def open_link(tab: Tab, link: str) -> None:
    """Until the page can be listened to."""
    await tab.open(link)
    await until(tab, READY)
    await until(tab, visible("listen"))


async def tap_listen(tab: Tab, link: str) -> None:
    """Open the link, put on the ears, tap Listen, wait for sound."""
    await open_link(tab, link)
    assert await tab.run(EARS)
    await tab.click("listen")
    await until(tab, state_is("live"))


async def start_talk(tab: Tab, url: str, *, opus_encoder: bool = True) -> str:
    """Sign in with the demo account and press Start; returns the session's id."""
    await tab.open(url)
    await until(tab, READY)
    if not opus_encoder:
        assert await tab.run("delete window.AudioEncoder")
    await tab.click("login-submit")
    await until(tab, visible("start"))
    await tab.click("start")
    await until(tab, state_is("live"))
    return str(await tab.run("document.querySelector('[data-testid=session-id]').textContent.trim()"))


async def stats(tab: Tab) -> dict[str, float]:
    collected: dict[str, float] = await tab.run("window.lectern.stats()")
    return collected


async def clear_moments(tab: Tab, wanted: int) -> list[float]:
    """Listen, 0.7 s at a time, until so many moments were intelligible; returns the STOI of each.

    A busy machine spoils some moments: with gaps, or by playing faster or slower to make up for
    them. What an engine does wrong to the sound, it does wrong in all.
    """
    scores: list[float] = []
    for _ in range(MOST_MOMENTS):
        await asyncio.sleep(MOMENT_S)
        heard = from_browser(await tab.run("window.__newestSound()"))
        # In a thread, because the speaker needs this event loop.
        scores.append(await asyncio.to_thread(_score, heard))
        if sum(score >= CLEAR for score in scores) == wanted:
            return scores
    raise AssertionError(f"too few clear moments: {scores}; {await stats(tab)}")


def _score(heard: Heard) -> float:
    """STOI beside what was spoken then; next to 0 where nearly nothing was."""
    piece = signal.resample_poly(heard.samples, RATE, heard.rate)
    endless = np.concatenate([read_speech(), read_speech()])
    place, _ = best_place(endless, piece)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return intelligibility(Match(piece, endless[place : place + len(piece)]))


def state_is(state: str) -> str:
    return f"document.querySelector('[data-testid=state]').dataset.state === '{state}'"


def visible(test_id: str) -> str:
    return f"document.querySelector('[data-testid={test_id}]')?.checkVisibility()"
