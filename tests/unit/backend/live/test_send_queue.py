from backend.live.send_queue import MAX_FRAMES, SendQueue, discontinuous
from backend.live.ws_frames import BINARY, TEXT, frame
from pylib.protocol.frames import (
    FLAG_DISCONTINUITY,
    FLAG_SILENCE,
    KIND_OPUS,
    FrameHeader,
    decode_header,
    encode,
)
from tests.unit.backend.live.fake_transport import FakeTransport


def sound(seq: int, payload: bytes = b"sound", flags: int = 0) -> bytes:
    return frame(encode(FrameHeader(KIND_OPUS, 0, flags, seq, seq * 20), payload), BINARY)


def written(send_queue: SendQueue) -> FakeTransport:
    transport = FakeTransport()
    transport.write(send_queue.joined())
    return transport


def flags(data: bytes) -> int:
    return decode_header(data[:12], len(data)).flags


def test_what_waits_leaves_in_order_and_in_one_piece() -> None:
    send_queue = SendQueue()
    send_queue.add_sound([sound(0), sound(1)])
    send_queue.add_message(frame(b'{"type":"broadcastMuted"}', TEXT))
    send_queue.add_sound([sound(2)])
    assert send_queue.joined() == sound(0) + sound(1) + frame(b'{"type":"broadcastMuted"}', TEXT) + sound(2)
    assert send_queue.size == len(send_queue.joined())


def test_two_seconds_wait_and_of_more_the_oldest_are_dropped() -> None:
    send_queue = SendQueue()
    assert send_queue.add_sound([sound(seq) for seq in range(MAX_FRAMES)]) == 0
    assert send_queue.add_sound([sound(MAX_FRAMES), sound(MAX_FRAMES + 1)]) == 2
    assert written(send_queue).seqs() == list(range(2, MAX_FRAMES + 2))
    assert send_queue.size == len(send_queue.joined())


def test_a_burst_larger_than_the_bound_keeps_its_end() -> None:
    send_queue = SendQueue()
    assert send_queue.add_sound([sound(seq) for seq in range(150)]) == 50
    assert written(send_queue).seqs() == list(range(50, 150))


def test_messages_are_kept_whatever_is_dropped_around_them() -> None:
    send_queue = SendQueue()
    for seq in range(3 * MAX_FRAMES):
        if seq % MAX_FRAMES == 0:
            send_queue.add_message(frame(b'{"type":"m%d"}' % seq, TEXT))
        send_queue.add_sound([sound(seq)])
    assert written(send_queue).kinds() == ["m0", "m100", "m200"]
    assert written(send_queue).seqs() == list(range(2 * MAX_FRAMES, 3 * MAX_FRAMES))


def test_only_the_first_frame_after_a_gap_is_marked_and_only_in_a_copy() -> None:
    shared = [sound(seq, flags=FLAG_SILENCE) for seq in range(MAX_FRAMES + 1)]
    before = [bytes(one) for one in shared]
    send_queue = SendQueue()
    send_queue.add_sound(shared)
    heard = written(send_queue).frames()
    assert flags(heard[0]) == FLAG_SILENCE | FLAG_DISCONTINUITY
    assert {flags(data) for data in heard[1:]} == {FLAG_SILENCE}
    assert shared == before


def test_without_a_gap_nothing_is_marked() -> None:
    send_queue = SendQueue()
    send_queue.add_sound([sound(0), sound(1)])
    assert [flags(data) for data in written(send_queue).frames()] == [0, 0]


def test_the_mark_is_found_behind_both_lengths_of_head_and_changes_nothing_else() -> None:
    for payload in (b"s" * 20, b"s" * 640):
        plain, marked = sound(7, payload), discontinuous(sound(7, payload))
        transport = FakeTransport()
        transport.write(marked)
        data = transport.frames()[0]
        assert flags(data) == FLAG_DISCONTINUITY
        assert len(marked) == len(plain)
        assert sum(a != b for a, b in zip(marked, plain, strict=True)) == 1


def test_audio_messages_have_no_flags_to_set() -> None:
    message = frame(b'{"type":"audio"}', TEXT)
    send_queue = SendQueue()
    send_queue.add_sound([message] * (MAX_FRAMES + 1))
    assert send_queue.joined() == message * MAX_FRAMES
