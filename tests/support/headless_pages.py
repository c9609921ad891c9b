"""A speaker and listeners without a browser: the true client stack over aiohttp, with fake sound devices."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from typing import Any, Literal, Protocol

import aiohttp

from listener.app import ListenerApp
from listener.bootstrap import ListenerPage
from pylib.audio.pcm import PcmEncoder
from pylib.config.app_config import AppConfig, parse_config
from pylib.config.rollout import Mode
from pylib.config.site_config import read_site_config
from pylib.ports import AudioEncoder, Clock
from pylib.protocol.frames import FRAME_MS, KIND_OPUS
from pylib.realtime.client import RealtimeClient
from speaker.bootstrap import SignIn, Voice
from speaker.ports import ServerPorts, SoundPorts
from speaker.sound.encoders import OnPacket
from speaker.talk.service import SpeakerService
from tests.support.aiohttp_ports import AiohttpConnector, AiohttpTransport, MemoryStore, SystemClock
from tests.support.fake_audio import FakeLoudspeaker, FakeMicrophone
from tests.support.fake_browser import PackagesThere
from tests.support.fake_store import FakeTextStore
from tests.support.listener_ports import listener_ports
from tests.support.speaker_server import RememberingServer

WAIT_S = 10.0

Transport = Literal["binary", "text"]
"""How sound travels, as a site's config says."""


class Server(Protocol):
    """A server, in this process or in one of its own. `url` ends without a slash."""

    @property
    def url(self) -> str: ...

    def token(self) -> str: ...


class OpusStandIn(PcmEncoder):
    """Packets that nobody can decode, one for each block at 48 kHz, and later than PCM would come."""

    kind = KIND_OPUS
    sample_rate = 48_000

    def encode(self, samples: Any, timestamp_us: int) -> None:
        asyncio.get_running_loop().call_soon(self._on_packet, b"opus", timestamp_us)


class People:
    """A speaker and listeners on one server.

    `speaker_url` and `listener_url` lead them another way than the server's own, such as through
    a fault proxy; `dice` spreads their reconnecting, and `clock` is that of all their devices.
    `new_opus` makes the encoder of those who speak Opus. `config` are keys of the site's config.
    """

    def __init__(
        self,
        server: Server,
        http: aiohttp.ClientSession,
        *,
        speaker_url: str = "",
        listener_url: str = "",
        dice: Callable[[], float] = lambda: 0.0,
        clock: Clock | None = None,
    ) -> None:
        self.clock = clock or SystemClock()
        self.new_opus: Callable[[OnPacket], AudioEncoder] = OpusStandIn
        self.microphone = FakeMicrophone()
        self.clients: list[RealtimeClient] = []
        self.listeners: list[ListenerApp] = []
        self.server = server
        self.http = http
        self.session_id = ""
        self._speaker_url = speaker_url or server.url
        self._listener_url = listener_url or server.url
        self._dice = dice
        self.config: dict[str, Any] = {}
        self._transport = AiohttpTransport(http)
        self._connector = AiohttpConnector(http)

    async def speaker(
        self, mode: Mode, transport: Transport = "binary", *, opus: bool = False
    ) -> SpeakerService:
        """Somebody who is live. With `opus` they send what stands for it, from blocks at 48 kHz."""
        return await self.go_live(await self.create(mode, transport), transport, opus=opus)

    async def create(self, mode: Mode, transport: Transport = "binary") -> RealtimeClient:
        """A session whose speaker is connected and says nothing yet."""
        config, ports = self._speaker_config(transport), self._server_ports()
        server = RememberingServer(config, ports, SignIn(self, self), self.clients)
        creator = server.session_creator(server.http_sessions(), ports.packages.arrive, override=mode)
        result = await creator.create("en", "standard")
        assert isinstance(result.client, RealtimeClient), result.error
        self.session_id = result.session_id
        return result.client

    async def go_live(
        self, client: RealtimeClient, transport: str = "binary", *, opus: bool = False
    ) -> SpeakerService:
        """The speaker begins."""
        ports = SoundPorts(
            self.microphone, self.clock, _answer(opus), new_opus=lambda *given: self.new_opus(given[-1])
        )
        service = Voice(ports, transport).new_service(client, lambda: None)
        await service.start("standard", "")
        return service

    async def listener(
        self, transport: str = "binary", *, loudspeaker: FakeLoudspeaker | None = None
    ) -> tuple[ListenerApp, FakeLoudspeaker]:
        """Somebody who has tapped Listen."""
        loudspeaker = loudspeaker or FakeLoudspeaker()
        ports = listener_ports(
            transport=self._transport,
            connector=self._connector,
            clock=self.clock,
            loudspeaker=loudspeaker,
            random=self._dice,
        )
        url = self._listener_url
        keys = {"websocket_url": _websocket_url(url), "http_api_url": url, "transport": transport}
        app = ListenerPage(ports).build_app(read_site_config(json.dumps({**keys, **self.config}), url))
        self.listeners.append(app)
        await app.open(self.session_id)
        await app.listen()
        return app, loudspeaker

    async def speak(self, blocks: list[Any], *ears: FakeLoudspeaker) -> None:
        """Speak in real time; the ears' audio clocks run along."""
        for block in blocks:
            self.microphone.speak(block, self.clock.now_ms())
            await asyncio.sleep(FRAME_MS / 1000)
            for ear in ears:
                ear.run(FRAME_MS)

    def leave(self) -> None:
        """Everybody closes the page."""
        for app in self.listeners:
            app.stop()
        for client in self.clients:
            client.leave()

    def _server_ports(self) -> ServerPorts:
        return ServerPorts(
            self._transport,
            self._connector,
            self.clock,
            self._dice,
            new_id=lambda: str(random.getrandbits(64)),
            token_store=lambda _encryption_key: MemoryStore(),
            local_store=FakeTextStore(),
            tab_store=FakeTextStore(),
            packages=PackagesThere(),
        )

    def _speaker_config(self, transport: Transport) -> AppConfig:
        """With an account of the test's own: nothing of the sign-in service is asked for."""
        url = self._speaker_url
        keys: dict[str, Any] = {
            "websocket_url": _websocket_url(url),
            "http_api_url": url,
            "transport": transport,
            "region": "us-east-1",
            "user_pool_id": "us-east-1_AbCdEfGhI",
            "client_id": "1example23456789",
            "encryption_key": "a key of this test's own, long enough",
        }
        return parse_config(json.dumps({**keys, **self.config}), url)

    async def user_id(self) -> str:
        return "a speaker"

    async def sign_in(self, email: str, password: str) -> None:
        """Always signed in."""

    def dismiss(self) -> None:
        """Always signed in."""

    async def sign_out(self) -> None:
        """Always signed in."""

    async def id_token(self) -> str:
        return self.server.token()

    async def refresh_after_401(self, old: str) -> str:
        return self.server.token()


def _websocket_url(url: str) -> str:
    return url.replace("http", "ws", 1) + "/ws"


def _answer(opus: bool) -> Callable[[], Awaitable[bool]]:
    async def can_encode_opus() -> bool:
        return opus

    return can_encode_opus


async def until(condition: Any) -> None:
    """Wait for something that the other side brings about."""
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110 - many different things are waited for
            await asyncio.sleep(0.01)
