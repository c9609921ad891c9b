"""Portable: the jitter buffer."""

from pylib.audio.jitter import MAX_BUFFERED_FRAMES, MAX_TARGET_MS, MIN_TARGET_MS, ArrivalJitter, JitterBuffer
from pylib.protocol.frames import KIND_OPUS, FrameHeader


def header(seq: int, capture_ms: "int | None" = None) -> FrameHeader:
    return FrameHeader(KIND_OPUS, 0, 0, seq, seq * 20 if capture_ms is None else capture_ms)


def fill(buffer: JitterBuffer, seqs: "list[int]") -> None:
    for seq in seqs:
        buffer.push(header(seq), "payload " + str(seq), seq * 20.0)


def played(buffer: JitterBuffer) -> "list[int]":
    seqs: list[int] = []
    while True:
        frame = buffer.pop()
        if frame is None:
            return seqs
        seqs.append(frame.header.seq)


def test_frames_come_out_in_order_whatever_the_order_they_came_in() -> None:
    buffer = JitterBuffer()
    fill(buffer, [0, 2, 1, 4, 3])
    assert played(buffer) == [0, 1, 2, 3, 4]
    assert buffer.lost == 0


def test_a_double_is_played_once() -> None:
    buffer = JitterBuffer()
    fill(buffer, [0, 1, 1, 2])
    assert played(buffer) == [0, 1, 2]
    fill(buffer, [0, 1, 2, 3])
    assert played(buffer) == [3]
    assert buffer.duplicates == 4


def test_a_hole_is_counted_and_not_waited_for() -> None:
    buffer = JitterBuffer()
    fill(buffer, [0, 1, 5, 6])
    assert played(buffer) == [0, 1, 5, 6]
    assert buffer.lost == 3


def test_joining_late_counts_nothing_as_lost() -> None:
    buffer = JitterBuffer()
    fill(buffer, [5000, 5001])
    assert played(buffer) == [5000, 5001]
    assert buffer.lost == 0


def test_it_waits_for_the_target_before_starting_and_after_running_dry() -> None:
    buffer = JitterBuffer()
    buffer.jitter.peak_ms = 60.0
    fill(buffer, [0, 1])
    assert buffer.pop() is None
    fill(buffer, [2])
    assert played(buffer) == [0, 1, 2]
    fill(buffer, [3])
    assert played(buffer) == [3]
    buffer.rebuffer()
    fill(buffer, [4])
    assert buffer.pop() is None
    fill(buffer, [5, 6])
    assert buffer.pop(margin_ms=20.0) is None
    assert played(buffer) == [4, 5, 6]


def test_the_target_follows_the_jitter_and_stays_within_its_bounds() -> None:
    buffer = JitterBuffer()
    assert buffer.target_ms == MIN_TARGET_MS
    buffer.push(header(0), "", 0.0)
    buffer.push(header(1), "", 20.0 + 150.0)
    assert 145 < buffer.target_ms <= 150
    buffer.push(header(2), "", 40.0 + 5000.0)
    assert buffer.target_ms == MAX_TARGET_MS


def test_jitter_is_forgotten_slowly_in_calm() -> None:
    jitter = ArrivalJitter()
    jitter.arrived(0, 0.0)
    jitter.arrived(20, 120.0)
    worst = jitter.peak_ms
    for seq in range(2, 352):
        jitter.arrived(seq * 20, seq * 20.0)
    assert 0.45 * worst < jitter.peak_ms < 0.55 * worst


def test_an_unknown_clock_offset_is_no_jitter() -> None:
    jitter = ArrivalJitter()
    for seq in range(100):
        jitter.arrived(seq * 20, seq * 20.0 + 9_000_000.0)
    assert jitter.peak_ms < 1


def test_it_is_bounded_and_drops_the_oldest() -> None:
    buffer = JitterBuffer()
    fill(buffer, list(range(MAX_BUFFERED_FRAMES + 10)))
    assert buffer.buffered_ms == MAX_BUFFERED_FRAMES * 20
    assert buffer.dropped == 10
    assert played(buffer)[0] == 10
    assert buffer.lost == 0


def test_skipping_keeps_the_newest() -> None:
    buffer = JitterBuffer()
    fill(buffer, list(range(100)))
    assert buffer.skip_to(60.0) == 97
    assert played(buffer) == [97, 98, 99]


def test_a_restart_accepts_numbers_from_a_new_beginning() -> None:
    buffer = JitterBuffer()
    fill(buffer, [500, 501])
    played(buffer)
    buffer.restart()
    fill(buffer, [0, 1])
    assert played(buffer) == [0, 1]
    assert (buffer.lost, buffer.duplicates) == (0, 0)


def test_clearing_forgets_what_is_held_and_never_plays_it_again() -> None:
    buffer = JitterBuffer()
    fill(buffer, [0, 1, 2])
    buffer.clear()
    fill(buffer, [1, 2, 3])
    assert played(buffer) == [3]
