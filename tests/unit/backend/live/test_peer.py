from backend.live.peer import BEHIND_BYTES, MAX_BACKLOG_BYTES, Peer
from backend.live.send_queue import MAX_FRAMES
from backend.settings import Limits
from pylib.protocol.server_messages import BroadcastMuted, BroadcastPaused, BroadcastResumed, SessionEnded
from tests.support.server_clock import ServerClock
from tests.unit.backend.live.fake_transport import FakeTransport
from tests.unit.backend.live.test_send_queue import sound

LIMITS = Limits(silent_s=12, ping_every_s=4, close_wait_s=2)
BEHIND = BEHIND_BYTES + 1


def peer_on(transport: FakeTransport, clock: ServerClock | None = None) -> Peer:
    return Peer(transport, limits=LIMITS, clock=clock or ServerClock())


def hear(peer: Peer, *seqs: int) -> int:
    frames = [sound(seq) for seq in seqs]
    return peer.write_sound(b"".join(frames), frames)


def test_a_peer_that_keeps_up_gets_every_frame_at_once() -> None:
    transport = FakeTransport(waiting=BEHIND_BYTES)
    peer = peer_on(transport)
    assert [hear(peer, seq) for seq in range(5)] == [0] * 5
    assert transport.written == [sound(seq) for seq in range(5)]


def test_for_a_peer_that_is_behind_sound_waits_and_then_comes_in_one_piece() -> None:
    transport = FakeTransport(waiting=BEHIND)
    peer = peer_on(transport)
    hear(peer, 0, 1)
    hear(peer, 2)
    assert transport.written == []
    transport.waiting = BEHIND_BYTES
    hear(peer, 3)
    assert transport.written == [sound(0) + sound(1) + sound(2) + sound(3)]
    hear(peer, 4)
    assert transport.seqs() == [0, 1, 2, 3, 4]


def test_a_slow_peer_misses_the_oldest_sound_and_never_the_newest() -> None:
    transport = FakeTransport(waiting=BEHIND)
    peer = peer_on(transport)
    dropped = sum(hear(peer, seq) for seq in range(MAX_FRAMES + 30))
    assert dropped == 30
    transport.waiting = 0
    hear(peer, MAX_FRAMES + 30)
    assert transport.seqs() == list(range(31, MAX_FRAMES + 31))


def test_messages_stay_behind_the_sound_that_waits() -> None:
    transport = FakeTransport(waiting=BEHIND)
    peer = peer_on(transport)
    hear(peer, 0)
    peer.send_message(BroadcastPaused(session_id=""))
    assert transport.written == []
    transport.waiting = 0
    peer.send_message(BroadcastResumed(session_id=""))
    assert transport.written[0].startswith(sound(0))
    assert transport.kinds() == ["broadcastPaused", "broadcastResumed"]


def test_what_waits_is_sent_even_when_nothing_more_is_said() -> None:
    transport = FakeTransport(waiting=BEHIND)
    peer = peer_on(transport)
    hear(peer, 0)
    peer.check_health(1)
    assert transport.written == []
    transport.waiting = 0
    peer.check_health(2)
    assert transport.seqs() == [0]


async def test_a_silent_peer_is_asked_for_a_sign_of_life_and_then_closed() -> None:
    transport = FakeTransport()
    peer = peer_on(transport)
    for now in (1, 3.9):
        peer.check_health(now)
    assert transport.pings() == 0
    for now in (4, 5, 7.9, 8, 9):
        peer.check_health(now)
    assert transport.pings() == 2
    peer.check_health(11.9)
    assert transport.closes() == []
    peer.check_health(12)
    assert transport.closes() == [4008]
    assert peer.close_code == 4008


async def test_a_peer_whose_bytes_wait_unread_is_not_too_slow() -> None:
    transport = FakeTransport()
    peer = peer_on(transport)
    peer.has_unread = lambda: True
    for now in range(30):
        peer.check_health(now)
    assert transport.closes() == []
    peer.has_unread = lambda: False
    for now in range(30, 50):
        peer.check_health(now)
    assert transport.closes() == [4008]


