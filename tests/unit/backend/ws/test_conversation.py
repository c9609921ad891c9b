"""What one connection sends, as fast as it likes, on a clock that the test moves."""

from typing import cast

import pytest

from backend.metrics import Metrics
from backend.service import SessionService
from backend.ws.conversation import Conversation
from backend.ws.participant import Participant
from pylib.protocol.frames import KIND_OPUS, FrameHeader, encode
from tests.support.server_clock import ServerClock
from tests.unit.backend.live.room_harness import LIMITS, person, room

FOREIGN = encode(FrameHeader(KIND_OPUS, 1, 0, 0, 0), b"elsewhere")
UNREADABLE = b"\xff" + FOREIGN[1:]


@pytest.mark.parametrize("data", [FOREIGN, UNREADABLE], ids=["foreign channel", "no frame"])
async def test_a_flood_of_refused_frames_is_answered_ten_times_a_second_and_then_closed(data: bytes) -> None:
    clock = ServerClock()
    place = room(clock)
    peer, sent = person(clock=clock)
    place.seat_speaker(peer)
    participant = Participant(peer, cast(SessionService, None), Metrics(), clock)
    participant.room = place
    conversation = Conversation(participant, LIMITS)
    seconds = 0.0
    while not sent.closes() and seconds < 60:
        conversation.binary(data)
        await clock.advance(0.02)
        seconds += 0.02
    assert sent.closes() == [4013]
    assert LIMITS.flood_patience_s <= seconds < LIMITS.flood_patience_s + 2
    codes = [message["code"] for message in sent.messages() if message["type"] == "error"]
    refusals = len(codes) - codes.count("RATE_LIMIT_EXCEEDED")
    assert LIMITS.control_burst <= refusals <= LIMITS.control_burst + LIMITS.control_per_s * seconds
    assert codes.count("RATE_LIMIT_EXCEEDED") <= seconds
