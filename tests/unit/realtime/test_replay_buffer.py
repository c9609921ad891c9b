"""Portable: frames that a lost connection delays are sent late, in order, and at a limited rate."""

from pylib.realtime.replay_buffer import BURST_FRAMES, FRAMES_PER_S, ReplayBuffer
from tests.support.fake_clock import FakeClock

FRAME_S = 0.02


class Link:
    """Takes frames, which here are their own numbers, while it is up."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.up = True
        self.left: list[int] = []
        self.times: list[float] = []
        self.replay_buffer = ReplayBuffer(self._send, self.clock)
        self.next_seq = 0

    def _send(self, frame: bytes) -> bool:
        if self.up:
            self.left.append(int(frame.decode()))
            self.times.append(self.clock.monotonic_s())
        return self.up

    async def speak(self, seconds: float) -> None:
        for _ in range(round(seconds / FRAME_S)):
            self.replay_buffer.offer(self.next_seq, str(self.next_seq).encode())
            self.next_seq += 1
            await self.clock.advance(FRAME_S)


async def test_on_a_good_link_every_frame_leaves_at_once() -> None:
    link = Link()
    await link.speak(2.0)
    assert link.left == list(range(100))
    assert link.times[10] == 10 * FRAME_S or abs(link.times[10] - 10 * FRAME_S) < 1e-9
    assert (link.replay_buffer.sent, link.replay_buffer.waiting, link.replay_buffer.dropped) == (100, 0, 0)


async def test_what_could_not_leave_is_sent_late_and_in_order() -> None:
    link = Link()
    await link.speak(1.0)
    link.up = False
    await link.speak(5.0)
    assert link.replay_buffer.waiting == 250
    link.up = True
    await link.speak(60.0)
    assert link.left == list(range(66 * 50))
    assert (link.replay_buffer.waiting, link.replay_buffer.dropped) == (0, 0)


async def test_a_backlog_leaves_no_faster_than_listeners_can_catch_up() -> None:
    link = Link()
    link.up = False
    await link.speak(9.0)
    link.up = True
    start_s = link.clock.monotonic_s()
    await link.speak(30.0)
    for index, at_s in enumerate(link.times):
        assert index <= BURST_FRAMES + (at_s - start_s) * FRAMES_PER_S + 1
    assert len(link.left) > BURST_FRAMES + 29 * FRAMES_PER_S


async def test_what_is_older_than_ten_seconds_is_dropped() -> None:
    link = Link()
    link.up = False
    await link.speak(30.0)
    assert 500 <= link.replay_buffer.waiting <= 501
    link.up = True
    await link.speak(0.1)
    assert 1000 <= link.left[0] <= 1005
    assert link.left == list(range(link.left[0], link.left[-1] + 1))
    assert link.replay_buffer.dropped == link.left[0]


async def test_what_a_dead_connection_swallowed_is_sent_again() -> None:
    link = Link()
    await link.speak(3.0)
    link.replay_buffer.resume_from(100)
    await link.speak(1.0)
    assert link.left == list(range(150)) + list(range(100, 200))
    assert (link.replay_buffer.sent, link.replay_buffer.sent_again) == (200, 50)


async def test_nothing_is_sent_again_that_was_seen() -> None:
    link = Link()
    await link.speak(1.0)
    link.replay_buffer.resume_from(50)
    link.replay_buffer.resume_from(500)
    assert link.left == list(range(50))


async def test_twins_do_not_slow_the_pace() -> None:
    link = Link()
    for seq in range(100):
        link.replay_buffer.offer(seq, str(seq).encode())
        link.replay_buffer.offer(seq, str(seq).encode())
        await link.clock.advance(FRAME_S)
    assert link.left == [seq for seq in range(100) for _ in range(2)]
    assert link.replay_buffer.sent == 100


async def test_twins_whose_packets_come_in_lumps_do_not_either() -> None:
    """One encoder answers at once, the other after the next block."""
    link = Link()
    for seq in range(0, 1500, 2):
        for number in (seq, seq + 1, seq, seq + 1):
            link.replay_buffer.offer(number, str(number).encode())
        await link.clock.advance(2 * FRAME_S)
    assert (link.replay_buffer.waiting, link.replay_buffer.dropped, link.replay_buffer.sent) == (0, 0, 1500)


async def test_nothing_unseen_is_left_out_of_what_is_sent_again() -> None:
    link = Link()
    for number in (0, 1, 0, 1):
        link.replay_buffer.offer(number, str(number).encode())
    link.replay_buffer.resume_from(1)
    assert link.left == [0, 1, 0, 1] + [1, 0, 1]


async def test_after_forgetting_only_the_new_is_sent() -> None:
    link = Link()
    link.up = False
    await link.speak(2.0)
    link.replay_buffer.clear()
    link.up = True
    await link.speak(1.0)
    assert link.left == list(range(100, 150))
    assert link.replay_buffer.dropped == 100


async def test_a_minute_of_talk_keeps_ten_seconds() -> None:
    link = Link()
    for _ in range(4):
        await link.speak(15.0)
        assert len(link.replay_buffer._frames) <= 600
