"""What one connection pours out, the people of other sessions do not feel.

The short forms count work; the long one (soak) measures how late sound is while each flood goes on.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import quantiles

import aiohttp
import pytest

from tests.integration.backend.wire_client import frame
from tests.support import http_flooder
from tests.support.flooder import FLOODS
from tests.support.server_process import TOP, fork_server, tokens_for

FRAME_S = 0.02
MEASURED_S = 8.0
LATE_MS = 20.0
"""At most this late is 99 % of the others' sound."""

Lateness = dict[str, tuple[float, float]]
"""Median and 99th percentile, in milliseconds, under each flood."""

SPEAKERS_FLOODS = ("refused frames", "empty pings", "heartbeats")
TABLE = [
    *((kind, 1, False) for kind in FLOODS),
    *((kind, 10, False) for kind in ("empty pings", "tiny binary", "heartbeats", "empty fragments")),
    *((kind, 1, True) for kind in SPEAKERS_FLOODS),
]
"""Kind, connections, and whether it comes from the speaker of another session."""

HTTP_TABLE = [
    (kind, connections)
    for kind, flood in http_flooder.FLOODS.items()
    for connections in ((400,) if flood.crowd else (1, 100))
]
"""Kind and connections."""


@pytest.mark.soak
@pytest.mark.quiet
@pytest.mark.timeout(900)
async def test_under_each_flood_the_sound_of_others_is_at_most_20_ms_late(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token, other = tokens_for(tmp_path / "data", "anna", "ben").values()
    late: Lateness = {}
    async with fork_server(tmp_path / "data") as servers, aiohttp.ClientSession() as http:
        url = await servers.start()
        late["no flood"] = await how_late(http, url, token)
        for kind, connections, speaks in TABLE:
            seat = await new_session(http, url, other)
            name = f"{kind}, {connections} x{', by a speaker' if speaks else ''}"
            given = (f"{url}/ws?sessionId={seat}", kind, str(connections), *([other] if speaks else []))
            async with flooding("flooder", *given):
                late[name] = await how_late(http, url, token)
    check(late, capsys)


@pytest.mark.soak
@pytest.mark.quiet
@pytest.mark.timeout(900)
async def test_under_each_flood_over_http_sound_is_at_most_20_ms_late(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its short form, counted, is test_http_turns.py."""
    (token,) = tokens_for(tmp_path / "data", "anna").values()
    late: Lateness = {}
    async with fork_server(tmp_path / "data") as servers, aiohttp.ClientSession() as http:
        url = await servers.start()
        late["no flood"] = await how_late(http, url, token)
        for kind, connections in HTTP_TABLE:
            async with flooding("http_flooder", url, kind, str(connections)):
                late[f"{kind}, {connections} x"] = await how_late(http, url, token)
    check(late, capsys)


def check(late: Lateness, capsys: pytest.CaptureFixture[str]) -> None:
    """Print the table, and compare it with LATE_MS."""
    with capsys.disabled():
        print("\nunder this flood               others' sound is late by p50 / p99 ms")
        for name, (p50, p99) in late.items():
            print(f"{name:40}{p50:10.1f}{p99:10.1f}")
    assert {name: p99 for name, (_, p99) in late.items() if p99 > LATE_MS} == {}


async def new_session(http: aiohttp.ClientSession, url: str, token: str) -> str:
    config = {"sourceLanguage": "en", "qualityTier": "standard"}
    headers = {"Authorization": f"Bearer {token}"}
    async with http.post(f"{url}/sessions", json=config, headers=headers) as answer:
        return str((await answer.json())["sessionId"])


@asynccontextmanager
async def flooding(flooder: str, *given: str) -> AsyncIterator[None]:
    """A process of its own, so that it takes no time of those who measure."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"tests.support.{flooder}", *given),
        cwd=TOP,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        await process.stdout.readline()
        yield
    finally:
        process.stdin.close()
        await process.wait()


async def how_late(http: aiohttp.ClientSession, url: str, token: str) -> tuple[float, float]:
    """How many milliseconds a frame takes from a speaker to a listener: median and 99th percentile."""
    address = f"{url}/ws?sessionId={await new_session(http, url, token)}"
    late_ms: list[float] = []
    sent_s: list[float] = []
    async with (
        http.ws_connect(address, protocols=("lectern.v1", f"bearer.{token}")) as speaker,
        http.ws_connect(address, protocols=("lectern.v1",)) as ears,
    ):
        hearing = asyncio.create_task(_hear(ears, sent_s, late_ms))
        began_s = time.perf_counter()
        for seq in range(round(MEASURED_S / FRAME_S)):
            await asyncio.sleep(max(0.0, began_s + seq * FRAME_S - time.perf_counter()))
            sent_s.append(time.perf_counter())
            await speaker.send_bytes(frame(seq))
        await asyncio.wait_for(hearing, 60)
    cuts = quantiles(late_ms, n=100)
    return cuts[49], cuts[98]


async def _hear(ears: aiohttp.ClientWebSocketResponse, sent_s: list[float], late_ms: list[float]) -> None:
    async for arrived in ears:
        if arrived.type is aiohttp.WSMsgType.BINARY:
            seq = int.from_bytes(arrived.data[4:8], "big")
            late_ms.append((time.perf_counter() - sent_s[seq]) * 1000)
            if seq == round(MEASURED_S / FRAME_S) - 1:
                return
