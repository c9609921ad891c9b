"""A listener page without a browser, with server and audio clock in the test's hands. Portable."""

import asyncio
from array import array
from typing import Any

from listener.app import ListenerApp
from listener.lookup import TalkLookup
from listener.model import Model
from listener.own_language import OwnLanguage
from listener.preferences import ListenerPreferences
from listener.view import ListenerView
from pylib.audio.pcm import to_pcm16
from pylib.protocol.frames import FRAME_MS, KIND_PCM16, FrameHeader, encode
from pylib.protocol.plain import SessionRecord
from pylib.realtime.address import Address
from pylib.realtime.client import RealtimeClient
from pylib.realtime.state_machine import LISTENER_TIMING
from pylib.session.status_poller import StatusPoller
from pylib.ui.i18n import Texts
from tests.support.english import english
from tests.support.fake_audio import FakeLoudspeaker
from tests.support.fake_clock import FakeClock
from tests.support.fake_device import FakeMedia, FakeOutputs, FakeScreen
from tests.support.fake_languages import FakeLanguages
from tests.support.fake_page import FakePage
from tests.support.fake_socket import FakeConnector, FakeSocket
from tests.support.fake_store import FakeStore
from tests.support.keys import FakeKeyboard

CODE = "golden-eagle-427"
CREATED_MS = 1_699_999_990_000


class Stage:
    """A listener page, with the server and the audio clock in the test's hands.

    `answer`, when set, is waited for before the server says anything of a talk.
    """

    def __init__(
        self,
        loudspeaker: "FakeLoudspeaker | None" = None,
        *,
        has_http_api: bool = True,
        store: "FakeStore | None" = None,
    ) -> None:
        self.clock = FakeClock()
        self.connector = FakeConnector()
        self.page = FakePage()
        self.loudspeaker = loudspeaker or FakeLoudspeaker()
        self.status = "active"
        self.error: Exception | None = None
        self.asked: list[str] = []
        self.answer: asyncio.Event | None = None
        self.seq = 0
        self.media, self.screen, self.outputs = FakeMedia(), FakeScreen(), FakeOutputs()
        self.keyboard = FakeKeyboard()
        self.forgotten: list[str] = []
        self.view = ListenerView(self.page, FakeLanguages())
        self.preferences = ListenerPreferences(
            self.page,
            store=store or FakeStore(),
            outputs=self.outputs,
            media=self.media,
            screen=self.screen,
            keyboard=self.keyboard,
            forget_language=lambda: self.forgotten.append("language"),
        )
        self.own_language = OwnLanguage()
        self.texts = english("listener")
        self.set_texts(self.texts)
        self.found: list[str] = []
        finder = TalkLookup(
            self._get_session,
            self.preferences.seen.codes,
            on_found=self.found.append,
            has_http_api=has_http_api,
        )
        poller = StatusPoller(self._get_session, self.clock, lambda: 0.5)
        self.app = ListenerApp(
            find=finder.find,
            poller=poller if has_http_api else None,
            new_client=self._new_client,
            output=self.loudspeaker,
            clock=self.clock,
            show=self._show,
        )
        self.view.bind(self.app)

    def set_texts(self, texts: Texts) -> None:
        """As the page does when its language was chosen."""
        self.view.set_texts(texts)
        self.preferences.set_texts(texts)
        self.own_language.set_texts(texts)

    async def settle_in(self) -> "Stage":
        """As the page does before it can be used: what is kept counts."""
        await self.preferences.load()
        self.preferences.bind(self.app)
        await self.clock.settle()
        return self

    def _show(self, model: Model) -> None:
        self.view.show(model)
        self.preferences.show(model)

    async def _get_session(self, session_id: str) -> SessionRecord:
        self.asked.append(session_id)
        if self.answer is not None:
            await self.answer.wait()
        if self.error is not None:
            raise self.error
        return SessionRecord(session_id, "en", "standard", self.status, 0, CREATED_MS)

    def _new_client(self) -> RealtimeClient:
        address = Address("wss://talk.example/ws")
        return self.own_language.told_by(
            RealtimeClient(self.connector, self.clock, address, timing=LISTENER_TIMING, random=lambda: 0.0)
        )

    @property
    def socket(self) -> FakeSocket:
        return self.connector.last

    @property
    def state(self) -> str:
        return self.page.attributes["state data-state"]

    @property
    def notice(self) -> str:
        return self.page.texts["notice"] if self.page.visible["notice"] else ""

    async def do(self, name: str, event: str = "click") -> None:
        self.page.do(name, event)
        await self.clock.settle()

    def say(self, message_type: str, **fields: Any) -> None:
        self.socket.say(dict(fields, type=message_type, timestamp=1))

    async def join(self) -> "Stage":
        await self.app.open(CODE)
        await self.do("listen")
        await self.welcome()
        return self

    async def welcome(self) -> None:
        """The server lets the newest connection in."""
        self.socket.accept()
        self.say("welcome", connectionId=f"c-{len(self.connector.sockets)}")
        self.say("sessionJoined", sessionId=CODE, status="active")
        await self.clock.settle()

    def say_frame(self) -> None:
        """A frame arrives, as old as it is long."""
        capture_ms = int(self.clock.now_ms() - CREATED_MS) - FRAME_MS
        header = FrameHeader(KIND_PCM16, 0, 0, self.seq, capture_ms)
        self.socket.say_bytes(encode(header, to_pcm16(array("f", [0.5] * 320))))
        self.seq += 1

    async def hear(self, frames: int = 5) -> None:
        """Frames arrive, the audio clock plays them, the page looks again."""
        for _ in range(frames):
            self.say_frame()
            await self.clock.advance(0.02)
            self.loudspeaker.run(20)
        self.app.refresh()
