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


async def test_a_restarted_server_believes_for_a_while_that_one_was_inside() -> None:
    talk = Talk(door_closed=1)
    talk.seat("known-before-the-restart")
    await talk.clock.advance(Limits().grace_s)
    with pytest.raises(Problem):
        talk.seat("invented")
