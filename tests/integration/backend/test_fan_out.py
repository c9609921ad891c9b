"""One speaks, many hear: order, completeness, and slow listeners that hurt nobody but themselves."""

import asyncio
import socket
from functools import partial
from pathlib import Path

import aiohttp

from pylib.protocol.frames import KIND_OPUS, FrameHeader, encode
from tests.integration.backend.test_live import listener_of, new_session, speaker_of
from tests.integration.backend.wire_client import WireClient, until
from tests.support.server import RunningServer, running_server

LISTENERS = 200
FRAMES = 90


def frame(seq: int) -> bytes:
    return encode(FrameHeader(KIND_OPUS, 0, 0, seq, seq * 20), bytes(88))


async def heard_by(listener: WireClient, last: int) -> list[int]:
    seqs = [-1]
    while seqs[-1] != last:
        seqs.append(int.from_bytes((await listener.expect_bytes())[4:8], "big"))
    return seqs[1:]


async def test_everybody_hears_everything_in_order(server: RunningServer) -> None:
    session_id = await new_session(server)
    async with await speaker_of(server, session_id) as speaker:
        listeners = await asyncio.gather(*(listener_of(server, session_id) for _ in range(LISTENERS)))
        hearing = asyncio.gather(*(heard_by(listener, FRAMES - 1) for listener in listeners))
        for seq in range(FRAMES):
            await speaker.send_bytes(frame(seq))
        assert await hearing == [[*range(FRAMES)]] * LISTENERS
        assert server.metrics.frames_in.value() == FRAMES
        assert server.metrics.frames_out.value() == FRAMES * LISTENERS
        assert server.metrics.frames_skipped.value() == 0
        await asyncio.gather(*(listener.close() for listener in listeners))


async def test_a_stuck_listener_hurts_nobody_and_is_closed(tmp_path: Path) -> None:
    async with running_server(tmp_path, stuck_s=0.3, audio_per_s=1e6, audio_burst=1e6) as server:
        session_id = await new_session(server)
        async with await speaker_of(server, session_id) as speaker:
            listeners = await asyncio.gather(*(listener_of(server, session_id) for _ in range(20)))
            stuck = await _stuck_listener(server, session_id)
            await until(lambda: server.hub.listener_count(session_id) == 21)
            heard = [0] * len(listeners)
            hearing = [
                asyncio.create_task(_count(listener, heard, index))
                for index, listener in enumerate(listeners)
            ]
            seq = 0
            while server.hub.listener_count(session_id) > 20:
                for _ in range(20):
                    # As large as frames may be, so that the kernels' buffers of both ends fill soon.
                    await speaker.send_bytes(encode(FrameHeader(KIND_OPUS, 0, 0, seq, 0), bytes(4000)))
                    seq += 1
                # In step with those who read, as real time would be.
                await until(partial(_caught_up, heard, seq, hearing))
            await speaker.send("endSession")
            await asyncio.gather(*hearing)
            assert heard == [seq] * 20
            assert server.metrics.disconnections.value("4008") == 1
            assert server.metrics.frames_skipped.value() > 0
            stuck.close()


def _caught_up(heard: list[int], sent: int, hearing: list[asyncio.Task[None]]) -> bool:
    return min(heard) == sent or any(task.done() for task in hearing)


async def _stuck_listener(server: RunningServer, session_id: str) -> socket.socket:
    """A client that shakes hands and then never reads again."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    host, port = server.url.removeprefix("http://").split(":")
    await asyncio.get_running_loop().sock_connect(sock, (host, int(port)))
    request = (
        f"GET /ws?sessionId={session_id} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: lectern.v1\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    await asyncio.get_running_loop().sock_sendall(sock, request.encode())
    return sock


async def _count(listener: WireClient, heard: list[int], index: int) -> None:
    """Count the frames that come, one after the other without a gap, until the session ends."""
    while (arrived := await listener.receive()).type is not aiohttp.WSMsgType.CLOSE:
        if arrived.type is aiohttp.WSMsgType.BINARY:
            assert int.from_bytes(arrived.data[4:8], "big") == heard[index]
            heard[index] += 1
    await listener.close()
