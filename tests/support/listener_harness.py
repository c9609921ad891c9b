"""A listener page without a browser, with server and audio clock in the test's hands. Portable."""

import asyncio
from array import array
from typing import Any

from listener.bootstrap import ListenerPage
from pylib.audio.pcm import to_pcm16
from pylib.ports import HttpRequest, HttpResponse
from pylib.protocol.frames import FRAME_MS, KIND_PCM16, FrameHeader, encode
from pylib.ui.i18n import Texts
from tests.support.english import english
from tests.support.fake_audio import FakeLoudspeaker
from tests.support.fake_beacon import FakeBeacon
from tests.support.fake_clock import FakeClock
from tests.support.fake_device import FakeMedia, FakeOutputs, FakeScreen
from tests.support.fake_http import SESSION, answer
from tests.support.fake_languages import FakeLanguages
from tests.support.fake_page import FakePage
from tests.support.fake_site import FakeWindow
from tests.support.fake_socket import FakeConnector, FakeSocket
from tests.support.fake_store import FakeTextStore
from tests.support.keys import FakeKeyboard
from tests.support.listener_ports import CONFIG, WITHOUT_HTTP_API, listener_ports

CODE = "golden-eagle-427"
CREATED_MS = 1_699_999_990_000
SOUND = to_pcm16(array("f", [0.5] * 320))
"""20 ms of it, made once: MicroPython takes a millisecond for that."""


class SessionApi:
    """Implements ports.HttpTransport: every code that is asked for leads to a session of this `status`.

    `failure`, when set, is answered instead, or raised; `release`, when set, is waited for before that.
    """

    def __init__(self) -> None:
        self.status = "active"
        self.failure: HttpResponse | Exception | None = None
        self.release: asyncio.Event | None = None
        self.asked: list[str] = []

    async def send(self, request: HttpRequest) -> HttpResponse:
        code = request.url.rpartition("/")[2]
        self.asked.append(code)
        if self.release is not None:
            await self.release.wait()
        if isinstance(self.failure, Exception):
            raise self.failure
        session = dict(SESSION, sessionId=code, status=self.status, createdAt=CREATED_MS)
        return self.failure or answer(200, session)


class ListenerHarness:
    """A listener page, with the server and the audio clock in the test's hands."""

    def __init__(
        self,
        loudspeaker: "FakeLoudspeaker | None" = None,
        *,
        has_http_api: bool = True,
        store: "FakeTextStore | None" = None,
        beacon: "FakeBeacon | None" = None,
    ) -> None:
        self.clock = FakeClock()
        self.api = SessionApi()
        self.connector = FakeConnector()
        self.page = FakePage("listener")
        self.beacon = beacon or FakeBeacon()
        self.window = FakeWindow()
        self.languages = FakeLanguages()
        self.loudspeaker = loudspeaker or FakeLoudspeaker()
        self.media, self.screen, self.outputs = FakeMedia(), FakeScreen(), FakeOutputs()
        self.keyboard = FakeKeyboard()
        self.seq = 0
        self.listener_page = ListenerPage(
            listener_ports(
                clock=self.clock,
                transport=self.api,
                connector=self.connector,
                page=self.page,
                window=self.window,
                languages=self.languages,
                loudspeaker=self.loudspeaker,
                media=self.media,
                screen=self.screen,
                outputs=self.outputs,
                keyboard=self.keyboard,
                store=store or FakeTextStore(),
                beacon=self.beacon,
            )
        )
        self.view, self.preferences = self.listener_page.view, self.listener_page.preferences
        self.texts = english("listener")
        self.set_texts(self.texts)
        config = CONFIG if has_http_api else WITHOUT_HTTP_API
        self.app = self.listener_page.build_app(config)

    def set_texts(self, texts: Texts) -> None:
        """As the page does when its language was chosen."""
        for set_texts in self.listener_page.translated:
            set_texts(texts)

    async def settle_in(self) -> "ListenerHarness":
        """As the page does before it can be used: what is kept counts."""
        self.preferences.load()
        self.preferences.bind(self.app)
        await self.clock.settle()
        return self

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

    async def join(self) -> "ListenerHarness":
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
        self.socket.say_bytes(encode(header, SOUND))
        self.seq += 1

    async def hear(self, frames: int = 5) -> None:
        """Frames arrive, the audio clock plays them, the page looks again."""
        for _ in range(frames):
            self.say_frame()
            await self.clock.advance(0.02)
            self.loudspeaker.run(20)
        self.app.refresh()
