"""Sound past the transports of true event loops: every byte in its place, however the reader reads."""

import asyncio
import datetime
import socket
import ssl
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, cast

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from backend.clock import SystemClock
from backend.live.fan_out import FanOut
from backend.live.peer import Peer
from backend.live.ws_frames import BINARY, close_frame, frame, keep_kernel_backlog_small
from backend.settings import Limits
from backend.ws.reader import ConnectionReader
from pylib.protocol.frames import FLAG_DISCONTINUITY, KIND_OPUS, FrameHeader, decode_header, encode
from pylib.protocol.server_messages import SessionEnded
from tests.integration.backend.wire_client import until
from tests.unit.backend.live.fake_transport import FakeTransport

FRAMES = 3000
LISTENS, SLEEPS = 400, 600
"""For so many frames a sleepy listener reads, and then for so many it does not: more than can wait for it."""

WAIT_S = 30
LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


class Contexts(NamedTuple):
    """What both ends need for TLS."""

    server: ssl.SSLContext
    client: ssl.SSLContext


class Listener(asyncio.Protocol):
    """The other end; `done` when the close frame has come."""

    def __init__(self) -> None:
        self.arrived = bytearray()
        self.done = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self.arrived += data
        if self.arrived.endswith(close_frame(1000, "ended")) and not self.done.done():
            self.done.set_result(None)


class Door(asyncio.Protocol):
    """Our end, until it is taken over as `ws_api` does it."""

    def __init__(self, audience: FanOut) -> None:
        self.audience = audience
        self.seated: asyncio.Future[tuple[Peer, asyncio.Transport]]
        self.seated = asyncio.get_running_loop().create_future()

    def connection_made(self, made: asyncio.BaseTransport) -> None:
        transport = cast(asyncio.Transport, made)
        keep_kernel_backlog_small(transport)
        line = ConnectionReader(transport, SystemClock(), WAIT_S)
        transport.set_protocol(line)
        peer = Peer(transport, limits=Limits(close_wait_s=WAIT_S), clock=SystemClock())
        line.on_lost = peer.lost
        self.audience.join(peer)
        self.seated.set_result((peer, transport))


@pytest.mark.parametrize("loop", list(LOOPS))
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("sleepy", [False, True], ids=["awake", "sleepy"])
def test_sound_and_messages_arrive_whole_and_in_order(
    tmp_path: Path, loop: str, tls: bool, sleepy: bool
) -> None:
    contexts = _contexts(tmp_path) if tls else None
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        arrived, dropped = runner.run(_connected(contexts, sleepy=sleepy))
    headers = [decode_header(data[:12], len(data)) for data in arrived.frames()]
    assert len(headers) == FRAMES - dropped
    assert (dropped > 0) == sleepy
    for before, after in pairwise(headers):
        assert after.seq > before.seq
        assert bool(after.flags & FLAG_DISCONTINUITY) == (after.seq > before.seq + 1)
    assert [int(message["reason"]) for message in arrived.messages()] == list(range(0, FRAMES, 10))


async def _connected(contexts: Contexts | None, *, sleepy: bool) -> tuple[FakeTransport, int]:
    """Returns what the listener got, and how many frames were dropped for it."""
    audience, loop = FanOut(), asyncio.get_running_loop()
    door = Door(audience)
    server = await loop.create_server(lambda: door, "127.0.0.1", 0, ssl=contexts and contexts.server)
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(server.sockets[0].getsockname())
    sock.setblocking(False)
    client, listener = await loop.create_connection(
        Listener,
        sock=sock,
        ssl=contexts and contexts.client,
        server_hostname="localhost" if contexts else None,
    )
    async with asyncio.timeout(WAIT_S):
        peer, transport = await door.seated
        dropped = await _talk(audience, peer, transport, client if sleepy else None)
        peer.close(1000, "ended")
        await listener.done
    arrived = FakeTransport()
    arrived.write(listener.arrived)
    client.abort()
    server.close()
    return arrived, dropped


async def _talk(
    audience: FanOut, peer: Peer, transport: asyncio.Transport, sleepy: asyncio.Transport | None
) -> int:
    """Sound, and a message every ten frames. `sleepy`: the end that reads at times. Returns the drops."""
    dropped = 0
    for seq in range(FRAMES):
        if sleepy and seq % (LISTENS + SLEEPS) == LISTENS:
            sleepy.pause_reading()
        if sleepy and seq % (LISTENS + SLEEPS) == 0:
            sleepy.resume_reading()
        if seq % 10 == 0:
            peer.send_message(SessionEnded(session_id="", reason=str(seq)))
        sound = encode(FrameHeader(KIND_OPUS, 0, 0, seq, seq * 20), bytes(seq % 1000))
        dropped += audience.send([frame(sound, BINARY)])
        await asyncio.sleep(0)
        if not sleepy:  # who is awake is given the time to keep up
            await until(lambda: not transport.get_write_buffer_size())
    if sleepy:
        sleepy.resume_reading()
    return dropped


def _contexts(folder: Path) -> Contexts:
    """For a key that is made here and certifies itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "localhost.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return Contexts(server, ssl.create_default_context(cafile=str(pem)))
