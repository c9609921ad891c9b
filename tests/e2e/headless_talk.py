"""A talk whose speaker has no page, for tests of the listener page: there at once, without a browser."""

import asyncio
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urljoin

import aiohttp

from pylib.auth.cognito import CognitoClient
from pylib.protocol.frames import FRAME_MS
from speaker.talk.service import SpeakerService
from tests.support.aiohttp_ports import AiohttpTransport, SystemClock
from tests.support.headless_pages import People
from tests.support.loop_thread import LoopThread, loop_thread
from tests.support.speech_packets import SpeechEncoder

BLOCK = array("f", [0.1]) * (SpeechEncoder.sample_rate * FRAME_MS // 1000)


class HeadlessTalk:
    """A talk that goes on until it is ended or left; `link` is what listeners open."""

    def __init__(self, people: People, service: SpeakerService, beside: LoopThread) -> None:
        self.code = people.session_id
        self.link = f"{people.server.url}/listener/?s={self.code}"
        self._people = people
        self._service = service
        self._beside = beside

    @property
    def listeners(self) -> int:
        """As the server has told the speaker."""
        return self._service.audience.listeners

    def end(self) -> None:
        """For everybody."""
        self._beside.run(self._service.end())

    def leave(self) -> None:
        """The speaker's page is closed; the talk waits for them."""
        self._beside.run(self._leave())

    async def _leave(self) -> None:
        self._people.leave()


@contextmanager
def headless_talk(url: str) -> Iterator[HeadlessTalk]:
    """The demo account of this server speaks tests/data/speech.wav again and again, as Opus."""
    with loop_thread() as beside:
        http = beside.run(_client_session())
        try:
            people = People(_Site(url, beside.run(_sign_in(url, http))), http)
            people.new_opus = SpeechEncoder
            talk = HeadlessTalk(people, beside.run(people.speaker("http", opus=True)), beside)
            beside.begin(_speak(people))
            yield talk
            talk.leave()
        finally:
            beside.run(http.close())


class _Site(NamedTuple):
    """A Server for People, with the token of the one who speaks."""

    url: str
    id_token: str

    def token(self) -> str:
        return self.id_token


async def _client_session() -> aiohttp.ClientSession:
    """Made where its loop runs."""
    return aiohttp.ClientSession()


async def _sign_in(url: str, http: aiohttp.ClientSession) -> str:
    async with http.get(f"{url}/dev/account") as answer:
        account = await answer.json()
    endpoint = urljoin(url, account["cognitoEndpoint"])
    cognito = CognitoClient(AiohttpTransport(http), SystemClock(), endpoint, account["clientId"])
    return (await cognito.sign_in(account["email"], account["password"])).id_token


async def _speak(people: People) -> None:
    """Each block at its time: a pause after each would let the talk fall behind the audio clocks."""
    clock, number = people.clock, 0
    begun_s = clock.monotonic_s()
    while True:
        await asyncio.sleep(begun_s + number * FRAME_MS / 1000 - clock.monotonic_s())
        people.microphone.speak(BLOCK, clock.now_ms())
        number += 1
