"""The orchestrator over fakes, in either mode."""

import asyncio
from typing import Any

from pylib.config.rollout import CreationMode, Mode
from pylib.protocol.plain import decode_session
from pylib.retry import RetryPolicy
from pylib.session.http_service import SessionHttpService
from pylib.session.legacy_service import LegacySessionService
from pylib.session.orchestrator import CreationResult, SessionCreationOrchestrator
from tests.support.fake_clock import FakeClock
from tests.support.fake_http import FakeHttp, FakeSessionServer, uuids
from tests.support.fake_live import FakeLive
from tests.support.fake_store import FakeTextStore

CONFIG = {"sourceLanguage": "en", "qualityTier": "standard"}


MODES: list[Mode] = ["http", "websocket"]


class CreationHarness:
    """An orchestrator, the server's sessions, and every live client it made."""

    def __init__(self, mode: Mode, *, http: Any = None, falls_back: bool = False, **live: Any) -> None:
        self.clock = FakeClock()
        self.server = FakeSessionServer()
        self.http = http or FakeHttp(self.server)
        self.store = FakeTextStore()
        self.clients: list[FakeLive] = []
        self.created_s: list[float] = []
        self.live = live
        self.services = {"http": 0, "websocket": 0}
        self._new_id = uuids()
        self.orchestrator = SessionCreationOrchestrator(
            CreationMode(mode, "because the test says so"),
            self.clock,
            new_http_service=self.http_service,
            new_legacy_service=self._legacy_service,
            new_client=self.client,
            new_id=self._new_id,
            falls_back=falls_back,
            on_created=self._created,
        )

    def http_service(self) -> SessionHttpService:
        self.services["http"] += 1
        return SessionHttpService(
            self.http,
            self.clock,
            "https://api.example",
            decode_session=decode_session,
            random=lambda: 0.5,
            new_id=self._new_id,
            store=self.store,
            policy=RetryPolicy(jitter="none"),
        )

    def _legacy_service(self) -> LegacySessionService:
        self.services["websocket"] += 1
        self.legacy = LegacySessionService(self.client, self.clock)
        return self.legacy

    def _created(self) -> None:
        self.created_s.append(self.clock.monotonic_s())

    def client(self) -> FakeLive:
        self.clients.append(FakeLive(self.clock, **self.live))
        return self.clients[-1]

    async def create(self) -> CreationResult:
        """Press start and let as much time pass as it takes, tidying up included."""
        result: CreationResult = await self.clock.run(self.orchestrator.create(CONFIG))
        await self.tidied()
        return result

    async def create_and_abort(self) -> CreationResult:
        """Press start, get as far as it goes without time passing, and abort."""
        task = asyncio.create_task(self.orchestrator.create(CONFIG))
        await self.clock.settle()
        self.orchestrator.abort()
        await self.clock.settle()
        assert task.done()
        return task.result()

    async def tidied(self) -> None:
        await self.clock.run(self.orchestrator.background.finished())
        if self.services["websocket"]:
            await self.clock.run(self.legacy.background.finished())

    def methods(self) -> list[str]:
        return [request.method for request in self.http.requests]


# The report's list, in its own words.
