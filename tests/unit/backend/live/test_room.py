import pytest

from backend.problems import Problem
from pylib.protocol.client_messages import PlaybackReport
from pylib.protocol.server_messages import Hearing
from tests.support.server_clock import ServerClock
from tests.unit.backend.live.room_harness import LIMITS, person, publish, room, seat


def report(state: str, delay: float, *, audible: bool, last_seq: int = 0) -> PlaybackReport:
    return PlaybackReport(
        action="playbackReport",
        audible=audible,
        state=state,
        ear_delay_ms=delay,
        buffer_ms=50,
        gaps=0,
        last_seq=last_seq,
    )


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
    place.send_silence_reason(peer, returning=False)
    assert transport.kinds() == ["broadcastMuted", "speakerAway"]
    place.seat_speaker(person()[0])
    place.send_silence_reason(peer, returning=True)
    assert transport.kinds()[3:] == ["broadcastMuted", "speakerBack"]


def test_only_the_speakers_copy_repeats_the_request() -> None:
    place = room()
    speaker, told = person()
    place.seat_speaker(speaker)
    _, listener = seat(place)
    place.set_muted(True, "r7")
    assert told.messages()[-1]["requestId"] == "r7"
    assert "requestId" not in listener.messages()[-1]
    assert place.status().muted is True


async def test_hearing_counts_only_fresh_reports() -> None:
    place = room()
    peers = [seat(place, target_language=language)[0] for language in ("es", "es", "")]
    publish(place, 0)
    place.places.note_report(peers[0], report("live", 120, audible=True))
    place.places.note_report(peers[1], report("blocked", 0, audible=False))
    place.places.note_report(peers[2], report("live", 180, audible=True))
    assert place.status().hearing == Hearing(audible=2, blocked=1, median_ear_delay_ms=150)
    assert place.status().language_distribution == {"es": 2}
    peers[0].reported_at -= 7
    assert place.status().hearing == Hearing(audible=1, blocked=1, median_ear_delay_ms=180)


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


async def test_the_speaker_is_asked_for_pcm_once_and_released_once() -> None:
    clock = ServerClock()
    place = room(clock)
    speaker, told = person()
    place.seat_speaker(speaker)
    first, _ = seat(place, text_only=True)
    second, _ = seat(place, text_only=True)
    seat(place)
    place.leave(first)
    place.leave(second)
    await clock.advance(LIMITS.pcm_release_s)
    asked = [(message["kind"], message["required"]) for message in told.messages()]
    assert asked == [(2, True), (2, False)]


def test_a_text_listener_that_comes_back_is_no_news() -> None:
    place = room()
    speaker, told = person()
    place.seat_speaker(speaker)
    first, _ = seat(place, text_only=True)
    second, _ = person(text_only=True)
    place.seat_listener(second, resume=first.connection_id)
    assert told.kinds() == ["audioFormatRequired"]
