"""A speaker page on the true client stack and a bad network; what happens is written down from outside."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import aiohttp

from pylib.config.app_config import AppConfig, parse_config
from pylib.figures.sender import figures_url
from speaker.bootstrap import Server, SignIn, SpeakerPage, Voice
from tests.support.aiohttp_ports import AiohttpConnector, AiohttpTransport, SystemClock
from tests.support.bad_network import BadConnector, BadTransport
from tests.support.english import english
from tests.support.fake_beacon import FakeBeacon
from tests.support.fake_browser import FakeSpeakerWindow
from tests.support.fake_clock import FakeClock
from tests.support.fake_page import FakePage
from tests.support.headless_pages import until
from tests.support.server import RunningServer
from tests.support.speaker_ports import page_ports, server_ports, sound_ports

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
        page = SpeakerPage(
            page_ports(page=self._page, window=self._window, beacon=self.beacon, clock=self._clock)
        )
        page.view.set_texts(english("speaker"))
        page.preferences.set_texts(english("speaker"))
        self._config = _config(server.url)
        page.send_figures(figures_url(self._config), lambda: 1000.0)
        self._app = page.connect(self, self._creator(page), Voice(sound_ports(self._clock), "binary"))
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
        ports = server_ports(transport=self.transport, connector=self.connector, clock=self._clock)
        server = Server(self._config, ports, SignIn(self, self), page.recorder)
        sessions = server.http_sessions(store=ports.tab_store)
        return server.session_creator(sessions, ports.packages.arrive, self.mode)


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
