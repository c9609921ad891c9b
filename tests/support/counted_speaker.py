"""A speaker page on the true client stack and a bad network; what happens is written down from outside."""

import asyncio
import json
import random
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

import aiohttp

from pylib.config.app_config import AppConfig, parse_config
from pylib.figures.sender import figures_url
from speaker.bootstrap import Server, SignIn, SpeakerPage, Voice
from speaker.ports import PagePorts, ServerPorts, SoundPorts
from tests.support.aiohttp_ports import AiohttpConnector, AiohttpTransport, MemoryStore, SystemClock
from tests.support.bad_network import BadConnector, BadTransport
from tests.support.english import english
from tests.support.fake_audio import FakeMicrophone
from tests.support.fake_beacon import FakeBeacon
from tests.support.fake_browser import FakeBrowser, FakeSpeakerSite, FakeSpeakerWindow, PackagesThere
from tests.support.fake_clock import FakeClock
from tests.support.fake_device import FakeScreen
from tests.support.fake_languages import FakeLanguages
from tests.support.fake_page import FakePage
from tests.support.fake_store import FakeTalkLock, FakeTextStore
from tests.support.headless_pages import until
from tests.support.keys import FakeKeyboard
from tests.support.server import RunningServer

LIVE, ERROR, IDLE, ENDED = "live", "error", "idle", "ended"

TURNS = 20
"""Of the event loop, after which the page has counted the answer that came last."""


class Start(NamedTuple):
    """What came of one press of Start: the state that the page showed, and when (seconds after the press).

    `last_status` is that of its last try over HTTP, 0 where no answer came.
    """

    state: str
    seconds: float
    last_status: int

    @property
    def failed(self) -> bool:
        """Whether the page said so."""
        return self.state == ERROR


class TimedPage(FakePage):
    """Notes when its state changes."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        super().__init__("speaker")
        self.states: list[tuple[str, float]] = []
        self._now_s = now_s

    def attribute(self, name: str, attribute: str, value: str | None) -> None:
        super().attribute(name, attribute, value)
        if (name, attribute) == ("state", "data-state") and value is not None:
            self.states.append((value, self._now_s()))


class CountedSpeaker:
    """One person who is signed in, at a page of their own.

    `fault` and `delay_s` are those of BadTransport and BadConnector. Batches go to `beacon.sent`; the test
    brings them to the server, and so knows them all.
    """

    def __init__(
        self,
        server: RunningServer,
        http: aiohttp.ClientSession,
        *,
        name: str,
        mode: str,
        fault: Callable[[], str],
        delay_s: Callable[[], float],
        token_is_good: bool = True,
    ) -> None:
        self.name, self.mode = name, mode
        self.starts: list[Start] = []
        self.beacon = FakeBeacon()
        self._server = server
        self._token_is_good = token_is_good
        self._clock = SystemClock()
        self.transport = BadTransport(AiohttpTransport(http), fault)
        self.connector = BadConnector(AiohttpConnector(http), delay_s)
        self._page = TimedPage(self._clock.monotonic_s)
        self._window = FakeSpeakerWindow(FakeClock())
        self._shared, self._tab = FakeTextStore(), FakeTextStore()
        page = SpeakerPage(self._page_ports())
        page.view.set_texts(english("speaker"))
        page.preferences.set_texts(english("speaker"))
        self._config = _config(server.url)
        page.send_figures(figures_url(self._config), lambda: 1000.0)
        self._app = page.connect(self, self._creator(page), Voice(self._sound_ports(), "binary"))
        page.follow_window(self._app)
        self._preferences = page.preferences

    async def open(self) -> None:
        """Load the page."""
        await self._app.open(self._preferences.open())
        self._page.set_value("source-language", "en")
        self._page.set_value("quality-tier", "standard")

    async def start(self, *, cancel: bool = False) -> Start:
        """Press Start, and with `cancel` take it back at once; returns when the page has settled."""
        seen, pressed_s = len(self._page.states), self._clock.monotonic_s()
        calls = len(self.transport.attempts)
        self._page.do("start-form", "submit")
        if cancel:
            await until(lambda: len(self._page.states) > seen)
            self._page.do("cancel")
        await until(lambda: any(state in (LIVE, ERROR, IDLE) for state, _ in self._page.states[seen:]))
        state, at_s = next(each for each in self._page.states[seen:] if each[0] in (LIVE, ERROR, IDLE))
        tries = self.transport.attempts[calls:]
        start = Start(state, at_s - pressed_s, tries[-1].status if tries else 0)
        self.starts.append(start)
        return start

    async def end(self) -> None:
        """End the talk that is live."""
        self._page.do("end")
        self._page.do("end-confirm")
        await until(lambda: self._page.states[-1][0] == ENDED)

    async def leave(self) -> None:
        """Close the page, once a session whose start was taken back has been ended: its last batch leaves."""
        if self.mode == "http" and self.starts[0].state == IDLE:
            await until(lambda: [each[1:3] for each in self.transport.attempts[-1:]] == [("DELETE", 204)])
        for _ in range(TURNS):
            await asyncio.sleep(0)
        self._window.happen("pagehide")

    # Implements SpeakerAccount and TokenSource.

    async def user_id(self) -> str:
        return self.name

    async def sign_in(self, email: str, password: str) -> None:
        """Always signed in."""

    def dismiss(self) -> None:
        """Always signed in."""

    async def sign_out(self) -> None:
        """Always signed in."""

    async def id_token(self) -> str:
        return self._server.token(self.name) if self._token_is_good else "no.good.token"

    async def refresh_after_401(self, old: str) -> str:
        return self._server.token(self.name)

    # Parts

    def _creator(self, page: SpeakerPage) -> Any:
        ports = self._server_ports()
        server = Server(self._config, ports, SignIn(self, self), page.recorder)
        sessions = server.http_sessions(store=self._tab)
        return server.session_creator(sessions, ports.packages.arrive, self.mode)

    def _page_ports(self) -> PagePorts:
        return PagePorts(
            page=self._page,
            languages=FakeLanguages(),
            keyboard=FakeKeyboard(),
            browser=FakeBrowser(),
            window=self._window,
            site=FakeSpeakerSite(),
            screen=FakeScreen(),
            beacon=self.beacon,
            local_store=self._shared,
            tab_store=self._tab,
            talk_lock=FakeTalkLock([]),
            clock=self._clock,
            code_packages=lambda _came: PackagesThere(),
        )

    def _server_ports(self) -> ServerPorts:
        return ServerPorts(
            self.transport,
            self.connector,
            self._clock,
            random=lambda: 0.0,
            new_id=lambda: str(uuid.UUID(int=random.getrandbits(128))),
            token_store=lambda _encryption_key: MemoryStore(),
            local_store=self._shared,
            tab_store=self._tab,
            packages=PackagesThere(),
        )

    def _sound_ports(self) -> SoundPorts:
        return SoundPorts(
            FakeMicrophone(), self._clock, can_encode_opus=_no_opus, new_opus=lambda *_: _never()
        )


async def _no_opus() -> bool:
    return False


def _never() -> Any:
    raise AssertionError("there is no Opus here")


def _config(url: str) -> AppConfig:
    keys = {
        "websocket_url": f"{url.replace('http', 'ws', 1)}/ws",
        "http_api_url": url,
        "region": "us-east-1",
        "user_pool_id": "us-east-1_AbCdEfGhI",
        "client_id": "1example23456789",
        "encryption_key": "a key of this test's own, long enough",
    }
    return parse_config(json.dumps(keys), url)
