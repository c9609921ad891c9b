"""The true client stack without a browser: what speaker/bootstrap.py builds, over aiohttp ports."""

import asyncio
import dataclasses
import inspect
import json
import random
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp
from yarl import URL

from pylib.config.app_config import AppConfig, parse_config
from pylib.ports import HttpRequest, HttpResponse, SocketEvents
from pylib.realtime.client import RealtimeClient
from pylib.retry import RetryPolicy
from pylib.session.http_service import SessionHttpService
from speaker.bootstrap import Server, SignIn, cognito_sign_in
from speaker.ports import ServerPorts
from tests.support.aiohttp_ports import (
    AiohttpConnector,
    AiohttpSocket,
    AiohttpTransport,
    MemoryStore,
    SystemClock,
)
from tests.support.fake_browser import PackagesThere
from tests.support.fake_store import FakeTextStore
from tests.support.server import RunningServer
from tests.support.speaker_server import RememberingServer

CONFIG = {"sourceLanguage": "en", "qualityTier": "standard"}
MODES = ("http", "websocket")
QUICK = RetryPolicy(initial_delay_ms=1, max_delay_ms=4)
"""The default policy with its waits a thousand times shorter."""


class Exchange(NamedTuple):
    """One request that was answered."""

    request: HttpRequest
    response: HttpResponse


class Transport:
    """AiohttpTransport that remembers what it carried."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.exchanges: list[Exchange] = []
        self._inner = AiohttpTransport(session)

    async def send(self, request: HttpRequest) -> HttpResponse:
        response = await self._inner.send(request)
        self.exchanges.append(Exchange(request, response))
        return response

    def flows(self) -> list[str]:
        """What the sign-in service was asked for, in order."""
        bodies = [json.loads(one.request.body) for one in self.exchanges if _is_sign_in(one.request)]
        return [body.get("AuthFlow", "REVOKE") for body in bodies]

    def calls(self) -> list[tuple[str, int]]:
        """Method and status of everything else."""
        others = [one for one in self.exchanges if not _is_sign_in(one.request)]
        return [(one.request.method, one.response.status) for one in others]


class Connector(AiohttpConnector):
    """Remembers where connections went and what they were told."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        super().__init__(session)
        self.urls: list[str] = []
        self.subprotocols: list[list[str]] = []
        self.texts: list[str] = []
        self._refusing = False

    def refuse_all(self) -> None:
        """From now on every connection asks for a session that there is not."""
        self._refusing = True

    def open(self, url: str, subprotocols: list[str], events: SocketEvents) -> AiohttpSocket:
        if self._refusing:
            url = str(URL(url).update_query(sessionId="golden-eagle-427"))
        self.urls.append(url)
        self.subprotocols.append(subprotocols)
        return super().open(url, subprotocols, _Listening(events, self.texts))


class _Listening:
    """SocketEvents that also notes the texts."""

    def __init__(self, events: SocketEvents, texts: list[str]) -> None:
        self.opened, self.binary, self.closed = events.opened, events.binary, events.closed
        self._events = events
        self._texts = texts

    def text(self, text: str) -> None:
        self._texts.append(text)
        self._events.text(text)


class Stack:
    """One speaker's page, without the page. `configure` is the operator, `load` a page load.

    `api_url` leads HTTP calls another way than the config says, such as through a fault proxy.
    """

    def __init__(self, server: RunningServer, http: aiohttp.ClientSession, api_url: str = "") -> None:
        self.server = server
        self._http = http
        self.clock = SystemClock()
        self.transport = Transport(http)
        self.connector = Connector(http)
        self.kept = MemoryStore()
        self.clients: list[RealtimeClient] = []
        self._api_url = api_url
        self._random = random.Random(7)

    def configure(self, **settings: object) -> None:
        """Edit the site's config file on the running server."""
        path = self.server.settings.data_dir / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **settings}))

    async def load(self, *, override: str = "", policy: RetryPolicy = QUICK) -> None:
        """Read the site's config file and build everything anew, as a page load does."""
        async with self._http.get(self.server.url + "/config.json") as answer:
            self.config: AppConfig = parse_config(await answer.text(), self.server.url + "/")
        self._ports = ServerPorts(
            self.transport,
            self.connector,
            self.clock,
            self._random.random,
            new_id=lambda: str(uuid.uuid4()),
            token_store=lambda _encryption_key: self.kept,
            local_store=FakeTextStore(),
            tab_store=FakeTextStore(),
            packages=PackagesThere(),
        )
        self.account, self.tokens = cognito_sign_in(self.config, self._ports)
        self._sign_in = SignIn(self.account, self.tokens)
        self.sessions = self.service(policy=policy, store=self._ports.tab_store)
        server = RememberingServer(self.config, self._ports, self._sign_in, self.clients)
        self.new_client = server.new_client
        self.creator = server.session_creator(self.sessions, self._ports.packages.arrive, override)

    def service(self, *, policy: RetryPolicy = QUICK, **options: Any) -> SessionHttpService:
        """SessionHttpService as the page has it."""
        config = dataclasses.replace(self.config, http_api_url=self._api_url or self.config.http_api_url)
        ports = self._ports._replace(clock=self.clock)
        return Server(config, ports, self._sign_in).http_sessions(policy=policy, **options)

    async def sign_in(self) -> None:
        """As the demo account."""
        await self.account.sign_in(self.server.account["email"], self.server.account["password"])

    async def age(self, seconds: float) -> None:
        """The kept tokens are this much older by the device's clock."""
        record = json.loads(self.kept.texts["tokens"])
        self.kept.texts["tokens"] = json.dumps(
            {**record, "expires_at_ms": record["expires_at_ms"] - seconds * 1000}
        )

    async def own_sessions(self) -> dict[str, Any]:
        """Every session of who is signed in, by id, as the API lists them."""
        found: dict[str, Any] = {}
        cursor = ""
        while True:
            page = await self.sessions.list_sessions(cursor)
            found |= {session.session_id: session for session in page.sessions}
            cursor = page.next_cursor
            if not cursor:
                return found

    async def close(self) -> None:
        """Close the page."""
        for client in self.clients:
            await client.close()


@asynccontextmanager
async def loaded(
    server: RunningServer,
    *,
    signed_in: bool = True,
    before_load: Callable[[Stack], None] = lambda _: None,
    **options: Any,
) -> AsyncIterator[Stack]:
    """A page that was loaded on this server, by default with the demo account signed in."""
    api_url = options.pop("api_url", "")
    # On a kept connection aiohttp itself repeats what was lost; here only our own retries shall act.
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:
        stack = Stack(server, http, api_url)
        before_load(stack)
        await stack.load(**options)
        if signed_in:
            await stack.sign_in()
        try:
            yield stack
        finally:
            await stack.close()


def _is_sign_in(request: HttpRequest) -> bool:
    return "X-Amz-Target" in request.headers


async def until(condition: Callable[[], Any]) -> None:
    """Wait for what the other side brings about; the condition may be a coroutine function."""
    async with asyncio.timeout(20):
        while True:
            met = condition()
            if await met if inspect.isawaitable(met) else met:
                return
            await asyncio.sleep(0.01)
