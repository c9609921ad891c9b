"""An item of GET /sessions, as the speaker page reads it."""

from typing import Any

import pytest

from pylib.errors import LecternError
from speaker.talk.record import TalkRecord
from speaker.talks.own_talk import Numbers, read_own_talk

OLD: dict[str, Any] = {
    "sessionId": "golden-eagle-427",
    "speakerId": "p",
    "sourceLanguage": "en",
    "qualityTier": "premium",
    "status": "paused",
    "createdAt": 1_000,
    "updatedAt": 1_000,
}
TOLD = {
    "liveAt": 2_000,
    "mostListeners": 7,
    "totalListeners": 9,
    "listened": [1, 2, 0, 0, 0, 6],
    "interruptions": 2,
}
NUMBERS = Numbers(2_000, 7, 9, (1, 2, 0, 0, 0, 6), 2)


def test_a_talk_and_its_numbers() -> None:
    body = {**OLD, "status": "ended", "endedAt": 62_000, "endReason": "expired", "numbers": TOLD, "more": 1}
    talk = read_own_talk(body)
    assert talk.is_over
    assert (talk.begun_at, talk.length_s, talk.end_reason) == (2_000, 60.0, "expired")
    assert talk.numbers == NUMBERS


def test_what_an_older_server_leaves_out() -> None:
    talk = read_own_talk(OLD)
    assert (talk.begun_at, talk.ended_at, talk.length_s, talk.numbers) == (1_000, 0, None, None)
    assert not talk.speaks_elsewhere


@pytest.mark.parametrize(
    "numbers",
    [None, [], "x", {}, {"liveAt": "soon"}, {"liveAt": None, "listened": 3}],
)
def test_numbers_that_make_no_sense_are_none(numbers: object) -> None:
    assert read_own_talk({**OLD, "numbers": numbers}).numbers is None


@pytest.mark.parametrize("listened", [None, 3, [1], [1, 2, 3, 4, 5, "x"], [0] * 7])
def test_a_distribution_of_other_lengths_is_left_out(listened: object) -> None:
    numbers = read_own_talk({**OLD, "numbers": {**TOLD, "listened": listened}}).numbers
    assert numbers is not None
    assert (numbers.listened, numbers.total_listeners) == ((), 9)


def test_what_is_no_talk_is_refused() -> None:
    with pytest.raises(LecternError):
        read_own_talk({"status": "active"})


def test_it_is_continued_as_it_was_left() -> None:
    record = read_own_talk({**OLD, "numbers": TOLD}).record
    assert record == TalkRecord("golden-eagle-427", tier="premium", paused=True, most_listeners=7, lost=2)
    assert read_own_talk({**OLD, "qualityTier": "other"}).record.tier == "standard"
