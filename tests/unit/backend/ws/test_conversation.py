"""What one connection sends, as fast as it likes, on a clock that the test moves."""

import base64
import json
from types import SimpleNamespace
from typing import cast

import pytest

from backend.action_log import ActionLog
from backend.guesses import Guesses
from backend.metrics import Metrics
from backend.service import SessionService
from backend.ws.conversation import Conversation
from backend.ws.participant import Participant
from pylib.protocol.frames import KIND_OPUS, KIND_PCM16, FrameHeader, encode
from tests.support.server_clock import ServerClock
from tests.unit.backend.live.fake_transport import FakeTransport
from tests.unit.backend.live.room_harness import LIMITS, person, room

FOREIGN = encode(FrameHeader(KIND_OPUS, 1, 0, 0, 0), b"elsewhere")
UNREADABLE = b"\xff" + FOREIGN[1:]


def speaking(clock: ServerClock, **session: str) -> tuple[Conversation, FakeTransport]:
    """The conversation of a seated speaker, and what is sent to them."""
    place = room(clock, **session)
    peer, sent = person(clock=clock)
    place.seat_speaker(peer)
    service = cast(SessionService, SimpleNamespace(actions=ActionLog(clock)))
    guesses = cast(Guesses, None)
    participant = Participant(peer, service, guesses, Metrics(), clock, address="")
    participant.room = place
    return Conversation(participant, LIMITS), sent


def sound(seq: int, size: int = 62, kind: int = KIND_OPUS) -> bytes:
    return encode(FrameHeader(kind, 0, 0, seq, 0), bytes(size))


@pytest.mark.parametrize("data", [FOREIGN, UNREADABLE], ids=["foreign channel", "no frame"])
async def test_a_flood_of_refused_frames_is_answered_ten_times_a_second_and_then_closed(data: bytes) -> None:
    clock = ServerClock()
    conversation, sent = speaking(clock)
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


async def test_ten_seconds_of_sound_that_come_at_once_are_taken_in_and_never_a_flood() -> None:
    """While the talk goes on: what waits of the lump, and what is spoken meanwhile, comes as it is read."""
    clock = ServerClock()
    conversation, sent = speaking(clock)
    spoken = read = 0
    while clock.monotonic_s() < 45:
        spoken = 500 + round(clock.monotonic_s() * 50)
        wait_s = conversation.binary(sound(read)) if read < spoken else 0.02
        read += read < spoken
        if wait_s:
            await clock.advance(wait_s)
    assert read == spoken
    assert sent.closes() == []
    assert sent.messages() == []


async def test_sound_that_never_stops_being_too_much_is_closed() -> None:
    clock = ServerClock()
    conversation, sent = speaking(clock)
    read = 0
    while not sent.closes() and clock.monotonic_s() < 100:
        await clock.advance(conversation.binary(sound(read)))
        read += 1
    assert sent.closes() == [4013]
    assert LIMITS.late_patience_s <= clock.monotonic_s() < LIMITS.late_patience_s + 3
    assert [message["code"] for message in sent.messages()] == ["RATE_LIMIT_EXCEEDED"]


@pytest.mark.parametrize(
    ("tier", "kind", "size", "legal"),
    [
        ("standard", KIND_OPUS, 62, True),
        ("standard", KIND_OPUS, 240, True),
        ("standard", KIND_OPUS, 600, False),
        ("premium", KIND_OPUS, 600, True),
        ("premium", KIND_OPUS, 4000, False),
        ("standard", KIND_PCM16, 640, True),
        ("premium", KIND_PCM16, 640, True),
        ("standard", KIND_PCM16, 4000, False),
    ],
)
async def test_a_speaker_may_send_so_many_bytes_of_each_kind_as_their_tier_needs(
    tier: str, kind: int, size: int, legal: bool
) -> None:
    """A minute of it: either it goes on for ever, or it falls behind more and more."""
    clock = ServerClock()
    conversation, _ = speaking(clock, quality_tier=tier)
    late_s = 0.0
    for seq in range(1000):
        wait_s = conversation.binary(sound(seq, size, kind))
        late_s += max(0.0, wait_s - 0.02)
        await clock.advance(max(0.02, wait_s))
    assert (late_s < 0.1) is legal


async def test_chunks_of_text_sound_that_come_together_are_all_taken() -> None:
    clock = ServerClock()
    conversation, sent = speaking(clock)
    chunk = json.dumps({"action": "sendAudio", "audioData": base64.b64encode(bytes(96_000)).decode()})
    waits = [await conversation.text(chunk) for _ in range(4)]
    assert waits[0] == 0
    assert sum(waits) > 0
    assert sent.messages() == []


@pytest.mark.parametrize(
    "refused", [FOREIGN, '{"action": "sendAudio"}', '{"action": "sendAudio", "audioData": "!"}']
)
async def test_refused_sound_uses_up_nothing_of_what_control_messages_may(refused: bytes | str) -> None:
    clock = ServerClock()
    conversation, sent = speaking(clock)
    for _ in range(400):
        if isinstance(refused, bytes):
            assert conversation.binary(refused) == 0
        else:
            assert await conversation.text(refused) == 0
    before = len(sent.messages())
    for _ in range(5):
        assert await conversation.text('{"action": "muteBroadcast"}') == 0
    assert [message["type"] for message in sent.messages()[before:]] == ["broadcastMuted"] * 5
