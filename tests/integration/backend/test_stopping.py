"""A server that stops: it says so, sends everybody elsewhere without haste, and is gone in time."""

import asyncio
import signal
import sys
from pathlib import Path

import aiohttp

from tests.e2e.servers import free_port
from tests.integration.backend.api import problem
from tests.integration.backend.test_fan_out import SlowListener
from tests.integration.backend.wire_client import (
    WireClient,
    frame,
    listener_of,
    new_session,
    speaker_of,
    until,
)
from tests.support.counts import count_of
from tests.support.server import running_server

GONE_WITHIN_S = 15
TOP = Path(__file__).resolve().parents[3]


async def test_it_is_not_ready_but_alive_and_takes_nobody_in(tmp_path: Path) -> None:
    async with running_server(tmp_path, goodbyes_per_s=2) as server, server.http() as http:
        session_id = await new_session(server)
        old = await listener_of(server, session_id)
        other = await listener_of(server, session_id)
        stopping = asyncio.create_task(server.hub.drain())
        await old.expect("goaway")
        await other.expect("goaway")
        assert await problem(await http.get("/ready")) == (503, "INTERNAL_SERVER_ERROR")
        assert (await http.get("/health")).status == 200
        late = await WireClient.connect(server, session_id)
        assert 0 <= (await late.expect("goaway"))["reconnectInMs"] < 1000
        assert await late.expect_close() == (1012, "restarting")
        assert {await one.expect_close() for one in (old, other)} == {(1012, "restarting")}
        await stopping


async def test_listeners_hear_on_until_their_own_turn(tmp_path: Path) -> None:
    async with running_server(tmp_path, goodbyes_per_s=20) as server:
        session_id = await new_session(server)
        speaker = await speaker_of(server, session_id)
        listeners = [await listener_of(server, session_id) for _ in range(10)]
        closed: list[WireClient] = []
        heard = [asyncio.create_task(_hear_out(one, closed)) for one in listeners]
        said = asyncio.create_task(_speak_out(speaker))
        await until(lambda: count_of(server.metrics, "lectern_audio_frames_received_total") > 0)
        hung_up = asyncio.create_task(_hear_out(speaker, closed))
        await server.hub.drain()
        frames = await asyncio.gather(*heard)
        await hung_up
        said.cancel()
        assert closed[-1] is speaker
        for one in frames:
            assert one == list(range(len(one)))
        assert max(map(len, frames)) > min(map(len, frames))


async def _hear_out(client: WireClient, closed: list[WireClient]) -> list[int]:
    """The numbers of the frames heard until the close."""
    seqs = []
    while (arrived := await client.receive()).type is not aiohttp.WSMsgType.CLOSE:
        if arrived.type is aiohttp.WSMsgType.BINARY:
            seqs.append(int.from_bytes(arrived.data[4:8], "big"))
    assert arrived.data == 1012
    closed.append(client)
    await client.close()
    return seqs


async def _speak_out(speaker: WireClient) -> None:
    seq = 0
    while not speaker.ws.closed:
        await speaker.send_bytes(frame(seq))
        seq += 1
        await asyncio.sleep(0.02)


async def test_dead_clients_and_open_requests_do_not_hold_it(tmp_path: Path) -> None:
    """A listener that never reads, a request whose body never comes, and connections left open."""
    port = free_port()
    options = ["--port", str(port), "--data", str(tmp_path)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(TOP / "dev_server.py"), *options, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    await process.stdout.readline()
    dead = await SlowListener.connect_to("127.0.0.1", port, "/ws")
    _, idle = await asyncio.open_connection("127.0.0.1", port)
    reader, posting = await asyncio.open_connection("127.0.0.1", port)
    posting.write(b"POST /cognito/ HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\nExpect: 100-continue\r\n")
    posting.write(b"X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth\r\n\r\n")
    assert b"100" in await reader.readline()
    process.send_signal(signal.SIGTERM)
    try:
        assert await asyncio.wait_for(process.wait(), GONE_WITHIN_S) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        dead.close()
        idle.close()
        posting.close()