async def test_a_peer_behind_that_gives_no_sign_of_life_is_closed_all_the_same() -> None:
    transport = FakeTransport(waiting=BEHIND)
    peer = peer_on(transport)
    for now in range(13):
        hear(peer, now)
        peer.check_health(now)
    assert transport.closes() == [4008]
    assert hear(peer, 99) == 1


async def test_whoever_still_takes_something_is_never_closed() -> None:
    transport = FakeTransport(waiting=100_000)
    peer = peer_on(transport)
    hear(peer, 0)
    for minute in range(60):
        transport.waiting = 100_000 - minute
        peer.check_health(minute * 11.0)
    assert transport.closes() == []


async def test_whoever_answers_is_never_closed_however_far_behind() -> None:
    clock, transport = ServerClock(), FakeTransport(waiting=BEHIND)
    peer = peer_on(transport, clock)
    for answer in range(60):
        peer.mark_alive()
        hear(peer, answer)
        await clock.advance(11)
        peer.check_health(clock.monotonic_s())
    assert transport.closes() == []


async def test_a_peer_that_talks_is_not_asked() -> None:
    clock, transport = ServerClock(), FakeTransport()
    peer = peer_on(transport, clock)
    await clock.advance(3)
    peer.mark_alive()
    await clock.advance(3.9)
    peer.check_health(clock.monotonic_s())
    assert transport.pings() == 0


async def test_messages_are_never_dropped_but_bounded() -> None:
    transport = FakeTransport(waiting=MAX_BACKLOG_BYTES)
    peer = peer_on(transport)
    peer.send_message(BroadcastPaused(session_id=""))
    assert transport.kinds() == ["broadcastPaused"]
    transport.waiting = MAX_BACKLOG_BYTES + 1
    peer.send_message(BroadcastResumed(session_id=""))
    assert transport.kinds() == ["broadcastPaused"]
    assert transport.closes() == [4008]


async def test_messages_that_wait_behind_sound_are_bounded_too() -> None:
    transport = FakeTransport(waiting=BEHIND)
    peer = peer_on(transport)
    hear(peer, 0)
    for _ in range(1100):
        peer.send_message(SessionEnded(session_id="", reason="x" * 1000))
    assert transport.closes() == [4008]


async def test_a_close_comes_after_all_that_waits() -> None:
    transport = FakeTransport(waiting=BEHIND)
    peer = peer_on(transport)
    hear(peer, 0)
    peer.send_message(SessionEnded(session_id="", reason=""))
    peer.close(1000, "ended")
    assert (transport.seqs(), transport.kinds(), transport.closes()) == ([0], ["sessionEnded"], [1000])


async def test_only_the_first_close_is_said_and_then_nothing() -> None:
    transport = FakeTransport()
    peer = peer_on(transport)
    peer.close(1000, "ended")
    peer.close(1008, "other")
    peer.send_message(BroadcastMuted(session_id=""))
    peer.check_health(100)
    assert transport.closes() == [1000]
    assert transport.kinds() == []


async def test_a_client_that_does_not_answer_a_close_is_cut_off() -> None:
    clock, transport = ServerClock(), FakeTransport()
    peer_on(transport, clock).close(1000, "ended")
    await clock.advance(1.9)
    assert not transport.aborted
    await clock.advance(0.1)
    assert transport.aborted


async def test_a_client_that_answered_is_not_cut_off() -> None:
    clock, transport = ServerClock(), FakeTransport()
    peer = peer_on(transport, clock)
    peer.close(1000, "ended")
    peer.gone()
    await clock.advance(60)
    assert not transport.aborted


async def test_a_connection_that_is_breaking_down_gets_nothing() -> None:
    transport = FakeTransport()
    transport.closing = True
    peer = peer_on(transport)
    peer.send_message(BroadcastMuted(session_id=""))
    assert hear(peer, 0) == 1
    peer.check_health(100)
    peer.close(1000, "")
    peer.abort()
    peer.gone()
    assert transport.written == []
