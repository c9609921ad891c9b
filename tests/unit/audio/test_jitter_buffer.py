"""Portable: the jitter buffer."""

from pylib.audio.arrival_jitter import START_MS
from pylib.audio.jitter_buffer import MAX_BUFFERED_FRAMES, MAX_TARGET_MS, MIN_TARGET_MS, JitterBuffer
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
    buffer.jitter.arrived(0, 0.0)
    buffer.jitter.arrived(20, 80.0)
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


def test_sound_after_which_nothing_comes_is_not_held_for_ever() -> None:
    buffer = JitterBuffer()
    fill(buffer, [0])
    assert buffer.pop(idle_ms=5.0) is None
    assert buffer.pop(idle_ms=10.0) is not None


def test_what_made_a_frame_late_is_not_waited_for_again() -> None:
    buffer = JitterBuffer()
    fill(buffer, list(range(10)))
    played(buffer)
    buffer.rebuffer()
    buffer.push(header(10), "", 10 * 20.0 + 200.0)
    assert buffer.target_ms == 200
    assert buffer.pop(margin_ms=30.0) is None
    buffer.push(header(11), "", 11 * 20.0 + 200.0)
    assert played(buffer) == [10, 11]
    buffer.rebuffer()
    fill(buffer, [12, 13, 14])
    assert buffer.pop() is None


def test_the_target_follows_the_jitter_and_stays_within_its_bounds() -> None:
    buffer = JitterBuffer()
    assert buffer.target_ms == START_MS
    buffer.push(header(0), "", 0.0)
    buffer.push(header(1), "", 20.0 + 150.0)
    assert buffer.target_ms == 150
    buffer.push(header(2), "", 40.0 + 900.0)
    assert buffer.target_ms == MAX_TARGET_MS


def test_on_a_calm_path_the_target_is_the_least() -> None:
    buffer = JitterBuffer()
    fill(buffer, list(range(100)))
    assert buffer.target_ms == MIN_TARGET_MS


def test_what_is_late_on_average_is_missing_from_the_level_of_the_buffer() -> None:
    buffer = JitterBuffer()
    for seq in range(1000):
        buffer.push(header(seq), "", seq * 20.0 + 20.0 * (seq % 5))
    assert buffer.target_ms == 80
    assert 35 < buffer.level_ms < 45


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


def test_what_came_before_a_restart_is_heard_first_and_once() -> None:
    buffer = JitterBuffer()
    fill(buffer, [500, 501, 502])
    first = buffer.pop()
    assert first is not None
    assert first.header.seq == 500
    buffer.restart()
    fill(buffer, [0, 1, 1])
    assert buffer.buffered_ms == 80
    assert played(buffer) == [501, 502, 0, 1]
    assert (buffer.lost, buffer.duplicates) == (0, 1)


def test_skipping_drops_what_came_before_a_restart_first() -> None:
    buffer = JitterBuffer()
    fill(buffer, [500, 501, 502])
    buffer.restart()
    fill(buffer, [0, 1, 2])
    assert buffer.skip_to(80.0) == 2
    assert buffer.skip_to(40.0) == 2
    fill(buffer, [0])
    assert played(buffer) == [1, 2]


def test_a_double_is_known_among_all_that_is_held() -> None:
    buffer = JitterBuffer()
    fill(buffer, list(range(100)))
    fill(buffer, [40, 99, 0])
    assert buffer.duplicates == 3
    assert played(buffer) == list(range(100))
