"""The phase report's orchestrator tests and its manual checklist, in its words, in both creation modes."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from yarl import URL

from pylib.config.rollout import Mode, bucket
from pylib.errors import Aborted, ConnectionRefused
from pylib.protocol.frames import KIND_OPUS, FrameHeader, encode
from pylib.protocol.sessions import SESSION_ID_PATTERN
from pylib.realtime.client import RealtimeClient
from pylib.session.orchestrator import MODE_NAMES, CreationResult
from speaker.bootstrap import Voice
from speaker.ports import SoundPorts
from speaker.talk.starter import TalkStarter
from tests.integration.backend.wire_client import WireClient
from tests.integration.contract.stack import CONFIG, MODES, Stack, loaded, until
from tests.support.fake_audio import FakeMicrophone
from tests.support.fault_proxy import PASS, Fault, fault_proxy
from tests.support.server import RunningServer, running_server
from tests.support.speaker_harness import no_opus

both_modes = pytest.mark.parametrize("mode", MODES)


@pytest.fixture
async def page(server: RunningServer, mode: Mode) -> AsyncIterator[Stack]:
    """A page whose config file asks for this mode."""
    flag = mode == "http"
    async with loaded(
        server, before_load=lambda stack: stack.configure(use_http_session_creation=flag)
    ) as stack:
        yield stack


async def create(page: Stack) -> CreationResult:
    return await page.creator.create("en", "standard")


async def statuses(page: Stack) -> list[str]:
    """Of all sessions of this person."""
    return [session.status for session in (await page.own_sessions()).values()]


# SessionCreationOrchestrator Tests, and the manual checklist where it says the same


@both_modes
async def test_session_creation_succeeds(page: Stack, mode: Mode) -> None:
    result = await create(page)
    assert (result.success, result.error, result.error_code, result.mode) == (True, "", "", mode)
    session = await page.sessions.get_session(result.session_id)
    assert (session.source_language, session.quality_tier, session.status) == ("en", "standard", "active")
    posted = ("POST", 201) in page.transport.calls()
    assert posted == (mode == "http")
    assert await statuses(page) == ["active"]


@both_modes
async def test_session_id_is_human_readable(page: Stack) -> None:
    assert re.fullmatch(SESSION_ID_PATTERN, (await create(page)).session_id)


async def test_http_mode_session_creation_connects_websocket_with_session_id(server: RunningServer) -> None:
    async with loaded(server, override="http") as page:
        result = await create(page)
        assert [URL(url).query.get("sessionId") for url in page.connector.urls] == [result.session_id]


async def test_websocket_mode_session_creation_connects_without_session_id(server: RunningServer) -> None:
    async with loaded(server, override="websocket") as page:
        result = await create(page)
        assert [URL(url).query.get("sessionId") for url in page.connector.urls] == [None]
        told = [json.loads(text) for text in page.connector.texts]
        assert [one["sessionId"] for one in told if one["type"] == "sessionCreated"] == [result.session_id]


@both_modes
async def test_audio_streaming_works(page: Stack) -> None:
    result = await create(page)
    assert isinstance(result.client, RealtimeClient)
    listener = await WireClient.connect(page.server, result.session_id)
    await listener.expect("sessionJoined")
    frames = [encode(FrameHeader(KIND_OPUS, 0, 0, seq, 20 * seq), b"sound %d" % seq) for seq in range(25)]
    for frame in frames:
        assert result.client.send_audio(frame)
    assert [await listener.expect_bytes() for _ in frames] == frames
    await listener.close()


@both_modes
async def test_token_refresh_works(page: Stack) -> None:
    await page.age(3601)
    result = await create(page)
    assert result.success, result.error
    assert page.transport.flows() == ["USER_PASSWORD_AUTH", "REFRESH_TOKEN_AUTH"]


@both_modes
async def test_a_reconnect_carries_a_fresh_token_to_the_same_session(page: Stack) -> None:
    result = await create(page)
    assert isinstance(result.client, RealtimeClient)
    await page.age(3601)
    room = page.server.hub.room(result.session_id)
    assert room is not None
    assert room.speaker is not None
    room.speaker.close(1012, "restarting")

    async def back() -> bool:
        return len(page.connector.urls) == 2 and result.client.state == "open"  # type: ignore[union-attr]

    await until(back)
    assert URL(page.connector.urls[1]).query["sessionId"] == result.session_id
    assert page.tokens.refreshes == 1
    assert await statuses(page) == ["active"]


# Error handling works (401, 403, 404, 500)


@both_modes
async def test_error_handling_of_401_means_sign_in(page: Stack) -> None:
    await page.account.sign_out()
    result = await create(page)
    assert (result.success, result.session_id, result.client) == (False, "", None)
    assert result.error_code == "AUTH_SIGN_IN_REQUIRED"
    assert result.error.endswith("Please sign in again.")


async def test_error_handling_of_403_when_the_session_is_somebody_elses(stack: Stack) -> None:
    async with stack.server.http("somebody else") as http, http.post("/sessions", json=CONFIG) as answer:
        foreign = (await answer.json())["sessionId"]
    with pytest.raises(ConnectionRefused) as refused:
        await stack.new_client().connect(foreign)
    assert (refused.value.close_code, refused.value.code) == (1008, "AUTH_UNAUTHORIZED")


async def test_error_handling_of_404_when_there_is_no_such_session(stack: Stack) -> None:
    with pytest.raises(ConnectionRefused) as refused:
        await stack.new_client().connect("golden-eagle-427")
    assert (refused.value.close_code, refused.value.code) == (1008, "SESSION_NOT_FOUND")


@both_modes
async def test_error_handling_of_429_after_too_many_sessions(tmp_path: Path, mode: Mode) -> None:
    async with (
        running_server(tmp_path, creations_per_hour=1) as server,
        loaded(server, override=mode) as page,
    ):
        assert (await create(page)).success
        refused = await create(page)
        assert refused.error_code == "RATE_LIMIT_EXCEEDED"
        assert refused.error == "Too many tries in a short time. Please wait a minute, then try again."


@both_modes
async def test_error_handling_of_500_leaves_no_session(
    page: Stack, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("backend.service.SessionService.create", broken)
        failed = await create(page)
    assert (failed.success, failed.error_code) == (False, "INTERNAL_SERVER_ERROR")
    assert "disk" not in failed.error
    assert page.transport.calls().count(("POST", 500)) == (4 if mode == "http" else 0)
    assert await statuses(page) == []
    assert (await create(page)).success


async def test_retry_logic_works_for_5xx_errors(server: RunningServer) -> None:
    url = URL(server.url)
    assert url.host is not None
    assert url.port is not None
    busy = Fault(instead=b"HTTP/1.1 503 busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    async with (
        fault_proxy(url.host, url.port) as proxy,
        loaded(server, override="http", api_url=proxy.url) as page,
    ):
        proxy.plan = lambda number: busy if number < 3 else PASS
        assert (await create(page)).success
        assert page.sessions.retries == 3
        assert await statuses(page) == ["active"]


# Nothing is left behind


@both_modes
async def test_an_abort_leaves_no_session_alive(page: Stack) -> None:
    """At 25 moments of the creation, from the first turn of the loop to the last."""
    for turns in range(25):
        creating = asyncio.create_task(create(page))
        for _ in range(turns * 4):
            await asyncio.sleep(0)
        if not creating.cancel():
            await page.sessions.delete_session(creating.result().session_id)
            continue
        with pytest.raises(asyncio.CancelledError):
            await creating

    async def all_ended() -> bool:
        return "active" not in await statuses(page)

    await until(all_ended)


@both_modes
async def test_cancel_on_the_way_to_live_leaves_no_session_and_no_open_microphone(page: Stack) -> None:
    """At 25 moments; whichever step each of them meets, the outcome is the same."""
    microphone = FakeMicrophone()
    ports = SoundPorts(microphone, page.clock, no_opus, lambda *_: pytest.fail("there is no Opus here"))
    voice = Voice(ports, "binary")
    starter = TalkStarter(page.creator, page.account, lambda client: voice.new_service(client, lambda: None))
    for moment in range(25):
        starting = asyncio.create_task(starter.begin("en", "standard", ""))
        await asyncio.sleep(moment / 500)
        starter.cancel()
        try:
            service, _ = await starting
        except Aborted:
            assert not microphone.is_open
        else:
            await service.end()

    async def all_ended() -> bool:
        return "active" not in await statuses(page)

    await until(all_ended)


async def test_a_session_that_cannot_be_joined_is_ended(server: RunningServer) -> None:
    async with loaded(server, override="http") as page:
        page.connector.refuse_all()
        result = await create(page)
        assert result.success is False

        async def ended() -> bool:
            return await statuses(page) == ["ended"]

        await until(ended)


# Feature Flag


async def test_feature_flag_default_false_uses_websocket_mode(stack: Stack) -> None:
    assert stack.config.use_http_session_creation is False
    assert (await create(stack)).mode == "websocket"


async def test_feature_flag_set_to_true_uses_http_mode_from_the_next_load_on_and_back(stack: Stack) -> None:
    """Rollback is one edit of the config file, on the running server."""
    for flag, mode in ((True, "http"), (False, "websocket"), (True, "http")):
        before = await create(stack)
        stack.configure(use_http_session_creation=flag)
        assert (await create(stack)).mode == before.mode, "a page that is open stays as it is"
        await stack.load()
        assert (await create(stack)).mode == mode


async def test_gradual_rollout_decides_by_the_signed_in_user(stack: Stack) -> None:
    place = bucket(await stack.account.user_id()) / 100
    for percent in range(0, 101, 10):
        stack.configure(use_http_session_creation=True, http_session_rollout_percent=percent)
        await stack.load()
        assert (await create(stack)).mode == ("http" if place < percent else "websocket")


@both_modes
async def test_logging_shows_which_mode_is_active(
    page: Stack, mode: Mode, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "lectern.session"):
        await create(page)
    assert [line for line in caplog.messages if line.startswith(f"Using {MODE_NAMES[mode]}: ")]
