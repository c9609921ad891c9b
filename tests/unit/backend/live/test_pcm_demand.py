"""How often a speaker is asked for PCM, and what becomes of one who cannot send it."""

from backend.live.room import Room
from backend.ws import greetings
from tests.support.server_clock import ServerClock
from tests.unit.backend.live.fake_transport import FakeTransport
from tests.unit.backend.live.room_harness import LIMITS, person, room, seat


def with_speaker(clock: ServerClock) -> tuple[Room, FakeTransport]:
    place = room(clock)
    speaker, told = person(clock=clock)
    place.seat_speaker(speaker)
    return place, told


def asked(told: FakeTransport) -> list[bool]:
    return [message["required"] for message in told.messages() if message["type"] == "audioFormatRequired"]


async def test_a_text_only_joiner_in_a_loop_costs_the_speaker_two_messages_in_ten_seconds() -> None:
    clock = ServerClock()
    place, told = with_speaker(clock)
    for _ in range(2850):
        peer, _ = seat(place, text_only=True)
        place.leave(peer)
    assert asked(told) == [True]
    await clock.advance(60)
    assert asked(told) == [True, False]


async def test_a_loop_that_goes_on_costs_no_more() -> None:
    clock = ServerClock()
    place, told = with_speaker(clock)
    for _ in range(600):
        peer, _ = seat(place, is_older=True)
        await clock.advance(0.05)
        place.leave(peer)
        await clock.advance(0.05)
    assert len(asked(told)) <= 2 * 60 / LIMITS.pcm_release_s


async def test_one_who_comes_back_in_time_is_no_news() -> None:
    clock = ServerClock()
    place, told = with_speaker(clock)
    place.leave(seat(place, text_only=True)[0])
    await clock.advance(LIMITS.pcm_release_s - 1)
    seat(place, text_only=True)
    await clock.advance(60)
    assert asked(told) == [True]


async def test_a_speaker_who_refuses_is_asked_again_after_a_minute() -> None:
    clock = ServerClock()
    place, told = with_speaker(clock)
    _, ears = seat(place, text_only=True)
    place.refuse_pcm()
    place.refuse_pcm()
    assert [message["code"] for message in ears.messages()] == ["AUDIO_FORMAT_UNAVAILABLE"]
    seat(place, text_only=True)
    await clock.advance(LIMITS.pcm_ask_again_s - 1)
    assert asked(told) == [True]
    await clock.advance(1)
    assert asked(told) == [True, True]


async def test_a_newcomer_learns_why_nothing_is_to_be_heard() -> None:
    clock = ServerClock()
    place, _ = with_speaker(clock)
    seat(place, text_only=True)
    place.refuse_pcm()
    peer, ears = seat(place, text_only=True)
    greetings.send_joined(peer, place)
    assert ears.kinds() == ["sessionJoined", "error"]
    peer, ears = seat(place)
    greetings.send_joined(peer, place)
    assert ears.kinds() == ["sessionJoined"]


async def test_a_new_connection_of_one_who_refused_is_not_asked_at_once() -> None:
    clock = ServerClock()
    place, _ = with_speaker(clock)
    seat(place, text_only=True)
    place.refuse_pcm()
    again, told = person(clock=clock)
    place.seat_speaker(again)
    greetings.welcome_speaker(again, place, LIMITS.grace_ms, resumed=True)
    assert asked(told) == [False]
