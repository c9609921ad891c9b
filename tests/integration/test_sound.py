"""Sound in to sound out without a browser: the true client stack against the true server."""

import asyncio
import wave
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from listener.app import ListenerApp
from listener.model import Model
from pylib.protocol.frames import FRAME_MS, PCM_SAMPLE_RATE
from pylib.protocol.plain import decode_session
from pylib.realtime.address import Address
from pylib.realtime.client import RealtimeClient
from pylib.realtime.connection import LISTENER_TIMING, SPEAKER_TIMING
from pylib.rollout import CreationMode, Mode
from pylib.session import typed
from pylib.session.http_service import SessionHttpService
from pylib.session.legacy_service import LegacySessionService
from pylib.session.orchestrator import SessionCreationOrchestrator
from pylib.session.status_poller import StatusPoller
from speaker.encoders import EncoderChoice
from speaker.service import SpeakerService
from tests.support.aiohttp_ports import AiohttpConnector, AiohttpTransport, SystemClock
from tests.support.fake_audio import FakeLoudspeaker, FakeMicrophone
from tests.support.pcm import from_pcm16
from tests.support.server import RunningServer, running_server

SPEECH = Path(__file__).parents[1] / "data" / "speech.wav"
BLOCK = PCM_SAMPLE_RATE * FRAME_MS // 1000
FRAMES = 150
WAIT_S = 10.0


def speech_blocks() -> list[Any]:
    """Three seconds of speech in blocks of 20 ms."""
    with wave.open(str(SPEECH)) as file:
        samples = from_pcm16(file.readframes(FRAMES * BLOCK))
    return [samples[at : at + BLOCK] for at in range(0, len(samples), BLOCK)]


class People:
    """A speaker and listeners on one server, with fake microphones and loudspeakers."""

    def __init__(self, server: RunningServer, http: aiohttp.ClientSession) -> None:
        self.clock = SystemClock()
        self.microphone = FakeMicrophone()
        self.clients: list[RealtimeClient] = []
        self.server = server
        self.http = http
        self._transport = AiohttpTransport(http)
        self._connector = AiohttpConnector(http)

    async def speaker(self, mode: Mode) -> SpeakerService:
        orchestrator = SessionCreationOrchestrator(
            CreationMode(mode, "asked for by the test"),
            self.clock,
            new_http_service=self._sessions,
            new_legacy_service=lambda: LegacySessionService(self._speaker_client, self.clock),
            new_client=self._speaker_client,
        )
        result = await orchestrator.create(typed.config_body("en", "standard"))
        assert isinstance(result.client, RealtimeClient), result.error
        encoders = EncoderChoice(self._no_opus, lambda *_: pytest.fail("there is no Opus here"))
        service = SpeakerService(result.client, self.microphone, encoders.new, lambda: None)
        await service.start("standard", "")
        self.session_id = result.session_id
        return service

    async def listener(self) -> tuple[ListenerApp, FakeLoudspeaker, list[Model]]:
        loudspeaker = FakeLoudspeaker()
        shown: list[Model] = []
        sessions = self._sessions(decode=decode_session)
        app = ListenerApp(
            get_session=sessions.get_session,
            poller=StatusPoller(sessions.get_session, self.clock, lambda: 0.5),
            new_client=lambda: self._client(LISTENER_TIMING, None),
            output=loudspeaker,
            clock=self.clock,
            show=shown.append,
        )
        await app.open(self.session_id)
        await app.listen()
        return app, loudspeaker, shown

    async def speak(self, blocks: list[Any], *ears: FakeLoudspeaker) -> None:
        """Speak in real time; the ears' audio clocks run along."""
        for block in blocks:
            self.microphone.speak(block, self.clock.now_ms())
            await asyncio.sleep(FRAME_MS / 1000)
            for ear in ears:
                ear.run(FRAME_MS)

    def _sessions(self, decode: Any = typed.decode_session) -> SessionHttpService:
        return SessionHttpService(
            self._transport,
            self.clock,
            self.server.url,
            decode_session=decode,
            random=lambda: 0.0,
            new_id=lambda: "11111111-2222-4333-8444-555555555555",
            tokens=self if decode is typed.decode_session else None,
        )

    async def id_token(self) -> str:
        return self.server.token()

    async def refresh_after_401(self, old: str) -> str:
        return self.server.token()

    async def _no_opus(self) -> bool:
        return False

    def _speaker_client(self) -> RealtimeClient:
        return self._client(SPEAKER_TIMING, self.id_token)

    def _client(self, timing: Any, token: Any) -> RealtimeClient:
        address = Address(self.server.ws_url)
        client = RealtimeClient(
            self._connector, self.clock, address, timing=timing, random=lambda: 0.0, token=token
        )
        self.clients.append(client)
        return client


