import asyncio

from backend.peer import BACKLOG_FRAMES, MAX_BACKLOG_BYTES, Peer
from backend.settings import Limits
from tests.unit.backend.fake_transport import FakeTransport

FRAME = b"\x82\x62" + bytes(98)


def peer_on(transport: FakeTransport, **limits: float) -> Peer:
    return Peer(transport, limits=Limits(**{"stuck_s": 15, "close_wait_s": 0.01, **limits}))  # type: ignore[arg-type]


def test_a_peer_that_keeps_up_gets_every_frame() -> None:
    transport = FakeTransport()
    peer = peer_on(transport)
    assert all(peer.write_audio(FRAME, 1, now) for now in range(5))
    assert transport.written == [FRAME] * 5


async def test_a_slow_peer_is_skipped_from_two_seconds_of_sound_on() -> None:
    transport = FakeTransport(waiting=BACKLOG_FRAMES * len(FRAME))
    peer = peer_on(transport)
    assert peer.write_audio(FRAME, 1, 0)
    transport.waiting = BACKLOG_FRAMES * len(FRAME) + 1
    assert not peer.write_audio(FRAME, 1, 0)
    assert peer.skipped == 1


async def test_a_slow_peer_catches_up_before_it_hears_again() -> None:
    transport = FakeTransport(waiting=BACKLOG_FRAMES * len(FRAME) + 1)
    peer = peer_on(transport)
    assert not peer.write_audio(FRAME, 1, 0)
    transport.waiting = BACKLOG_FRAMES * len(FRAME) // 2
    assert not peer.write_audio(FRAME, 1, 1)
    transport.waiting = BACKLOG_FRAMES * len(FRAME) // 4
    assert peer.write_audio(FRAME, 1, 2)
    transport.waiting = BACKLOG_FRAMES * len(FRAME) // 2
    assert peer.write_audio(FRAME, 1, 3)
    assert peer.skipped == 2


async def test_a_stuck_peer_is_closed_with_4008() -> None:
    transport = FakeTransport(waiting=BACKLOG_FRAMES * len(FRAME) + 1)
    peer = peer_on(transport)
    peer.write_audio(FRAME, 1, 100)
    peer.write_audio(FRAME, 1, 114.9)
    assert not transport.closes()
    peer.write_audio(FRAME, 1, 115)
    assert transport.closes() == [4008]
    assert peer.close_code == 4008
    assert not peer.write_audio(FRAME, 1, 116)


async def test_a_burst_counts_as_the_frames_it_holds() -> None:
    """150 frames of one sendAudio chunk are one write, measured by the size of one frame."""
    transport = FakeTransport(waiting=BACKLOG_FRAMES * len(FRAME))
    peer = peer_on(transport)
    assert peer.write_audio(FRAME * 150, 150, 0)
    transport.waiting = BACKLOG_FRAMES * len(FRAME) + 1
    assert not peer.write_audio(FRAME * 150, 150, 0)
    assert peer.skipped == 150


async def test_messages_are_never_skipped_but_bounded() -> None:
    transport = FakeTransport(waiting=MAX_BACKLOG_BYTES)
    peer = peer_on(transport)
    peer.tell("broadcastPaused")
    assert transport.kinds() == ["broadcastPaused"]
    transport.waiting = MAX_BACKLOG_BYTES + 1
    peer.tell("broadcastResumed")
    assert transport.kinds() == ["broadcastPaused"]
    assert transport.closes() == [4008]


async def test_only_the_first_close_is_said_and_then_nothing() -> None:
    transport = FakeTransport()
    peer = peer_on(transport)
    peer.close(1000, "ended")
    peer.close(1008, "other")
    peer.tell("sessionStatus")
    assert transport.closes() == [1000]
    assert transport.kinds() == []


async def test_a_client_that_does_not_answer_a_close_is_cut_off() -> None:
    transport = FakeTransport()
    peer_on(transport).close(1000, "ended")
    assert not transport.aborted
    await asyncio.sleep(0.05)
    assert transport.aborted


async def test_a_client_that_answered_is_not_cut_off() -> None:
    transport = FakeTransport()
    peer = peer_on(transport)
    peer.close(1000, "ended")
    peer.gone()
    await asyncio.sleep(0.05)
    assert not transport.aborted


async def test_a_connection_that_is_breaking_down_gets_nothing() -> None:
    transport = FakeTransport()
    transport.closing = True
    peer = peer_on(transport)
    peer.tell("welcome")
    assert not peer.write_audio(FRAME, 1, 0)
    peer.close(1000, "")
    peer.abort()
    peer.gone()
    assert transport.written == []
