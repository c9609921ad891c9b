"""The short way past the transport: who takes it, who must not, and that no byte overtakes another."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from backend.live.fan_out import FanOut
from backend.live.peer import BEHIND_BYTES, Peer
from backend.settings import Limits
from pylib.protocol.server_messages import BroadcastMuted, SessionEnded
from tests.support.server_clock import ServerClock
from tests.unit.backend.live.fake_transport import FakeTransport
from tests.unit.backend.live.test_send_queue import sound

Ends = tuple[socket.socket, socket.socket]


class SocketTransport(FakeTransport):
    """Writes to a true socket, and keeps what that has no room for until `push`."""

    def __init__(self, sock: socket.socket, *, tls: bool = False) -> None:
        super().__init__()
        self._sock = sock
        self._tls = tls
        self.kept = b""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"socket": self._sock, "sslcontext": self._tls or None}.get(name, default)

    def get_write_buffer_size(self) -> int:
        return len(self.kept)

    def write(self, data: Any) -> None:
        super().write(data)
        self.kept += data
        self.push()

    def push(self) -> None:
        """As when the event loop finds that there is room again."""
        try:
            self.kept = self.kept[self._sock.send(self.kept) :]
        except BlockingIOError:
            pass


@pytest.fixture
def ends() -> Iterator[Ends]:
    """The server's and the listener's end of one connection."""
    server, listener = socket.socketpair()
    server.setblocking(False)
    listener.setblocking(False)
    yield server, listener
    server.close()
    listener.close()


def hears(audience: FanOut, sock: socket.socket, *, tls: bool = False) -> tuple[Peer, SocketTransport]:
    transport = SocketTransport(sock, tls=tls)
    peer = Peer(transport, limits=Limits(), clock=ServerClock())
    audience.join(peer)
    return peer, transport


def read(sock: socket.socket) -> FakeTransport:
    """Everything that has arrived."""
    arrived = FakeTransport()
    try:
        while data := sock.recv(1 << 20):
            arrived.write(data)
    except BlockingIOError:
        pass
    return arrived


def fill(audience: FanOut, transport: SocketTransport) -> int:
    """Send frames until the socket is full in the middle of one. Returns the number of the next frame."""
    seq = 0
    while not transport.kept:
        audience.send([sound(seq, bytes(900))])
        seq += 1
    return seq


def test_who_keeps_up_is_written_to_past_the_transport(ends: Ends) -> None:
    audience = FanOut()
    _, transport = hears(audience, ends[0])
    for seq in range(0, 10, 2):
        assert audience.send([sound(seq), sound(seq + 1)]) == 0
    assert read(ends[1]).seqs() == list(range(10))
    assert transport.seqs() == [0, 1]  # the first round looks at everybody


def test_the_rest_of_a_frame_leaves_before_anything_else_and_the_short_way_is_taken_again(ends: Ends) -> None:
    audience = FanOut()
    peer, transport = hears(audience, ends[0])
    seq = fill(audience, transport)
    arrived = read(ends[1])
    audience.send([sound(seq)])  # there is room now, but not for this frame yet
    peer.send_message(BroadcastMuted(session_id=""))
    transport.push()
    audience.send([sound(seq + 1)])
    assert transport.kept == b""
    through = len(transport.written)
    audience.send([sound(seq + 2)])
    assert len(transport.written) == through
    arrived.write(b"".join(read(ends[1]).written))
    assert arrived.seqs() == list(range(seq + 3))
    assert arrived.kinds() == ["broadcastMuted"]


def test_sound_does_not_overtake_a_message_that_waits(ends: Ends) -> None:
    audience = FanOut()
    peer, transport = hears(audience, ends[0])
    audience.send([sound(0)])
    while not transport.kept:
        peer.send_message(SessionEnded(session_id="", reason="x" * 1000))
    arrived = read(ends[1])
    audience.send([sound(1)])
    transport.push()
    arrived.write(b"".join(read(ends[1]).written))
    assert (arrived.seqs(), arrived.kinds()[-1]) == ([0, 1], "sessionEnded")
    assert arrived.written[-1].endswith(sound(1))


def test_for_who_stays_behind_sound_waits_whole_and_a_gap_is_counted(ends: Ends) -> None:
    audience = FanOut()
    _, transport = hears(audience, ends[0])
    seq = fill(audience, transport)
    while len(transport.kept) <= BEHIND_BYTES:
        audience.send([sound(seq, bytes(900))])
        seq += 1
    assert sum(audience.send([sound(seq + more)]) for more in range(130)) == 30
    arrived = read(ends[1])
    transport.push()
    audience.send([sound(seq + 130)])
    arrived.write(b"".join(read(ends[1]).written))
    assert arrived.seqs() == [*range(seq), *range(seq + 31, seq + 131)]


@pytest.mark.parametrize("end", ["close", "abort", "lost", "gone"])
async def test_at_the_end_nothing_is_written_to_what_may_be_anothers_descriptor(ends: Ends, end: str) -> None:
    audience = FanOut()
    peer, transport = hears(audience, ends[0])
    audience.send([sound(0)])
    if end == "close":
        peer.close(1000, "ended")
    else:
        transport.closing = True
        getattr(peer, end)()
    read(ends[1])
    stranger, _ = hears(FanOut(), ends[0])
    assert audience.send([sound(1), sound(2)]) == 2
    assert stranger.fd == peer.fd
    assert read(ends[1]).written == []


def test_who_left_hears_nothing_and_its_late_end_takes_the_way_from_nobody_else(ends: Ends) -> None:
    audience = FanOut()
    first, _ = hears(audience, ends[0])
    audience.send([sound(0)])
    audience.leave(first)
    assert len(audience) == 0
    _, transport = hears(audience, ends[0])
    audience.send([sound(1)])
    first.gone()
    audience.send([sound(2)])
    assert read(ends[1]).seqs() == [0, 1, 2]
    assert transport.seqs() == [1]


def test_a_broken_connection_is_left_to_its_transport_and_hurts_nobody(ends: Ends) -> None:
    audience = FanOut()
    broken = socket.socketpair()
    _, transport = hears(audience, broken[0])
    hears(audience, ends[0])
    audience.send([sound(0)])
    broken[1].close()
    transport.push = lambda: None  # type: ignore[method-assign]
    audience.send([sound(1)])
    assert transport.seqs() == [0, 1]
    assert read(ends[1]).seqs() == [0, 1]
    broken[0].close()


def test_what_must_be_encrypted_goes_through_the_transport(ends: Ends) -> None:
    audience = FanOut()
    _, transport = hears(audience, ends[0], tls=True)
    for seq in range(5):
        audience.send([sound(seq)])
    assert transport.seqs() == list(range(5))
