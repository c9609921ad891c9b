import base64
from array import array
from typing import Any

import pytest

from backend.metrics import Metrics
from backend.peer import Peer
from backend.problems import Problem
from backend.room import Room
from backend.session_rows import Session
from backend.settings import Limits
from pylib.errors import FrameError
from pylib.protocol.frames import KIND_OPUS, KIND_PCM16, FrameHeader, encode
from pylib.protocol.messages import PlaybackReport, SendAudio
from tests.unit.backend.fake_transport import FakeTransport

LIMITS = Limits(close_wait_s=0.01)


def session(**fields: Any) -> Session:
    row = {
        "number": 1,
        "session_id": "golden-eagle-427",
        "owner": "anna",
        "speaker_id": "p",
        "source_language": "en",
        "quality_tier": "standard",
        "status": "active",
        "created_at": 1_000,
        "updated_at": 1_000,
        "expires_at": 2**50,
        "max_listeners": 3,
        "version": 1,
        "speaker_seen": 1,
        "end_reason": None,
    }
    return Session(**{**row, **fields})


def room(**fields: Any) -> Room:
    return Room(session(**fields), LIMITS, Metrics())


def person(**fields: Any) -> tuple[Peer, FakeTransport]:
    transport = FakeTransport()
    return Peer(transport, limits=LIMITS, **fields), transport


def seat(place: Room, **fields: Any) -> tuple[Peer, FakeTransport]:
    peer, transport = person(**fields)
    place.seat_listener(peer)
    return peer, transport


def speak(place: Room, *, seq: int = 0, kind: int = KIND_OPUS, sound: bytes = b"sound") -> bytes:
    frame = encode(FrameHeader(kind, 0, 0, seq, seq * 20), sound)
    place.speak(frame)
    return frame


def report(state: str, delay: float, *, audible: bool) -> PlaybackReport:
    return PlaybackReport(
        action="playbackReport",
        audible=audible,
        state=state,
        ear_delay_ms=delay,
        buffer_ms=50,
        gaps=0,
        last_seq=3,
    )


def test_the_same_bytes_reach_every_listener_in_order() -> None:
    place = room()
    heard = [seat(place)[1] for _ in range(3)]
    sent = [speak(place, seq=seq) for seq in range(5)]
    assert all(transport.frames() == sent for transport in heard)


def test_what_is_no_frame_reaches_nobody() -> None:
    place = room()
    _, transport = seat(place)
    for data in (b"", b"\x01", b"\x09" + bytes(11), b"\x01\x07" + bytes(10), b"\x01\x01" + bytes(4095)):
        with pytest.raises(FrameError):
            place.speak(data)
    assert transport.written == []


def test_a_paused_session_is_silent() -> None:
    place = room(status="paused")
    _, transport = seat(place)
    speak(place)
    assert transport.frames() == []


def test_a_full_room_refuses_but_takes_back_its_own() -> None:
    place = room()
    peers = [seat(place)[0] for _ in range(3)]
    with pytest.raises(Problem) as caught:
        seat(place)
    assert caught.value.code == "SESSION_MAX_LISTENERS_REACHED"
    place.seat_listener(person()[0], resume=peers[0].connection_id)
    assert len(place.listeners) == 3
    assert peers[0].dead


def test_sitting_down_twice_counts_once() -> None:
    place = room()
    peer, _ = seat(place)
    place.seat_listener(peer)
    assert len(place.listeners) == 1


async def test_the_newest_speaker_wins() -> None:
    place = room()
    first, old = person()
    second, new = person()
    _, listener = seat(place)
    place.seat_speaker(first)
    place.seat_speaker(second)
    assert old.closes() == [4001]
    assert place.speaker is second
    place.leave(first)
    assert place.speaker is second
    assert new.closes() == []
    assert listener.kinds() == ["speakerBack"]
    first.gone()


def test_listeners_learn_that_the_speaker_is_away_and_back() -> None:
    place = room()
    speaker, _ = person()
    place.seat_speaker(speaker)
    _, listener = seat(place)
    place.leave(speaker)
    place.seat_speaker(person()[0])
    assert listener.kinds() == ["speakerAway", "speakerBack"]
    assert 0 < listener.messages()[0]["graceMs"] <= 120_000


def test_who_comes_late_learns_why_it_is_silent() -> None:
    place = room()
    place.set_muted(True, None)
    peer, transport = seat(place)
    place.tell_why_silent(peer, returning=False)
    assert transport.kinds() == ["broadcastMuted", "speakerAway"]
    place.seat_speaker(person()[0])
    place.tell_why_silent(peer, returning=True)
    assert transport.kinds()[3:] == ["broadcastMuted", "speakerBack"]


def test_only_the_speakers_copy_repeats_the_request() -> None:
    place = room()
    speaker, told = person()
    place.seat_speaker(speaker)
    _, listener = seat(place)
    place.set_muted(True, "r7")
    assert told.messages()[-1]["requestId"] == "r7"
    assert "requestId" not in listener.messages()[-1]
    assert place.status()["muted"] is True


