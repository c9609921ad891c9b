"""A speaker page without a browser, with account, creation and server in the test's hands."""

import asyncio
from collections.abc import Callable
from typing import Any

from pylib.errors import ConfigError
from pylib.protocol.frames import FRAME_MS, PCM_SAMPLE_RATE
from pylib.realtime.address import Address
from pylib.realtime.client import RealtimeClient
from pylib.realtime.state_machine import SPEAKER_TIMING
from pylib.session.orchestrator import CreationResult
from pylib.ui.i18n import InterfaceLanguage, Texts
from speaker.app import SpeakerApp
from speaker.sound.encoders import EncoderChoice
from speaker.sound.microphone import MicrophoneKeeper
from speaker.sound.sound_panel import SoundPanel
from speaker.talk.record import TalkRecords
from speaker.talk.service import SpeakerService
from speaker.talk.tracker import TalkTracker
from speaker.view.on_air_view import OnAirView
from speaker.view.preferences import SpeakerPreferences
from speaker.view.share_view import ShareView
from speaker.view.view import SpeakerView
from tests.support.english import catalog, english
from tests.support.fake_audio import FakeMicrophone
from tests.support.fake_clock import FakeClock
from tests.support.fake_languages import FakeLanguages
from tests.support.fake_page import FakePage
from tests.support.fake_socket import FakeConnector
from tests.support.fake_store import FakeStore, FakeTalkLock
from tests.support.keys import FakeKeyboard

BLOCK = PCM_SAMPLE_RATE * FRAME_MS // 1000
DRAWN_S = 1 / 60
"""Of a display that draws as long as somebody looks."""


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


class FakeVisit:
    """A browser with a share sheet; `touched` until a test says otherwise."""

    def __init__(self) -> None:
        self.touched = True
        self.kept_open: list[bool] = []
        self.shared: list[tuple[str, str]] = []
        self.printed = 0
        self.has_share_sheet = True

    def was_touched(self) -> bool:
        return self.touched

    def keep_open(self, wanted: bool) -> None:
        self.kept_open.append(wanted)

    def can_share(self) -> bool:
        return self.has_share_sheet

    async def share(self, title: str, url: str) -> None:
        self.shared.append((title, url))

    def print_page(self) -> None:
        self.printed += 1


class Disk:
    """What the browser keeps: `shared` for all its tabs, `tab` for one, and the device's clock."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.shared, self.tab = FakeStore(), FakeStore()
        self.tabs: list[FakeTalkLock] = []
        self.account = FakeAccount()


class Stage:
    """A speaker page. One with the `disk` of another is the same browser a moment later."""

    def __init__(self, microphone: FakeMicrophone | None = None, disk: Disk | None = None) -> None:
        self.disk = disk or Disk()
        self.clock = self.disk.clock
        self.connector = FakeConnector()
        self.page = FakePage("speaker")
        self.visit = FakeVisit()
        self.keyboard = FakeKeyboard()
        self.account = self.disk.account
        self.creator = FakeCreator(self.clock, self.connector)
        self.microphone = microphone or FakeMicrophone()
        self.copied: list[str] = []
        self.clipboard_is_open = True
        self.missing_languages: tuple[str, ...] = ()
        languages = FakeLanguages()
        share = self.share = ShareView(self.page, self.visit, self._copy, self._catalog)
        talk = OnAirView(self.page, languages)
        view = self.view = SpeakerView(self.page, languages, talk, share)
        interface = InterfaceLanguage(self.page, languages, self._catalog)
        interface.subscribe(self._set_texts)
        self.preferences = SpeakerPreferences(self.page, self.disk.shared, self.keyboard, view, interface)
        self._set_texts(english("speaker"))
        keeper = MicrophoneKeeper(self.microphone, self.clock)
        encoders = EncoderChoice(self._no_opus, lambda *_: None)  # type: ignore[arg-type]
        self.lock = FakeTalkLock(self.disk.tabs)
        memory = TalkRecords(self.disk.shared, self.disk.tab, self.lock, self.clock)
        self.app = SpeakerApp(
            account=self.account,
            creation=self.creator,
            microphone=keeper,
            sound=SoundPanel(keeper, encoders.sample_rate, self._next_frame, view.show_level),
            memory=memory,
            watch=TalkTracker(self.clock, memory, self.visit.keep_open, talk.show_length),
            new_service=lambda client, changed: SpeakerService(
                client, keeper, encoders.new, self.clock, changed
            ),
            link_to=lambda session_id: f"https://talk.example/listener/?s={session_id}",
            show=view.show,
            was_touched=self.visit.was_touched,
        )
        view.bind(self.app)
        self.preferences.bind(self.app)
        self.preferences.keys.bind(self.app, share.open_code)

    def _set_texts(self, texts: Texts) -> None:
        self.view.set_texts(texts)
        self.preferences.set_texts(texts)

    async def _catalog(self, language: str) -> str:
        if language in self.missing_languages:
            raise ConfigError("This page's sentences cannot be found.", code="CATALOG_NOT_FOUND")
        return catalog("speaker", language)

    async def _no_opus(self) -> bool:
        await asyncio.sleep(0)  # as a browser, which takes its time to say so
        return False

    def _next_frame(self, draw: Callable[[], None]) -> None:
        self.clock.call_later(DRAWN_S, draw)

    async def _copy(self, text: str) -> bool:
        if self.clipboard_is_open:
            self.copied.append(text)
        return self.clipboard_is_open

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
        await self.app.open(await self.preferences.open())
        await self.clock.settle()

    def opening(self) -> "asyncio.Task[None]":
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
        """Somebody speaks, four syllables a second, with a pause after each four."""
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
