"""One speaks, many hear: order, completeness, and slow listeners that hurt nobody but themselves."""

import asyncio
import select
import socket
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Self

import aiohttp
import pytest

from backend.ws.reader import ConnectionReader
from pylib.protocol.frames import (
    FLAG_DISCONTINUITY,
    HEADER_BYTES,
    KIND_OPUS,
    FrameHeader,
    decode_header,
    encode,
)
from tests.integration.backend.wire_client import WireClient, listener_of, new_session, speaker_of, until
from tests.support.counts import count_of
from tests.support.server import RunningServer, running_server
from tests.unit.backend.live.fake_transport import FakeTransport

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
        assert count_of(server.metrics, "lectern_audio_frames_received_total") == FRAMES
        assert count_of(server.metrics, "lectern_audio_frames_sent_total") == FRAMES * LISTENERS
        assert count_of(server.metrics, "lectern_audio_frames_skipped_total") == 0
        await asyncio.gather(*(listener.close() for listener in listeners))


async def test_a_connection_that_breaks_is_off_the_short_way_before_its_descriptor_is_anothers(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = await new_session(server)
    async with await speaker_of(server, session_id) as speaker:
        listener = await SlowListener.connect(server, session_id)
        await until(lambda: server.hub.listener_count(session_id) == 1)
        room = server.hub.room(session_id)
        assert room is not None
        fast_path = room.floor.track(text_only=False).fan_out._fast_path
        await speaker.send_bytes(frame(0))
        await until(lambda: len(fast_path) == 1)
        left: list[int] = []
        end = ConnectionReader.connection_lost

        def watched(line: ConnectionReader, error: Exception | None) -> None:
            end(line, error)
            left.append(len(fast_path))

        monkeypatch.setattr(ConnectionReader, "connection_lost", watched)
        listener.close()
        await until(lambda: bool(left))
        assert left == [0]


async def test_dead_and_slow_listeners_hurt_nobody(tmp_path: Path) -> None:
    """The dead are closed; the slow hear pieces in order; the others hear everything."""
    quick = {"silent_s": 2, "ping_every_s": 0.2, "health_check_every_s": 0.05, "close_wait_s": 2}
    async with running_server(tmp_path, **quick, audio_per_s=1e6, audio_burst=1e6) as server:
        session_id = await new_session(server)
        async with await speaker_of(server, session_id) as speaker:
            listeners = await asyncio.gather(*(listener_of(server, session_id) for _ in range(20)))
            dead = [await SlowListener.connect(server, session_id) for _ in range(2)]
            slow = [await SlowListener.connect(server, session_id) for _ in range(2)]
            await until(lambda: server.hub.listener_count(session_id) == 24)
            heard = [0] * len(listeners)
            hearing = [
                asyncio.create_task(_count(listener, heard, index))
                for index, listener in enumerate(listeners)
            ]
            seq = 0
            while server.hub.listener_count(session_id) > 22:
                for _ in range(20):
                    await speaker.send_bytes(_large_frame(seq))
                    seq += 1
                # In step with those who read, as real time would be.
                await until(partial(_caught_up, heard, seq, hearing))
                for one in slow:
                    await one.read(10 * 4100)
            await asyncio.gather(*(one.read_rest(speaker) for one in slow))
            await asyncio.gather(*hearing)
            assert heard == [seq] * 20
            assert count_of(server.metrics, "lectern_ws_disconnections_total", reason="silent") == len(dead)
            assert count_of(server.metrics, "lectern_audio_frames_skipped_total") > 0
            for one in slow:
                _assert_pieces(one.frames(), seq)
            for one in [*dead, *slow]:
                one.close()


def _large_frame(seq: int) -> bytes:
    """As large as frames may be, so that the kernels' buffers of both ends fill soon."""
    return encode(FrameHeader(KIND_OPUS, 0, 0, seq, 0), bytes(4000))


def _caught_up(heard: list[int], sent: int, hearing: list[asyncio.Task[None]]) -> bool:
    return min(heard) == sent or any(task.done() for task in hearing)


def _assert_pieces(frames: list[bytes], sent: int) -> None:
    """In order, none twice, ending with the newest, and every gap marked as one."""
    headers = [decode_header(data[:HEADER_BYTES], len(data)) for data in frames]
    assert headers[-1].seq == sent - 1
    assert 0 < len(headers) < sent
    for before, after in pairwise(headers):
        assert after.seq > before.seq
        assert bool(after.flags & FLAG_DISCONTINUITY) == (after.seq > before.seq + 1)


class SlowListener:
    """A client that shakes hands and then reads only when told to; the kernel takes little for it."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._received = bytearray()

    @classmethod
    async def connect(cls, server: RunningServer, session_id: str) -> Self:
        host, port = server.url.removeprefix("http://").split(":")
        return await cls.connect_to(host, int(port), f"/ws?sessionId={session_id}")

    @classmethod
    async def connect_to(cls, host: str, port: int, path: str) -> Self:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(sock, (host, port))
        request = (
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: lectern.v1\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        await loop.sock_sendall(sock, request.encode())
        return cls(sock)

    async def read(self, size: int) -> None:
        """Take about so many bytes, if there are any."""
        end = len(self._received) + size
        while len(self._received) < end and select.select([self._sock], [], [], 0)[0]:
            self._received += self._sock.recv(4096)
            await asyncio.sleep(0)

    async def read_rest(self, speaker: WireClient) -> None:
        """Take everything until the session, which ends now, is over."""
        await speaker.send("endSession")
        loop = asyncio.get_running_loop()
        while data := await loop.sock_recv(self._sock, 65536):
            self._received += data

    def frames(self) -> list[bytes]:
        """The binary messages received, but for the last if it came only in part."""
        rest = bytes(self._received).partition(b"\r\n\r\n")[2]
        transport = FakeTransport()
        transport.write(rest)
        return transport.frames()

    def close(self) -> None:
        self._sock.close()


async def _count(listener: WireClient, heard: list[int], index: int) -> None:
    """Count the frames that come, one after the other without a gap, until the session ends."""
    while (arrived := await listener.receive()).type is not aiohttp.WSMsgType.CLOSE:
        if arrived.type is aiohttp.WSMsgType.BINARY:
            assert int.from_bytes(arrived.data[4:8], "big") == heard[index]
            heard[index] += 1
    await listener.close()
