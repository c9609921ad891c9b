"""What the true speaker page tells of its talks with the true server, in both modes: each press once."""

import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from pylib.config.rollout import Mode
from pylib.errors import NetworkError
from pylib.ports import HttpRequest, HttpResponse
from speaker.bootstrap import SpeakerPage
from speaker.ports import PagePorts, ServerPorts, SoundPorts
from tests.support.aiohttp_ports import AiohttpConnector, AiohttpTransport, MemoryStore, SystemClock
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
from tests.support.server import RunningServer, running_server
from tests.support.speaker_harness import no_opus

MODES: list[Mode] = ["http", "websocket"]


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
        self.page, self.beacon, self.kept = FakePage("speaker"), FakeBeacon(), MemoryStore()
        self.transport = LosingTransport(http)
        self._connector = AiohttpConnector(http)
        self._server = server
        self._shared, self._tab = FakeTextStore(), FakeTextStore()

    async def open(self, mode: Mode) -> None:
        """Load the page and sign in as the demo account."""
        self.window = FakeSpeakerWindow(FakeClock(), creation=mode)
        clock = SystemClock()
        await SpeakerPage(self._page_ports(clock)).open(
            self._server_ports(clock),
            SoundPorts(FakeMicrophone(), clock, no_opus, lambda *_: pytest.fail("no Opus")),
        )
        account = self._server.account
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
        """All that the page has sent once it told of so many actions, added up; rows without times."""

        def has_told() -> bool:
            self.window.happen("hidden")
            return len(self.beacon.actions()) >= actions

        await until(has_told)
        batches = [batch for _, batch in self.beacon.sent]
        assert {url for url, _ in self.beacon.sent} == {self._server.url + "/figures"}
        return {
            "modes": {batch["mode"] for batch in batches},
            "actions": [[*row[:3], row[5]] for row in self.beacon.actions()],
            "connects": [row[:2] for row in self.beacon.connects()],
            "retries": _sum([batch["retries"] for batch in batches]),
            "refreshes": _sum([batch["refreshes"] for batch in batches]),
        }

    def _page_ports(self, clock: SystemClock) -> PagePorts:
        url = self._server.url
        site = FakeSpeakerSite(
            websocket_url=self._server.ws_url,
            http_api_url=url,
            cognito_endpoint=url + "/cognito",
            region="us-east-1",
            user_pool_id="us-east-1_AbCdEfGhI",
            client_id="lectern-dev-client",
            encryption_key="a key of this test's own, long enough",
        )
        return PagePorts(
            page=self.page,
            languages=FakeLanguages(),
            keyboard=FakeKeyboard(),
            browser=FakeBrowser(),
            window=self.window,
            site=site,
            screen=FakeScreen(),
            beacon=self.beacon,
            local_store=self._shared,
            tab_store=self._tab,
            talk_lock=FakeTalkLock([]),
            clock=clock,
            code_packages=lambda _came: PackagesThere(),
        )

    def _server_ports(self, clock: SystemClock) -> ServerPorts:
        return ServerPorts(
            self.transport,
            self._connector,
            clock,
            random=lambda: 0.0,
            new_id=lambda: str(uuid.uuid4()),
            token_store=lambda _encryption_key: self.kept,
            local_store=self._shared,
            tab_store=self._tab,
            packages=PackagesThere(),
        )


def _sum(counts: list[list[int]]) -> list[int]:
    return [sum(column) for column in zip(*counts, strict=True)]


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    async with running_server(tmp_path) as server, aiohttp.ClientSession() as http:
        yield Visit(server, http)


@pytest.mark.parametrize("mode", MODES)
async def test_two_talks_of_a_day(visit: Visit, mode: Mode) -> None:
    await visit.open(mode)
    await visit.talk()
    visit.age_tokens()
    await visit.talk()
    assert await visit.told(4) == {
        "modes": {mode},
        "actions": [
            *(["start", "ok", "", True], ["end", "ok", "", False]),
            *(["start", "ok", "", False], ["end", "ok", "", False]),
        ],
        "connects": [[mode == "http", True]] * 2,
        "retries": [2 if mode == "http" else 0, 0, 0, 0],
        "refreshes": [1, 0],
    }
    for row in visit.beacon.actions():
        if row[0] == "start":
            assert 0 < row[3] <= row[4]


async def test_a_start_whose_answers_were_lost_is_one_start_with_two_retries(visit: Visit) -> None:
    await visit.open("http")
    visit.transport.losses = 2
    await visit.talk()
    told = await visit.told(2)
    assert told["actions"] == [["start", "ok", "", True], ["end", "ok", "", False]]
    assert told["retries"] == [0, 0, 1, 0]
