"""A speaker page without a browser, with account, creation and server in the test's hands."""

import asyncio
from typing import Any

import pytest

from pylib.protocol.frames import FRAME_MS, PCM_SAMPLE_RATE
from pylib.realtime.address import Address
from pylib.realtime.client import RealtimeClient
from pylib.realtime.state_machine import SPEAKER_TIMING
from pylib.session.http_service import SessionList
from pylib.session.orchestrator import CreationResult
from speaker.bootstrap import SpeakerPage, Voice
from speaker.ports import PagePorts, SoundPorts
from speaker.talks.own_talk import OwnTalk
from tests.support.english import english
from tests.support.fake_audio import FakeMicrophone
from tests.support.fake_beacon import FakeBeacon
from tests.support.fake_browser import FakeBrowser, FakeSpeakerSite, FakeSpeakerWindow, PackagesThere
from tests.support.fake_clock import FakeClock
from tests.support.fake_device import FakeScreen
from tests.support.fake_languages import FakeLanguages
from tests.support.fake_page import FakePage
from tests.support.fake_socket import FakeConnector
from tests.support.fake_store import FakeTalkLock, FakeTextStore
from tests.support.keys import FakeKeyboard

BLOCK = PCM_SAMPLE_RATE * FRAME_MS // 1000


CONFIG = {
    "websocket_url": "wss://talk.example/ws",
    "http_api_url": "https://talk.example/api",
    "region": "eu-central-1",
    "user_pool_id": "eu-central-1_AbCdEfGhI",
    "client_id": "38t8057tbi0o6873qt441kuo3n",
    "encryption_key": "a-text-of-our-own-with-32-characters-or-more",
}
"""A site's config file."""


class FakeAccount:
    def __init__(self) -> None:
        self.user = ""
        self.error: Exception | None = None
        self.answers: asyncio.Event | None = None

    async def user_id(self) -> str:
        return self.user

    async def sign_in(self, email: str, password: str) -> None:
        if self.error is not None:
            raise self.error
        self.user = email

    def dismiss(self) -> None:
        """What a reload finds at once."""

    async def sign_out(self) -> None:
        if self.answers is not None:
            await self.answers.wait()
        self.user = ""


class FakeCreator:
    """Gives a client that is connected already, or the failure it was told to give."""

    def __init__(self, clock: FakeClock, connector: FakeConnector) -> None:
        self.asked: list[tuple[str, str]] = []
        self.failure: CreationResult | None = None
        self.answers: asyncio.Event | None = None
        self._clock = clock
        self._connector = connector

    async def create(self, source_language: str, quality_tier: str) -> CreationResult:
        self.asked.append((source_language, quality_tier))
        if self.answers is not None:
            await self.answers.wait()
        if self.failure is not None:
            return self.failure
        client = self.new_client()
        connecting = asyncio.create_task(client.connect("golden-eagle-427"))
        await self._clock.settle()
        self._connector.last.accept()
        self._connector.last.say({"type": "welcome", "timestamp": 0})
        await connecting
        return CreationResult(True, "golden-eagle-427", client, "", "", "http", 12.0)

    def new_client(self) -> RealtimeClient:
        address = Address("wss://talk.example/ws")
        return RealtimeClient(
            self._connector, self._clock, address, timing=SPEAKER_TIMING, random=lambda: 0.0
        )


class FakeOwnSessions:
    """The account's `talks` on the server, the newest first. It answers at once, or when `answers` is set.

    `error` is raised in place of the next answer; `ended` has the ids of those that were ended.
    """

    def __init__(self) -> None:
        self.talks: list[OwnTalk] = []
        self.asked: list[str] = []
        self.ended: list[str] = []
        self.error: Exception | None = None
        self.answers: asyncio.Event | None = None

    async def list_sessions(self, cursor: str = "", limit: int = 0) -> SessionList:
        self.asked.append(f"{cursor or 'first'} {limit}")
        await self._answer()
        start = int(cursor or 0)
        end = start + limit
        return SessionList(self.talks[start:end], str(end) if end < len(self.talks) else "")

    async def delete_session(self, session_id: str) -> None:
        await self._answer()
        self.ended.append(session_id)
        self.talks = [
            talk._replace(status="ended", ended_at=talk.begun_at + 1)
            if talk.session_id == session_id
            else talk
            for talk in self.talks
        ]

    async def _answer(self) -> None:
        if self.answers is not None:
            await self.answers.wait()
        if self.error is not None:
            error, self.error = self.error, None
            raise error


async def no_opus() -> bool:
    await asyncio.sleep(0)  # as a browser, which takes its time to say so
    return False


