"""The computer's clock is set while people talk: no talk ends for it, or lasts longer; no sound is misdated.

Tokens follow the wall clock rightly. Here the computer's own clock, which is right, checks them.
"""

import asyncio
import base64
from functools import partial
from pathlib import Path

import pytest

from backend.app import create_app
from backend.clock import SystemClock
from pylib.protocol.frames import HEADER_BYTES, decode_header
from tests.integration.backend.api import CONFIG, create, problem
from tests.integration.backend.wire_client import WireClient, frame, listener_of
from tests.support.server import RunningServer, running_server

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
SETTINGS = pytest.mark.parametrize(
    "set_by_ms",
    [25 * HOUR_MS, -25 * HOUR_MS, 400 * DAY_MS, -400 * DAY_MS],
    ids=lambda ms: f"{ms // HOUR_MS}h",
)


class SetClock(SystemClock):
    """The computer's clock, which somebody has set by so many milliseconds."""

    set_by_ms = 0

    def now_ms(self) -> int:
        """The wall clock."""
        return super().now_ms() + self.set_by_ms


async def speaker_with(server: RunningServer, session_id: str, token: str) -> WireClient:
    """A welcomed speaker, whose token was made before the clock was set."""
    client = await WireClient.connect(server, session_id, token=token)
    await client.expect("welcome")
    return client


async def server_time(client: WireClient) -> int:
    await client.send("heartbeat", id="now")
    told: int = (await client.expect("heartbeatAck", id="now"))["serverTime"]
    return told


async def status_of(server: RunningServer, session_id: str) -> str:
    async with server.http() as http, http.get(f"/sessions/{session_id}") as answer:
        return str((await answer.json())["status"]) if answer.status == 200 else "forgotten"


@SETTINGS
async def test_a_clock_that_is_set_ends_no_talk(tmp_path: Path, set_by_ms: int) -> None:
    clock = SetClock()
    make_app = partial(create_app, clock=clock)
    async with (
        running_server(tmp_path, make_app=make_app, sweep_every_s=0.02) as server,
        server.http("anna") as http,
    ):
        session_id = (await create(http))["sessionId"]
        token = server.token("anna")
        async with await listener_of(server, session_id) as ears:
            async with await speaker_with(server, session_id, token) as speaker:
                before = await server_time(speaker)
                clock.set_by_ms = set_by_ms
                await asyncio.sleep(0.1)  # some sweeps
                assert 0 <= await server_time(speaker) - before < HOUR_MS
                await speaker.send("getSessionStatus", requestId="s")
                assert (
                    0 <= (await speaker.expect("sessionStatus", requestId="s"))["sessionDuration"] < HOUR_MS
                )
                await speaker.send_bytes(frame(0))
                assert await ears.expect_bytes() == frame(0)
            assert (await ears.expect("speakerAway"))["graceMs"] > 100_000
            async with await speaker_with(server, session_id, token) as back:
                await ears.expect("speakerBack")
                await back.send_bytes(frame(1))
                assert await ears.expect_bytes() == frame(1)
        assert await status_of(server, session_id) == "active"


@SETTINGS
async def test_a_clock_that_is_set_prolongs_no_talk(tmp_path: Path, set_by_ms: int) -> None:
    """Of two sessions of half a second one began before the clock was set, and one after."""
    clock = SetClock()
    make_app = partial(create_app, clock=clock)
    async with (
        running_server(tmp_path, make_app=make_app, sweep_every_s=0.02, session_s=0.5) as server,
        server.http("anna") as http,
        await listener_of(server, (await create(http))["sessionId"]) as first,
    ):
        clock.set_by_ms = set_by_ms
        async with await listener_of(server, (await create(http))["sessionId"]) as second:
            assert (await first.expect("sessionEnded"))["reason"] == "expired"
            assert (await second.expect("sessionEnded"))["reason"] == "expired"


@SETTINGS
async def test_a_talk_that_begins_on_a_clock_that_was_set_has_one_time(
    tmp_path: Path, set_by_ms: int
) -> None:
    """Frames are dated from `createdAt` by the time that heartbeats tell: the two belong together."""
    clock = SetClock()
    make_app = partial(create_app, clock=clock)
    async with (
        running_server(tmp_path, make_app=make_app, sweep_every_s=0.02) as server,
        server.http("anna") as http,
    ):
        token = server.token("anna")
        clock.set_by_ms = set_by_ms
        created = await create(http)
        assert abs(created["createdAt"] - clock.now_ms()) < HOUR_MS, "the record keeps the wall clock's time"
        session_id = created["sessionId"]
        async with (
            await speaker_with(server, session_id, token) as speaker,
            await listener_of(server, session_id) as ears,
        ):
            clock.set_by_ms = 0
            assert 0 <= await server_time(speaker) - created["createdAt"] < HOUR_MS
            await speaker.send("sendAudio", audioData=base64.b64encode(bytes(3200)).decode())
            heard = await ears.expect_bytes()
            assert decode_header(heard[:HEADER_BYTES], len(heard)).capture_ms < HOUR_MS


@SETTINGS
async def test_the_hourly_limit_and_idempotency_keys_know_no_clock_that_is_set(
    tmp_path: Path, set_by_ms: int
) -> None:
    clock = SetClock()
    make_app = partial(create_app, clock=clock)
    async with (
        running_server(tmp_path, make_app=make_app, creations_per_hour=1) as server,
        server.http("anna") as http,
    ):
        created = await create(http, **{"Idempotency-Key": "one-click"})
        clock.set_by_ms = set_by_ms
        assert await create(http, **{"Idempotency-Key": "one-click"}) == created
        async with http.post("/sessions", json=CONFIG) as answer:
            assert await problem(answer) == (429, "RATE_LIMIT_EXCEEDED")
            assert int(answer.headers["Retry-After"]) <= 3600
