"""A room filled by one laptop: who hears keeps the place, who only sits there gives way to newcomers."""

import pytest

from backend.live.places import AHEAD_FRAMES, NEAR_FRAMES, REMEMBERED
from backend.live.room import GAVE_WAY
from backend.settings import Limits
from pylib.protocol.codes import CLOSE_TOO_SLOW
from pylib.protocol.frames import FLAG_SILENCE, KIND_PCM16
from pylib.protocol.server_messages import Hearing
from tests.unit.backend.live.room_harness import publish, room, seat
from tests.unit.backend.live.talk_harness import FAIR, Talk


async def test_the_newest_that_never_proved_playback_gives_way_with_a_sentence() -> None:
    talk = Talk()
    (first, _), (second, _), (third, told) = talk.fill()
    talk.report(first)
    await talk.speak()
    talk.report(first)
    assert not talk.is_full()
    assert told.closes() == [CLOSE_TOO_SLOW]
    assert told.messages()[-1]["code"] == "SESSION_PLACE_GIVEN_AWAY"
    assert GAVE_WAY.encode() in told.written[-1]
    assert third.dead
    assert not talk.is_full(), "the second has not proved anything either"
    assert second.dead
    assert talk.is_full(), "the others have just come, and the first one hears"
    assert not first.dead


async def test_who_gave_way_and_comes_back_is_a_newcomer() -> None:
    talk = Talk()
    _, _, (third, _) = talk.fill()
    await talk.speak()
    assert not talk.is_full()
    assert not talk.is_full(third.connection_id), "the second gives way"
    assert not talk.is_full(), "and now the first"
    assert talk.is_full(), "three who ousted each other for ever would let nobody listen"


async def test_who_has_just_come_has_a_fair_time() -> None:
    talk = Talk()
    await talk.speak()
    talk.fill()
    assert talk.is_full()
    await talk.speak(FAIR - 1)
    assert talk.is_full()
    await talk.speak(1)
    assert not talk.is_full()


@pytest.mark.parametrize("silence", ["away for a while", "paused", "muted", "frames of silence"])
async def test_while_no_sound_flows_nobody_gives_way(silence: str) -> None:
    talk = Talk()
    talk.fill()
    await talk.speak(FAIR if silence != "frames of silence" else FAIR - 1)
    if silence == "away for a while":
        await talk.clock.advance(3)
    elif silence == "paused":
        talk.room.session = room(status="paused").session
    elif silence == "muted":
        talk.room.set_muted(True, None)
        await talk.speak()
    else:
        await talk.speak(flags=FLAG_SILENCE)
    assert talk.is_full()


async def test_frames_of_a_pause_are_no_sound() -> None:
    talk = Talk(status="paused")
    talk.fill()
    await talk.speak()
    talk.room.session = room().session
    assert talk.is_full()


async def test_who_heard_once_keeps_the_place_on_hold() -> None:
    talk = Talk()
    people = talk.fill()
    await talk.speak(50)
    for peer, _ in people:
        talk.report(peer)
    await talk.speak(2 * FAIR)
    for peer, _ in people:
        talk.report(peer, audible=False, state="paused")
    assert talk.is_full()


async def test_a_page_that_its_listener_has_muted_plays_all_the_same() -> None:
    talk = Talk()
    people = talk.fill()
    await talk.speak()
    for peer, _ in people:
        talk.report(peer, audible=False, state="live")
    assert talk.is_full()
    assert talk.hearing == 0


@pytest.mark.parametrize("state", ["blocked", "buffering", "ready", "hacked"])
async def test_a_page_without_sound_proves_nothing(state: str) -> None:
    talk = Talk()
    people = talk.fill()
    await talk.speak()
    for peer, _ in people:
        talk.report(peer, audible=False, state=state)
    assert not talk.is_full()


@pytest.mark.parametrize("last_seq", [-1, 0, FAIR - NEAR_FRAMES - 2, FAIR + AHEAD_FRAMES, 2**32, 10**30])
async def test_invented_numbers_are_not_heard_and_prove_nothing(last_seq: int) -> None:
    talk = Talk()
    people = talk.fill()
    await talk.speak()
    for peer, _ in people:
        talk.report(peer, last_seq=last_seq)
    assert talk.hearing == 0
    assert not talk.is_full()


@pytest.mark.parametrize("behind", [0, 1, NEAR_FRAMES])
async def test_the_numbers_of_a_network_that_is_slow_count(behind: int) -> None:
    talk = Talk()
    peer, _ = talk.seat()
    await talk.speak()
    talk.report(peer, last_seq=talk.spoken - 1 - behind)
    assert talk.hearing == 1


async def test_a_number_that_is_ahead_proves_nothing() -> None:
    talk = Talk()
    people = talk.fill()
    await talk.speak()
    for peer, _ in people:
        talk.report(peer, last_seq=talk.spoken)
    assert not talk.is_full()


async def test_before_the_first_frame_nobody_hears_but_a_blocked_page_is_told() -> None:
    talk = Talk()
    (first, _), (second, _), _ = talk.fill()
    talk.report(first)
    talk.report(second, audible=False, state="blocked")
    assert talk.room.status().hearing == Hearing(audible=0, blocked=1, median_ear_delay_ms=None)


async def test_a_report_of_the_last_frame_counts_through_a_pause_in_which_the_speaker_goes_on_numbering() -> (
    None
):
    talk = Talk()
    peer, _ = talk.seat()
    await talk.speak(10)
    talk.room.session = room(status="paused").session
    await talk.speak(2 * NEAR_FRAMES)
    talk.report(peer, last_seq=9)
    assert talk.hearing == 1


async def test_a_number_from_before_one_came_proves_nothing() -> None:
    talk = Talk()
    await talk.speak()
    people = talk.fill()
    for peer, _ in people:
        talk.report(peer)
    await talk.speak()
    assert not talk.is_full()


async def test_who_comes_back_brings_the_proof_along() -> None:
    talk = Talk()
    people = [peer for peer, _ in talk.fill()]
    await talk.speak()
    for peer in people:
        talk.report(peer)
    back, _ = talk.seat(people[0].connection_id)
    await talk.speak()
    assert talk.is_full()
    talk.room.leave(back)
    assert talk.is_full(), "its connection broke: the place is kept"
    talk.seat(back.connection_id)
    assert talk.is_full()


async def test_the_place_of_a_broken_connection_is_kept_for_a_while_and_that_of_a_goodbye_is_free() -> None:
    talk = Talk()
    people = [peer for peer, _ in talk.fill()]
    await talk.speak()
    for peer in people:
        talk.report(peer)
    talk.room.leave(people[0])
    assert talk.is_full()
    await talk.clock.advance(Limits().place_kept_s)
    assert not talk.is_full()
    people[1].answer_close()
    talk.room.leave(people[1])
    assert not talk.is_full()


async def test_places_that_were_never_proved_are_free_at_once() -> None:
    talk = Talk()
    people = talk.fill()
    talk.room.leave(people[0][0])
    assert not talk.is_full()


async def test_the_twin_of_a_frame_is_no_second_sound() -> None:
    talk = Talk()
    talk.fill()
    await talk.speak(FAIR // 2)
    publish(talk.room, *range(FAIR // 2), kind=KIND_PCM16, sound=bytes(640))
    await talk.speak(FAIR // 2 - 1)
    assert talk.is_full()


def test_a_room_remembers_no_more_than_so_many_who_left() -> None:
    place = room()
    first, _ = seat(place)
    place.leave(first)
    for _ in range(REMEMBERED):
        place.leave(seat(place)[0])
    assert not place.places.knows(first.connection_id)
