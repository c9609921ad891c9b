"""Packets and holes inside a decoder come out in the order in which they went in."""

from pylib.browser.decoder_queue import DecoderQueue
from pylib.protocol.frames import FRAME_MS


def decoder(*goes_in: float) -> DecoderQueue:
    """0 is a packet, all else a hole of so many milliseconds."""
    inside = DecoderQueue()
    for each in goes_in:
        if each:
            assert not inside.hole(each)
        else:
            inside.packet()
    return inside


def test_a_hole_behind_nothing_is_due_at_once() -> None:
    inside = DecoderQueue()
    assert inside.hole(60.0)
    assert (inside.waiting_ms, inside.due_holes()) == (0, [])


def test_a_hole_is_due_when_the_sound_before_it_came_and_once() -> None:
    inside = decoder(0, 0, 60.0, 0, 20.0)
    assert inside.waiting_ms == 3 * FRAME_MS + 80
    due = []
    for _ in range(3):
        assert inside.came()
        due.append(inside.due_holes())
    assert due == [[], [60.0], [20.0]]
    assert (inside.waiting_ms, inside.due_holes()) == (0, [])


def test_what_was_dropped_is_not_wanted_and_its_holes_are_none() -> None:
    inside = decoder(0, 60.0, 0)
    inside.drop()
    assert inside.waiting_ms == 0
    assert not inside.hole(40.0)
    inside.packet()
    assert inside.waiting_ms == FRAME_MS + 40
    told = [(inside.came(), inside.due_holes()) for _ in range(3)]
    assert told == [(False, []), (False, [40.0]), (True, [])]


def test_what_was_written_off_is_waited_for_no_more() -> None:
    inside = decoder(0, 60.0, 0)
    inside.write_off()
    assert inside.waiting_ms == 0
    assert inside.hole(20.0)