class Disk:
    """What the browser keeps: `shared` for all its tabs, `tab` for one, and the device's clock."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.shared, self.tab = FakeTextStore(), FakeTextStore()
        self.tabs: list[FakeTalkLock] = []
        self.account = FakeAccount()


class SpeakerHarness:
    """A speaker page. With the `disk` of another page it is loaded in that page's browser, a moment later.

    With a `beacon` it sends figures.
    """

    def __init__(
        self,
        microphone: FakeMicrophone | None = None,
        disk: Disk | None = None,
        beacon: FakeBeacon | None = None,
    ) -> None:
        self.disk = disk or Disk()
        self.clock = self.disk.clock
        self.connector = FakeConnector()
        self.page = FakePage("speaker")
        self.browser = FakeBrowser()
        self.window = FakeSpeakerWindow(self.clock)
        self.site = FakeSpeakerSite(**CONFIG)
        self.screen = FakeScreen()
        self.beacon = beacon or FakeBeacon()
        self.keyboard = FakeKeyboard()
        self.account = self.disk.account
        self.creator = FakeCreator(self.clock, self.connector)
        self.microphone = microphone or FakeMicrophone()
        self.lock = FakeTalkLock(self.disk.tabs)
        speaker_page = self.speaker_page = SpeakerPage(self.page_ports())
        self.view, self.share, self.preferences = (
            speaker_page.view,
            speaker_page.share,
            speaker_page.preferences,
        )
        texts = english("speaker")
        speaker_page.set_texts(texts)
        self.sessions = FakeOwnSessions()
        voice = Voice(self.sound_ports(), "binary")
        self.app = speaker_page.connect(self.account, self.creator, voice, self.sessions)
        speaker_page.follow_window(self.app)
        if beacon is not None:
            speaker_page.send_figures("https://talk.example/figures", lambda: 0.0)

    def page_ports(self) -> PagePorts:
        return PagePorts(
            page=self.page,
            languages=FakeLanguages(),
            keyboard=self.keyboard,
            browser=self.browser,
            window=self.window,
            site=self.site,
            screen=self.screen,
            beacon=self.beacon,
            local_store=self.disk.shared,
            tab_store=self.disk.tab,
            talk_lock=self.lock,
            clock=self.clock,
            code_packages=lambda _came: PackagesThere(),
        )

    def sound_ports(self) -> SoundPorts:
        return SoundPorts(
            self.microphone,
            self.clock,
            can_encode_opus=no_opus,
            new_opus=lambda *_: pytest.fail("there is no Opus here"),
        )

    @property
    def state(self) -> str:
        return self.page.attributes["state data-state"]

    @property
    def notice(self) -> str:
        return self.page.texts["notice"] if self.page.visible["notice"] else ""

    def sees(self, name: str) -> bool:
        return self.page.visible[name]

    async def do(self, name: str, event: str = "click") -> None:
        self.page.do(name, event)
        await self.clock.settle()

    async def open(self) -> None:
        await self.app.open(self.preferences.open())
        await self.clock.settle()

    def begin_opening(self) -> "asyncio.Task[None]":
        """The page begins to open, which may take an answer of the server."""
        return asyncio.create_task(self.open())

    async def sign_in(self) -> None:
        await self.open()
        self.page.enter({"login-email": " me@example.com ", "login-password": "secret"})
        await self.do("login-form", "submit")

    async def press(self, name: str, action: str, answer: str) -> None:
        """A press and the server's answer to it."""
        await self.do(name)
        await self.answer(action, answer)

    async def hear(self, amplitude: float, blocks: int = 1) -> None:
        """The microphone gives blocks as loud as this, each when its time has come."""
        for _ in range(blocks):
            self.microphone.speak([amplitude] * BLOCK, self.clock.now_ms())
            await self.clock.advance(FRAME_MS / 1000)

    async def talk(self, seconds: float, amplitude: float = 0.2, noise: float = 0.0005) -> None:
        """The speaker speaks, four syllables a second, with a pause after each four."""
        for number in range(int(seconds * 4)):
            await self.hear(noise if number % 5 == 4 else amplitude, 7)
            await self.hear(noise, 5)

    async def go_live(self) -> None:
        await self.sign_in()
        await self.do("start-form", "submit")
        await self.answer("getSessionStatus", "sessionStatus", createdAt=self.clock.now_ms())

    async def answer(self, action: str, message_type: str, **fields: Any) -> None:
        await self.clock.settle()
        request_id = self.connector.last.last(action)["requestId"]
        self.connector.last.say({"type": message_type, "timestamp": 0, "requestId": request_id, **fields})
        await self.clock.settle()