def test_hearing_counts_only_fresh_reports() -> None:
    place = room()
    peers = [seat(place, target_language=language)[0] for language in ("es", "es", "")]
    peers[0].note_report(report("live", 120, audible=True))
    peers[1].note_report(report("blocked", 0, audible=False))
    peers[2].note_report(report("live", 180, audible=True))
    assert place.status()["hearing"] == {"audible": 2, "blocked": 1, "medianEarDelayMs": 150}
    assert place.status()["languageDistribution"] == {"es": 2}
    peers[0].reported_at -= 7
    assert place.status()["hearing"] == {"audible": 1, "blocked": 1, "medianEarDelayMs": 180}


def test_status_is_pushed_only_when_something_changed() -> None:
    place = room()
    speaker, told = person()
    place.push_status()
    place.seat_speaker(speaker)
    place.push_status()
    place.push_status()
    seat(place)
    place.push_status()
    assert [message["listenerCount"] for message in told.messages()] == [0, 1]


def test_text_listeners_hear_pcm_as_messages() -> None:
    place = room()
    _, text = seat(place, text_only=True)
    _, binary = seat(place)
    frame = speak(place, kind=KIND_PCM16, seq=4, sound=bytes(range(64)))
    assert binary.frames() == [frame]
    assert text.frames() == []
    message = text.messages()[0]
    assert message["type"] == "audio"
    assert message["sequenceNumber"] == 4
    assert base64.b64decode(message["audioData"]) == bytes(range(64))


def test_pcm_sent_beside_opus_reaches_text_listeners_only() -> None:
    place = room()
    _, text = seat(place, text_only=True)
    _, binary = seat(place)
    opus = speak(place, seq=1)
    speak(place, seq=1, kind=KIND_PCM16, sound=bytes(640))
    assert binary.frames() == [opus]
    assert text.kinds() == ["audio"]


def test_the_speaker_is_asked_for_pcm_once_and_released_once() -> None:
    place = room()
    speaker, told = person()
    place.seat_speaker(speaker)
    first, _ = seat(place, text_only=True)
    second, _ = seat(place, text_only=True)
    seat(place)
    place.leave(first)
    place.leave(second)
    asked = [(message["kind"], message["required"]) for message in told.messages()]
    assert asked == [(2, True), (2, False)]


def test_a_returning_speaker_is_asked_again() -> None:
    place = room()
    seat(place, text_only=True)
    speaker, told = person()
    place.seat_speaker(speaker)
    assert told.messages()[0]["type"] == "audioFormatRequired"
    assert told.messages()[0]["required"] is True


def test_a_text_listener_that_comes_back_is_no_news() -> None:
    place = room()
    speaker, told = person()
    place.seat_speaker(speaker)
    first, _ = seat(place, text_only=True)
    second, _ = person(text_only=True)
    place.seat_listener(second, resume=first.connection_id)
    assert told.kinds() == ["audioFormatRequired"]


def test_chunks_reach_everybody_in_one_piece() -> None:
    place = room()
    _, binary = seat(place)
    _, text = seat(place, text_only=True)
    pcm = array("h", range(640)).tobytes()
    chunk = SendAudio(action="sendAudio", audio_data=base64.b64encode(pcm).decode())
    place.speak_text(chunk)
    assert len(binary.written) == 1
    assert b"".join(frame[12:] for frame in binary.frames()) == pcm
    assert len(text.written) == 1
    assert place.next_seq == 2
    place.speak_text(SendAudio(action="sendAudio", audio_data="AAAA"[:0] + base64.b64encode(b"ab").decode()))
    assert place.next_seq == 2


def test_missed_frames_are_found_by_number() -> None:
    place = room()
    sent = [speak(place, seq=seq) for seq in range(10, 20)]
    assert [seq for seq, _ in place.missed_since(16)] == [17, 18, 19]
    assert [frame for _, frame in place.missed_since(16)] == sent[7:]
    assert place.missed_since(19) == []
    assert len(place.missed_since(3)) == 10


def test_frames_older_than_two_seconds_are_forgotten() -> None:
    place = Room(session(), Limits(replay_s=0), Metrics())
    speak(place)
    assert place.missed_since(-1) == []


def test_a_speaker_that_starts_to_count_anew_replays_nothing_old() -> None:
    place = room()
    for seq in (500, 501, 0, 1):
        speak(place, seq=seq)
    assert place.missed_since(501) == []
    assert [seq for seq, _ in place.missed_since(0)] == [1]


def test_missed_frames_are_not_forced_on_text_listeners() -> None:
    place = room()
    speak(place)
    peer, transport = seat(place, text_only=True)
    place.replay(peer, place.missed_since(-1))
    assert transport.written == []
