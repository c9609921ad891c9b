"""The server's process stands still for some seconds, as on an overloaded machine, and then goes on."""

import asyncio
import os
import signal
from pathlib import Path

import aiohttp
import pytest

from tests.integration.backend.test_floods import FRAME_S, new_session
from tests.integration.backend.wire_client import frame
from tests.support.server_process import fork_server, tokens_for


@pytest.mark.parametrize(
    ("stopped_s", "frames"),
    [
        (0.5, 150),
        pytest.param(4.0, 300, marks=pytest.mark.soak),
        pytest.param(13.0, 800, marks=pytest.mark.soak),
    ],
)
async def test_a_stopped_server_loses_nothing_of_what_was_said_meanwhile(
    tmp_path: Path, stopped_s: float, frames: int
) -> None:
    """Spoken frames are counted: in the short form as many come at once as in three seconds."""
    data = tmp_path / "data"
    token = tokens_for(data, "anna")["anna"]
    pace_s = min(FRAME_S, stopped_s / frames)
    async with fork_server(data) as servers, aiohttp.ClientSession() as http, asyncio.timeout(120):
        url = await servers.start()
        address = f"{url}/ws?sessionId={await new_session(http, url, token)}"
        async with (
            http.ws_connect(address, protocols=("lectern.v1", f"bearer.{token}")) as speaker,
            http.ws_connect(address, protocols=("lectern.v1",)) as ears,
        ):
            hearing = asyncio.create_task(_hear(ears, frames))
            os.kill(servers.pid, signal.SIGSTOP)
            asyncio.get_running_loop().call_later(stopped_s, os.kill, servers.pid, signal.SIGCONT)
            for seq in range(frames):
                await speaker.send_bytes(frame(seq))
                await asyncio.sleep(pace_s)
            assert await hearing == list(range(frames))
            assert (speaker.close_code, ears.close_code) == (None, None)


async def _hear(ears: aiohttp.ClientWebSocketResponse, count: int) -> list[int]:
    heard: list[int] = []
    async for arrived in ears:
        if arrived.type is aiohttp.WSMsgType.BINARY:
            heard.append(int.from_bytes(arrived.data[4:8], "big"))
            if len(heard) == count:
                break
    return heard