@asynccontextmanager
async def people(tmp_path: Path) -> AsyncIterator[People]:
    async with running_server(tmp_path) as server, aiohttp.ClientSession() as http:
        stage = People(server, http)
        yield stage
        for client in stage.clients:
            client.leave()


async def until(condition: Any) -> None:
    """Wait for something that the other side brings about."""
    async with asyncio.timeout(WAIT_S):
        while not condition():  # noqa: ASYNC110 - many different things are waited for
            await asyncio.sleep(0.01)


def samples_of(blocks: list[Any]) -> list[int]:
    """As 16-bit integers, which is what travels."""
    return [int(sample * 32767) for block in blocks for sample in block]


@pytest.mark.parametrize("mode", ["http", "websocket"])
async def test_every_sample_spoken_is_heard_once_and_in_order(tmp_path: Path, mode: Mode) -> None:
    async with people(tmp_path) as stage:
        speaker = await stage.speaker(mode)
        app, ear, _ = await stage.listener()
        blocks = speech_blocks()
        await stage.speak(blocks, ear)
        await until(lambda: app.stats()["framesReceived"] == FRAMES)
        ear.run(1000)
        assert ear.played == array("f", [value / 32767 for value in samples_of(blocks)])
        assert speaker.stats()["framesSent"] == FRAMES
        assert app.stats()["framesLost"] == 0
        await speaker.end()
        await until(lambda: app.state == "ended")


@pytest.mark.parametrize("mode", ["http", "websocket"])
async def test_two_listeners_one_late_see_and_hear_what_the_speaker_does(tmp_path: Path, mode: Mode) -> None:
    async with people(tmp_path) as stage:
        speaker = await stage.speaker(mode)
        first, first_ear, _ = await stage.listener()
        blocks = speech_blocks()
        await stage.speak(blocks[:25], first_ear)
        late, late_ear, _ = await stage.listener()
        await until(lambda: speaker.audience.listeners == 2)
        await stage.speak(blocks[25:50], first_ear, late_ear)
        assert late.stats()["framesReceived"] >= 25
        await speaker.set_paused(True)
        await until(lambda: first.state == late.state == "paused")
        await speaker.set_paused(False)
        await until(lambda: "paused" not in (first.state, late.state))
        await speaker.set_muted(True)
        before = len(first_ear.played)
        await stage.speak(blocks[50:75], first_ear, late_ear)
        first_ear.run(1000)
        assert max(first_ear.played[before + BLOCK * 10 :]) == 0.0
        await speaker.end()
        await until(lambda: first.state == late.state == "ended")


async def test_garbage_from_elsewhere_does_not_end_the_talk(tmp_path: Path) -> None:
    async with people(tmp_path) as stage:
        await stage.speaker("http")
        app, ear, _ = await stage.listener()
        async with stage.http.ws_connect(f"{stage.server.ws_url}?sessionId={stage.session_id}") as intruder:
            await intruder.send_bytes(b"\x01\x01\x00\x00" + bytes(50))
            await intruder.send_str("nonsense")
            await intruder.send_str('{"action": "endSession"}')
        await stage.speak(speech_blocks()[:50], ear)
        assert app.stats()["framesReceived"] >= 45
        assert app.stats()["malformedFrames"] == 0
        assert app.state == "live"
