"""The door of a room: closed to newcomers, open to those who were inside."""

import pytest

from backend.problems import Problem
from backend.settings import Limits
from tests.unit.backend.live.room_harness import room
from tests.unit.backend.live.talk_harness import Talk


def test_a_closed_door_lets_in_whom_it_knows() -> None:
    talk = Talk()
    inside, _ = talk.seat()
    early, _ = talk.seat()
    talk.room.leave(early)
    talk.room.session = room(door_closed=1).session
    with pytest.raises(Problem) as caught:
        talk.seat()
    assert caught.value.code == "SESSION_DOOR_CLOSED"
    with pytest.raises(Problem) as caught:
        talk.seat(is_older=True)
    assert caught.value.code == "SESSION_MAX_LISTENERS_REACHED", "older clients know no door"
    talk.seat(inside.connection_id)
    talk.seat(early.connection_id)
    assert len(talk.room.listeners) == 2


@pytest.mark.parametrize("cut", [True, False])
async def test_whose_new_connection_broke_before_its_welcome_names_the_old_one_again(cut: bool) -> None:
    """Seen: a listener on a bad network, let in a moment ago, found the door closed for good."""
    talk = Talk()
    first, _ = talk.seat()
    talk.room.session = room(door_closed=1).session
    await talk.clock.advance(Limits().grace_s)
    talk.room.leave(first)
    for _ in range(3):
        unheard, _ = talk.seat(first.connection_id)
        if cut:
            talk.room.leave(unheard)
    assert len(talk.room.listeners) == (0 if cut else 3), "an earlier id puts out no connection that lives"


async def test_a_proved_place_is_kept_for_a_client_whose_welcome_was_lost() -> None:
    talk = Talk()
    (first, _), _, _ = talk.fill()
    await talk.speak()
    talk.report(first)
    talk.room.leave(first)
    again, _ = talk.seat(first.connection_id)
    talk.room.leave(again)
    await talk.clock.advance(3)
    assert not talk.is_full(first.connection_id), (
        "its own place, while no sound flows and all others are taken"
    )


async def test_a_restarted_server_believes_for_a_while_that_one_was_inside() -> None:
    talk = Talk(door_closed=1)
    talk.seat("known-before-the-restart")
    await talk.clock.advance(Limits().grace_s)
    with pytest.raises(Problem):
        talk.seat("invented")
