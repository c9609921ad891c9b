"""Listeners without a browser who come, hear a little, and go, for as long as a test lasts."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import aiohttp

from pylib.protocol.frames import FRAME_MS
from tests.support.fake_audio import FakeLoudspeaker
from tests.support.headless_pages import People
from tests.support.loop_thread import loop_thread

STAY_S = (2.0, 20.0)


class _Site(NamedTuple):
    """A Server for listeners: they need no token."""

    url: str

    def token(self) -> str:
        raise AssertionError("listeners have none")


@contextmanager
def churning_listeners(url: str, session_id: str, count: int) -> Iterator[list[int]]:
    """So many at a time, in a thread of their own; yields a list that gets the frames each one heard."""
    heard: list[int] = []
    with loop_thread() as beside:
        beside.begin(_come_and_go(url, session_id, count, heard))
        yield heard


async def _come_and_go(url: str, session_id: str, count: int, heard: list[int]) -> None:
    dice = random.Random(4)
    async with aiohttp.ClientSession() as http:
        await asyncio.gather(*(_one_after_another(url, session_id, http, dice, heard) for _ in range(count)))


async def _one_after_another(
    url: str, session_id: str, http: aiohttp.ClientSession, dice: random.Random, heard: list[int]
) -> None:
    while True:
        people = People(_Site(url), http, dice=dice.random)
        people.session_id = session_id
        try:
            app, ear = await people.listener()
            await _hear(ear, dice.uniform(*STAY_S))
            heard.append(int(app.stats()["framesReceived"]))
        finally:
            people.leave()


async def _hear(ear: FakeLoudspeaker, seconds: float) -> None:
    for _ in range(int(seconds * 1000 / FRAME_MS)):
        await asyncio.sleep(FRAME_MS / 1000)
        ear.run(FRAME_MS)
