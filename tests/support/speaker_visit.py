"""A visit to the true speaker page on the true server, worked by a test, and what the page tells of it."""

import asyncio
import json
from typing import Any

import aiohttp

from pylib.config.rollout import Mode
from pylib.errors import NetworkError
from pylib.ports import Clock, HttpRequest, HttpResponse
from speaker.bootstrap import SpeakerPage
from speaker.ports import PagePorts, ServerPorts
from tests.support.aiohttp_ports import AiohttpConnector, AiohttpTransport, MemoryStore, SystemClock
from tests.support.fake_beacon import FakeBeacon
from tests.support.fake_browser import FakeSpeakerSite, FakeSpeakerWindow
from tests.support.fake_clock import FakeClock
from tests.support.fake_page import FakePage
from tests.support.fake_store import FakeTextStore
from tests.support.headless_pages import until
from tests.support.server import RunningServer
from tests.support.speaker_ports import page_ports, server_ports, sound_ports


class PostingBeacon(FakeBeacon):
    """Sends each batch to its address, too."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        super().__init__()
        self._http = http
        self._posts: set[asyncio.Task[None]] = set()

    def send(self, url: str, text: str) -> None:
        super().send(url, text)
        self._posts.add(asyncio.create_task(self._post(url, text)))

    async def arrived(self) -> None:
        """All that was sent is there."""
        await asyncio.gather(*self._posts)

    async def _post(self, url: str, text: str) -> None:
        async with self._http.post(url, data=text, headers={"Content-Type": "text/plain"}) as answer:
            assert answer.status == 204


class LosingTransport(AiohttpTransport):
    """Loses the answers to the next `losses` creations, which the server has acted on."""

    losses = 0

    async def send(self, request: HttpRequest) -> HttpResponse:
        response = await super().send(request)
        if self.losses and request.method == "POST" and request.url.endswith("/sessions"):
            self.losses -= 1
            raise NetworkError("The answer is lost.")
        return response


class Visit:
    """One visit to the speaker page; only the page itself, its sound and its storage are fakes."""

    def __init__(self, server: RunningServer, http: aiohttp.ClientSession) -> None:
        self.page, self.beacon, self.kept = FakePage("speaker"), PostingBeacon(http), MemoryStore()
        self.transport = LosingTransport(http)
        self._connector = AiohttpConnector(http)
        self.server = server
        self._shared, self._tab = FakeTextStore(), FakeTextStore()

    async def open(self, mode: Mode) -> None:
        """Load the page and sign in as the demo account."""
        self.window = FakeSpeakerWindow(FakeClock(), creation=mode)
        clock = SystemClock()
        await SpeakerPage(self._page_ports(clock)).open(self._server_ports(clock), sound_ports(clock))
        account = self.server.account
        self.page.enter({"login-email": account["email"], "login-password": account["password"]})
        self.page.do("login-form", "submit")
        await until(lambda: self.page.visible.get("start-form"))

    async def talk(self) -> None:
        """Start, and end."""
        self.page.do("start-form", "submit")
        await self.reach("live")
        self.page.do("end")
        self.page.do("end-confirm")
        await self.reach("ended")

    async def reach(self, state: str) -> None:
        await until(lambda: self.page.attributes["state data-state"] == state)

    def age_tokens(self) -> None:
        """They are past their life, by this device's clock."""
        record = json.loads(self.kept.texts["tokens"])
        self.kept.texts["tokens"] = json.dumps({**record, "expires_at_ms": 1.0})

    async def told(self, actions: int) -> dict[str, Any]:
        """All that has arrived once the page told of so many actions, added up; rows without times."""

        def has_told() -> bool:
            self.window.happen("hidden")
            return len(self.beacon.actions()) >= actions

        await until(has_told)
        await self.beacon.arrived()
        batches = [batch for _, batch in self.beacon.sent]
        assert {url for url, _ in self.beacon.sent} == {self.server.url + "/figures"}
        return {
            "modes": {batch["mode"] for batch in batches},
            "actions": [[*row[:3], row[5]] for row in self.beacon.actions()],
            "connects": [row[:2] for row in self.beacon.connects()],
            "retries": _sum([batch["retries"] for batch in batches]),
            "refreshes": _sum([batch["refreshes"] for batch in batches]),
        }

    def _page_ports(self, clock: Clock) -> PagePorts:
        site = FakeSpeakerSite(
            websocket_url=self.server.ws_url,
            http_api_url=self.server.url,
            cognito_endpoint=self.server.url + "/cognito",
            region="us-east-1",
            user_pool_id="us-east-1_AbCdEfGhI",
            client_id="lectern-dev-client",
            encryption_key="a key of this test's own, long enough",
        )
        return page_ports(
            page=self.page,
            window=self.window,
            site=site,
            beacon=self.beacon,
            local_store=self._shared,
            tab_store=self._tab,
            clock=clock,
        )

    def _server_ports(self, clock: Clock) -> ServerPorts:
        return server_ports(
            transport=self.transport,
            connector=self._connector,
            clock=clock,
            token_store=lambda _encryption_key: self.kept,
            local_store=self._shared,
            tab_store=self._tab,
        )


def _sum(counts: list[list[int]]) -> list[int]:
    return [sum(column) for column in zip(*counts, strict=True)]
