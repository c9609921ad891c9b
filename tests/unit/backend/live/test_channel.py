import base64
from array import array
from typing import Any

import pytest

from backend.live.channel import OPUS_LATELY_S
from backend.live.peer import Peer
from backend.live.room import Room
from backend.metrics import Metrics
from backend.settings import Limits
from backend.ws import greetings
from pylib.errors import FrameError
from pylib.protocol.client_messages import SendAudio
from pylib.protocol.frames import KIND_OPUS, KIND_PCM16, FrameHeader, encode
from tests.support.counts import count_of
from tests.support.server_clock import ServerClock
from tests.unit.backend.live.fake_transport import BrokenTransport, FakeTransport
from tests.unit.backend.live.room_harness import LIMITS, frame, person, publish, room, seat, session

PCM = bytes(640)


def chunk(frames: int, **fields: Any) -> SendAudio:
    audio = base64.b64encode(PCM * frames).decode()
    return SendAudio(action="sendAudio", audio_data=audio, **fields)


def heard_as_text(transport: FakeTransport) -> list[int]:
    return [message["sequenceNumber"] for message in transport.messages() if message["type"] == "audio"]


def resume(place: Room, last_seq: int, *, text_only: bool = False) -> FakeTransport:
    """A listener who comes back."""
    peer, transport = person(text_only=text_only)
    place.seat_listener(peer)
    greetings.welcome_listener(peer, place, LIMITS.grace_ms, "c1", last_seq)
    return transport


@pytest.fixture
def clock() -> ServerClock:
    return ServerClock()


async def test_the_same_bytes_reach_every_listener_in_order() -> None:
    place = room()
    heard = [seat(place)[1] for _ in range(3)]
    sent = publish(place, *range(5))
    assert all(transport.frames() == sent for transport in heard)


@pytest.mark.parametrize("kind", [KIND_OPUS, KIND_PCM16])
def test_a_foreign_channel_is_refused_and_changes_nothing(kind: int) -> None:
    place = room()
    _, transport = seat(place)
    _, text = seat(place, text_only=True)
    with pytest.raises(FrameError) as caught:
        place.floor.publish(place.session, encode(FrameHeader(kind, 1, 0, 900, 0), PCM))
    place.floor.flush()
    assert caught.value.code == "VALIDATION_INVALID_PARAMETER"
    assert place.floor.next_seq == 0
    assert transport.frames() == []
    assert heard_as_text(text) == []


async def test_frames_that_arrived_together_leave_in_one_write() -> None:
    place = room()
    _, transport = seat(place)
    sent = [frame(seq) for seq in range(4)]
    for data in sent:
        place.floor.publish(place.session, data)
    assert transport.written == []
    place.floor.flush()
    assert len(transport.written) == 1
    assert transport.frames() == sent


async def test_messages_stay_behind_the_sound_that_came_before_them() -> None:
    place = room()
    _, transport = seat(place)
    place.floor.publish(place.session, frame(0))
    place.set_muted(True, None)
    assert transport.written[0] == transport.written[0][:2] + frame(0)
    assert transport.kinds() == ["broadcastMuted"]


async def test_sound_on_its_way_is_not_heard_twice_by_who_joins() -> None:
    place = room()
    place.floor.publish(place.session, frame(0))
    transport = resume(place, -1)
    place.floor.flush()
    assert transport.seqs() == [0]


async def test_one_broken_connection_takes_the_sound_from_nobody() -> None:
    place = room()
    _, before = seat(place)
    broken = BrokenTransport()
    place.seat_listener(Peer(broken, limits=LIMITS, clock=ServerClock()))
    _, after = seat(place)
    publish(place, 0, 1)
    assert before.seqs() == after.seqs() == [0, 1]
    assert broken.aborted


async def test_what_is_no_frame_reaches_nobody() -> None:
    place = room()
    _, transport = seat(place)
    for data in (b"", b"\x01", b"\x09" + bytes(11), b"\x01\x07" + bytes(10), b"\x01\x01" + bytes(4095)):
        with pytest.raises(FrameError):
            place.floor.publish(place.session, data)
    place.floor.flush()
    assert transport.written == []


async def test_a_paused_session_is_silent_and_what_was_said_then_is_not_asked_for_later() -> None:
    place = room(status="paused")
    _, transport = seat(place)
    publish(place, 0, 1, 2)
    assert transport.frames() == []
    assert place.floor.next_seq == 3
    assert resume(place, -1).frames() == []


async def test_frames_that_come_again_or_late_are_dropped_and_counted() -> None:
    metrics = Metrics()
    place = Room(session(), Limits(), metrics, ServerClock(), began_s=0.0)
    _, transport = seat(place)
    publish(place, 5, 6, 5, 6, 7, 3, 8, 8)
    assert transport.seqs() == [5, 6, 7, 8]
    assert count_of(metrics, "lectern_audio_frames_repeated_total") == 4
    assert count_of(metrics, "lectern_audio_frames_received_total") == 4
    assert count_of(metrics, "lectern_audio_frames_sent_total") == 4


async def test_a_gap_in_the_numbers_is_passed_on() -> None:
    place = room()
    _, transport = seat(place)
    publish(place, 0, 1, 9, 10)
    assert transport.seqs() == [0, 1, 9, 10]


