"""Older clients send no playback reports: what they take of the sound shows that they listen."""

from backend.live.places import OLDER_DRAINED, OLDER_FAIR
from pylib.protocol.frames import KIND_PCM16
from tests.unit.backend.live.talk_harness import FAIR, Talk


async def test_older_clients_are_judged_by_taking_what_they_are_sent() -> None:
    talk = Talk()
    people = [talk.seat(text_only=True, is_older=True) for _ in range(3)]
    people[2][1].waiting = 100_000
    await talk.speak(OLDER_DRAINED * FAIR, kind=KIND_PCM16, sound=bytes(640))
    assert talk.is_full(), "nobody knows yet whether the third one takes anything"
    await talk.speak((OLDER_FAIR - OLDER_DRAINED) * FAIR, kind=KIND_PCM16, sound=bytes(640))
    assert not talk.is_full()
    assert people[2][0].dead
    assert talk.is_full(), "the others take what they are sent"


async def test_older_clients_who_are_sent_nothing_hold_no_place_for_ever() -> None:
    """A speaker may send no PCM, and then clients that ask for text alone hear nothing."""
    talk = Talk()
    told = [talk.seat(text_only=True, is_older=True)[1] for _ in range(3)]
    await talk.speak(OLDER_FAIR * FAIR - 1)
    assert talk.is_full()
    await talk.speak(1)
    assert not talk.is_full()
    assert told[2].messages()[-1]["code"] == "SESSION_MAX_LISTENERS_REACHED", "a code that they know"


async def test_an_older_client_that_is_slow_now_and_was_not_before_stays() -> None:
    talk = Talk()
    people = [talk.seat(text_only=True, is_older=True) for _ in range(3)]
    await talk.speak(OLDER_DRAINED * FAIR, kind=KIND_PCM16, sound=bytes(640))
    talk.room.places.note_draining()
    for _, transport in people:
        transport.waiting = 100_000
    await talk.speak(2 * FAIR, kind=KIND_PCM16, sound=bytes(640))
    assert talk.is_full()
