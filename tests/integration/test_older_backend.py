"""Both pages' client stacks on the original system's own backend, in both creation modes."""

from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from listener.app import ListenerApp
from pylib.config.rollout import Mode
from pylib.errors import RequestFailed
from tests.integration.test_sound import samples_of, speech_blocks
from tests.support.fake_audio import FakeLoudspeaker
from tests.support.headless_pages import People, until
from tests.support.older_backend import OlderBackend, older_backend
from tests.support.server import running_server

MODES: list[Mode] = ["http", "websocket"]


class PeopleThere(People):
    """`backend` is theirs."""

    def __init__(self, backend: OlderBackend, http: aiohttp.ClientSession, **config: Any) -> None:
        super().__init__(backend, http)
        addresses = {"websocket_url": backend.ws_url, "http_api_url": backend.url}
        self.config = {**addresses, "backend": "aws", "transport": "text", **config}
        self.backend = backend


@asynccontextmanager
async def people_there(config: dict[str, Any] | None = None, **manners: Any) -> AsyncIterator[PeopleThere]:
    async with older_backend(**manners) as backend, aiohttp.ClientSession() as http:
        stage = PeopleThere(backend, http, **(config or {}))
        yield stage
        assert backend.surprises == []
        stage.leave()


async def heard(app: ListenerApp, ear: FakeLoudspeaker, blocks: list[Any]) -> None:
    """Exactly this was heard, up to now."""
    await until(lambda: app.stats()["framesReceived"] == len(blocks))
    ear.run(2000)
    assert app.stats()["framesLost"] == app.stats()["malformedFrames"] == 0
    assert ear.played == array("f", [value / 32767 for value in samples_of(blocks)])


@pytest.mark.parametrize("mode", MODES)
async def test_a_talk_on_the_originals_backend_is_opened_heard_paused_and_ended(mode: Mode) -> None:
    async with people_there() as stage:
        speaker = await stage.speaker(mode, "text")
        app, ear = await stage.listener("text")
        blocks = speech_blocks()[:45]
        await stage.speak(blocks[:30], ear)
        await until(lambda: app.state == "live")
        await heard(app, ear, blocks[:30])
        await speaker.set_paused(True)
        await until(lambda: app.state == "paused")
        await speaker.set_paused(False)
        await stage.speak(blocks[30:], ear)
        await heard(app, ear, blocks)
        await speaker.end()
        await until(lambda: app.state == "ended")
        assert stage.backend.sessions.by_id[stage.session_id].status == "ended"
        assert speaker.is_over


async def test_a_session_that_cannot_be_joined_is_ended_and_made_the_older_way() -> None:
    async with people_there(lets_join=False) as stage:
        speaker = await stage.speaker("http", "text")
        first, second = stage.backend.sessions.by_id.values()
        assert (first.over_http, second.over_http) == (True, False)
        assert (stage.session_id, speaker.state) == (second.session_id, "live")
        await until(lambda: first.status == "ended")
        await speaker.end()


@pytest.mark.parametrize("mode", MODES)
async def test_after_the_gateways_cut_the_listener_joins_again_and_hears_on(mode: Mode) -> None:
    async with people_there() as stage:
        speaker = await stage.speaker(mode, "text")
        app, ear = await stage.listener("text")
        blocks = speech_blocks()[:40]
        await stage.speak(blocks[:20], ear)
        await until(lambda: app.stats()["framesReceived"] == 20)
        await stage.backend.gateway.drop_all()
        await until(lambda: app.stats()["reconnects"] == 1 and speaker.stats()["reconnects"] == 1)
        await until(lambda: stage.backend.gateway.heard.count("joinSession") == 2)
        await stage.speak(blocks[20:], ear)
        await heard(app, ear, blocks)
        await speaker.end()


async def test_a_creation_whose_answer_is_lost_is_not_sent_again() -> None:
    async with people_there() as stage:
        stage.backend.failures = [504]
        with pytest.raises(AssertionError, match="took too long"):
            await stage.create("http")
        assert stage.backend.calls == [("POST", "/sessions")]


async def test_without_an_http_api_the_end_cannot_be_told_and_the_page_knows_it() -> None:
    async with people_there({"http_api_url": ""}) as stage:
        speaker = await stage.speaker("websocket", "text")
        with pytest.raises(RequestFailed) as refused:
            await speaker.end()
        assert refused.value.code == "END_UNSUPPORTED"
        assert speaker.is_over


async def test_listeners_are_counted_although_numbers_are_told_as_text() -> None:
    async with people_there() as stage:
        speaker = await stage.speaker("websocket", "text")
        await stage.listener("text")
        speaker._client.send("getSessionStatus")  # as with its next heartbeat
        await until(lambda: speaker.audience.listeners == 1)
        assert speaker.audience.languages == (("en", 1),)
        assert not speaker.audience.counts_hearing, "nobody there says how many hear"
        await speaker.end()


async def test_a_talk_there_is_not_and_one_that_is_over_are_told_at_once() -> None:
    async with people_there({"http_api_url": ""}) as stage:
        stage.session_id = "golden-eagle-999"
        app, _ = await stage.listener("text")
        await until(lambda: app.state == "not-found")
        session = stage.backend.sessions.create("somebody", "en", "standard", over_http=False)
        session.status = "ended"
        stage.session_id = session.session_id
        app, _ = await stage.listener("text")
        await until(lambda: app.state == "ended")


@pytest.mark.parametrize("mode", MODES)
async def test_the_setting_for_the_originals_backend_fits_this_server_too(tmp_path: Path, mode: Mode) -> None:
    """A site that moves over may change its server first and its config when there is time."""
    async with running_server(tmp_path) as server, aiohttp.ClientSession() as http:
        stage = People(server, http)
        stage.config = {"backend": "aws", "transport": "text"}
        speaker = await stage.speaker(mode, "text")
        app, ear = await stage.listener("text")
        blocks = speech_blocks()[:60]
        await stage.speak(blocks, ear)
        await speaker.set_paused(True)
        await until(lambda: app.stats()["framesReceived"] == len(blocks))
        await until(lambda: app.state == "paused")
        assert app.stats()["framesLost"] == app.stats()["malformedFrames"] == 0
        await speaker.end()
        await until(lambda: app.state == "ended")
        stage.leave()