async def test_both_kinds_are_numbered_by_themselves() -> None:
    place = room()
    _, text = seat(place, text_only=True)
    _, binary = seat(place)
    for seq in (1, 2, 3):
        publish(place, seq)
        publish(place, seq, kind=KIND_PCM16)
    publish(place, 3, 2, kind=KIND_PCM16)
    assert binary.seqs() == [1, 2, 3]
    assert binary.frames() == [frame(seq) for seq in (1, 2, 3)]
    assert heard_as_text(text) == [1, 2, 3]


async def test_a_speaker_who_returns_resends_both_kinds_and_nobody_hears_any_twice(
    clock: ServerClock,
) -> None:
    """Even when the PCM comes first and no Opus came lately."""
    place = room(clock)
    _, text = seat(place, text_only=True)
    _, binary = seat(place)
    for seq in range(4):
        publish(place, seq)
        publish(place, seq, kind=KIND_PCM16)
    await clock.advance(8)
    assert place.floor.next_seq == 4
    for seq in range(2, 7):
        publish(place, seq, kind=KIND_PCM16)
        publish(place, seq)
    assert binary.seqs() == list(range(7))
    assert heard_as_text(text) == list(range(7))


async def test_a_speaker_goes_on_after_the_last_frame_of_the_kind_that_is_heard(clock: ServerClock) -> None:
    place = room(clock)
    publish(place, *range(10))
    publish(place, *range(8), kind=KIND_PCM16)
    assert place.floor.next_seq == 10
    await clock.advance(OPUS_LATELY_S + 1)
    publish(place, *range(10, 15), kind=KIND_PCM16)
    assert place.floor.next_seq == 15


async def test_pcm_is_heard_by_all_once_no_opus_comes(clock: ServerClock) -> None:
    place = room(clock)
    _, binary = seat(place)
    publish(place, 0)
    publish(place, 1, kind=KIND_PCM16)
    await clock.advance(OPUS_LATELY_S)
    publish(place, 2, kind=KIND_PCM16)
    assert binary.seqs() == [0, 2]


async def test_text_listeners_hear_pcm_as_messages() -> None:
    place = room()
    _, text = seat(place, text_only=True)
    _, binary = seat(place)
    place.floor.publish(place.session, frame(4, KIND_PCM16, bytes(range(64))))
    place.floor.flush()
    assert binary.seqs() == [4]
    assert text.frames() == []
    message = text.messages()[0]
    assert (message["type"], message["sequenceNumber"]) == ("audio", 4)
    assert base64.b64decode(message["audioData"]) == bytes(range(64))


async def test_chunks_reach_everybody_in_one_piece() -> None:
    place = room()
    _, binary = seat(place)
    _, text = seat(place, text_only=True)
    pcm = array("h", range(640)).tobytes()
    audio = base64.b64encode(pcm).decode()
    place.floor.publish_text(place.session, SendAudio(action="sendAudio", audio_data=audio))
    place.floor.flush()
    assert len(binary.written) == len(text.written) == 1
    assert b"".join(data[12:] for data in binary.frames()) == pcm
    assert place.floor.next_seq == 2


async def test_a_chunk_without_a_number_goes_on_after_the_last_frame() -> None:
    place = room()
    _, binary = seat(place)
    publish(place, 7)
    place.floor.publish_text(place.session, chunk(2))
    place.floor.publish_text(place.session, chunk(1))
    place.floor.flush()
    assert binary.seqs() == [7]  # Opus came just now
    assert place.floor.track(text_only=True).next_seq == 11


async def test_a_chunk_that_comes_again_in_part_is_heard_only_where_it_is_new() -> None:
    place = room()
    _, binary = seat(place)
    _, text = seat(place, text_only=True)
    for first, count in ((10, 5), (10, 5), (13, 4), (12, 2)):
        place.floor.publish_text(place.session, chunk(count, sequence_number=first))
        place.floor.flush()
    assert binary.seqs() == heard_as_text(text) == list(range(10, 17))


async def test_missed_frames_are_found_by_number() -> None:
    place = room()
    publish(place, *range(10, 20))
    back = resume(place, 16)
    assert back.seqs() == [17, 18, 19]
    welcome = back.messages()[0]
    assert (welcome["resumed"], welcome["fromSeq"]) == (True, 17)
    assert resume(place, 19).seqs() == []
    late = resume(place, 3)
    assert late.seqs() == list(range(10, 20))
    assert (late.messages()[0]["resumed"], late.messages()[0]["fromSeq"]) == (False, 10)


async def test_text_listeners_get_what_they_missed_as_messages() -> None:
    place = room()
    for seq in range(5):
        publish(place, seq)
        publish(place, seq, kind=KIND_PCM16)
    back = resume(place, 2, text_only=True)
    assert heard_as_text(back) == [3, 4]
    assert back.frames() == []
    assert (back.messages()[0]["resumed"], back.messages()[0]["fromSeq"]) == (True, 3)
    assert resume(place, 2).seqs() == [3, 4]


async def test_frames_older_than_two_seconds_are_forgotten(clock: ServerClock) -> None:
    place = room(clock)
    publish(place, 0)
    await clock.advance(1.5)
    publish(place, 1)
    await clock.advance(1)
    assert resume(place, -1).seqs() == [1]
