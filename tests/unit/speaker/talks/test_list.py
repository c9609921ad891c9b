"""The list of the account's own talks on the speaker page, without a browser."""

import asyncio

import pytest

from pylib.errors import AudioError, AuthError, HttpError
from pylib.protocol import codes
from speaker.talks.own_talk import Numbers, OwnTalk
from tests.support.english import english
from tests.support.fake_page import FakePage
from tests.support.speaker_harness import SpeakerHarness

MINUTE_MS = 60_000
CODE = "silver-otter-001"
BETWEEN = [f"{least}\u2013{most}" for least, most in ((1, 5), (5, 15), (15, 30), (30, 60))]
ENDED = OwnTalk(
    CODE,
    "standard",
    "ended",
    begun_at=MINUTE_MS,
    ended_at=46 * MINUTE_MS + 5_000,
    end_reason="ended",
    numbers=Numbers(MINUTE_MS, 12, 20, (3, 0, 7, 0, 0, 10), 2),
)
WAITING = OwnTalk(
    "calm-lake-002", "standard", "active", 5_000, numbers=Numbers(5_000, 1, 1, (1, 0, 0, 0, 0, 0))
)
ELSEWHERE = WAITING._replace(session_id="quick-fox-003", speaks_elsewhere=True)


async def signed_in(*talks: OwnTalk) -> SpeakerHarness:
    stage = SpeakerHarness()
    stage.sessions.talks = list(talks)
    await stage.sign_in()
    return stage


async def unfolded(*talks: OwnTalk) -> SpeakerHarness:
    stage = await signed_in(*talks)
    await unfold(stage)
    return stage


async def unfold(stage: SpeakerHarness) -> None:
    stage.page.dialog("talks", opened=True)
    await stage.do("talks", "toggle")


def rows(stage: SpeakerHarness) -> tuple[FakePage, ...]:
    return stage.page.rows_of["talk-list"]


def told(stage: SpeakerHarness) -> str:
    return stage.page.texts["talks-told"]


def asks(row: FakePage) -> bool:
    return row.visible["talk-question"]


async def press(stage: SpeakerHarness, name: str, row: int = 0) -> None:
    rows(stage)[row].do(name)
    await stage.clock.settle()


async def test_it_is_read_only_when_it_is_unfolded() -> None:
    stage = SpeakerHarness()
    await stage.open()
    assert not stage.page.visible.get("talks")
    stage = await signed_in(ENDED)
    assert stage.sees("talks")
    assert stage.sessions.asked == []
    await unfold(stage)
    assert stage.sessions.asked == ["first 5"]
    assert [row.texts["talk-code"] for row in rows(stage)] == [CODE]
    stage.page.dialog("talks", opened=False)
    await stage.do("talks", "toggle")
    assert stage.sessions.asked == ["first 5"]


async def test_a_talk_that_ended_tells_how_it_went() -> None:
    stage = await unfolded(ENDED)
    [row] = rows(stage)
    assert row.texts["talk-when"] == "60000 ms in en"
    assert row.texts["talk-status"] == "Ended"
    shown = [row.texts[name] for name in ("talk-length", "talk-most", "talk-total", "talk-lost")]
    assert shown == ["45:05", "12", "20", "2"]
    assert row.attributes["talk-listened aria-label"] == (
        "How long people listened: under 1 min: 3 · 5 to 15 min: 7 · over 60 min: 10"
    )
    bars = row.rows_of["talk-bars"]
    assert [bar.texts["bar-label"] for bar in bars] == ["<1", *BETWEEN, ">60"]
    assert [bar.texts["bar-count"] for bar in bars] == ["3", "", "7", "", "", "10"]
    assert [bar.attributes["bar data-tenths"] for bar in bars] == ["3", "0", "7", "0", "0", "10"]
    assert not row.visible["talk-buttons"]
    assert told(stage) == ""


async def test_a_talk_in_which_nobody_spoke_has_no_numbers_and_says_why() -> None:
    stage = await unfolded(ENDED._replace(numbers=None, end_reason="speaker-never-came"))
    [row] = rows(stage)
    assert not row.visible["talk-figures"]
    assert row.texts["talk-status"] == "The talk was ended because nobody spoke."
    assert not row.visible["talk-listened"]


async def test_talks_that_go_on_say_where() -> None:
    stage = await unfolded(WAITING, ELSEWHERE)
    assert [row.texts["talk-status"] for row in rows(stage)] == [
        "Waiting for you",
        "Running on another page or device",
    ]
    assert all(row.visible["talk-buttons"] for row in rows(stage))
    assert not any(row.visible["talk-length-figure"] for row in rows(stage))


async def test_an_account_without_talks_reads_so() -> None:
    stage = await unfolded()
    assert told(stage) == "You have given no talk with this account yet."


async def test_more_are_added_below_and_get_the_focus() -> None:
    stage = await unfolded(*(ENDED._replace(session_id=f"calm-lake-{number:03}") for number in range(8)))
    assert len(rows(stage)) == 5
    assert stage.sees("talks-more")
    await stage.do("talks-more")
    assert stage.sessions.asked == ["first 5", "5 5"]
    assert [row.texts["talk-code"][-1] for row in rows(stage)] == list("01234567")
    assert rows(stage)[5].focused == "talk-head"
    assert not stage.sees("talks-more")


async def test_more_that_cannot_be_read_leave_what_is_there() -> None:
    stage = await unfolded(*(ENDED._replace(session_id=f"calm-lake-{number:03}") for number in range(8)))
    stage.sessions.error = refusal(0, codes.NETWORK_ERROR)
    await stage.do("talks-more")
    assert told(stage).startswith("This site cannot be reached.")
    assert (len(rows(stage)), stage.page.focused, stage.sees("talks-more")) == (5, "talks-summary", True)


async def test_it_waits_in_words_and_asks_once() -> None:
    stage = await signed_in(ENDED)
    stage.sessions.answers = asyncio.Event()
    await unfold(stage)
    await unfold(stage)
    assert told(stage) == "One moment …"
    stage.sessions.answers.set()
    await stage.clock.settle()
    assert (told(stage), stage.sessions.asked) == ("", ["first 5"])


async def test_a_waiting_talk_is_continued_here() -> None:
    stage = await unfolded(ENDED, WAITING._replace(status="paused", numbers=Numbers(1, 9, 9, (), 4)))
    await press(stage, "talk-open", 1)
    assert not stage.sees("talks")
    assert "sessionId=calm-lake-002" in stage.connector.last.url
    stage.connector.last.accept()
    stage.connector.last.say({"type": "welcome", "timestamp": 0, "fromSeq": 50})
    await stage.answer("getSessionStatus", "sessionStatus", createdAt=stage.clock.now_ms() - 60_000)
    assert stage.state == "paused"
    assert stage.page.texts["session-id"] == "calm-lake-002"
    assert stage.creator.asked == []
    await stage.do("end")
    await stage.press("end-confirm", "endSession", "sessionEnded")
    assert stage.page.texts["summary-listeners"] == "9"
    assert stage.page.texts["summary-lost"] == "5"
    assert stage.sees("talks")
    assert stage.page.attributes.get("talks open") is None


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (codes.SESSION_INACTIVE, "Your talk ended while you were away."),
        (codes.SESSION_NOT_FOUND, "Your talk ended while you were away."),
        (
            codes.AUTH_UNAUTHORIZED,
            "This talk belongs to another account. Sign in with the one that started it.",
        ),
    ],
)
async def test_a_talk_that_cannot_be_continued_says_why(code: str, said: str) -> None:
    stage = await unfolded(WAITING)
    await press(stage, "talk-open")
    stage.connector.last.accept()
    stage.connector.last.drop(1008, code)
    await stage.clock.settle()
    assert stage.notice == said
    assert not stage.sees("found")
    assert stage.sees("talks")


async def test_a_microphone_that_is_denied_leaves_the_talk_to_be_tried_again() -> None:
    stage = await unfolded(WAITING)
    await press(stage, "talk-open")
    stage.connector.last.accept()
    stage.connector.last.say({"type": "welcome", "timestamp": 0})
    stage.microphone.errors[""] = AudioError("", code=codes.MICROPHONE_DENIED)
    await stage.answer("getSessionStatus", "sessionStatus", createdAt=0)
    assert stage.sees("found")
    assert stage.page.texts["found-id"] == "calm-lake-002"


async def test_a_talk_is_ended_only_after_a_question() -> None:
    stage = await unfolded(ENDED, ELSEWHERE)
    row = rows(stage)[1]
    await press(stage, "talk-end", 1)
    assert asks(row)
    assert (row.focused, row.texts["talk-question-text"]) == ("talk-end-yes", "End the talk for everybody?")
    await press(stage, "talk-end-no", 1)
    assert not asks(row)
    assert (row.focused, stage.sessions.ended) == ("talk-end", [])
    await press(stage, "talk-end", 1)
    await press(stage, "talk-end-yes", 1)
    assert stage.sessions.ended == ["quick-fox-003"]
    assert (row.texts["talk-status"], asks(row)) == ("Ended", False)
    assert told(stage) == "That talk has ended."
    assert stage.page.focused == "talks-summary"


async def test_an_end_that_is_confirmed_while_more_are_read_comes_after_that() -> None:
    stage = await unfolded(*(WAITING._replace(session_id=f"calm-lake-{number:03}") for number in range(8)))
    stage.sessions.answers = asyncio.Event()
    await stage.do("talks-more")
    await stage.do("talks-more")
    await press(stage, "talk-end")
    stage.sessions.answers.set()
    await stage.clock.settle()
    assert asks(rows(stage)[0])
    assert stage.sessions.asked == ["first 5", "5 5"]
    stage.sessions.answers.clear()
    await unfold(stage)
    await press(stage, "talk-end-yes")
    stage.sessions.answers.set()
    await stage.clock.settle()
    assert stage.sessions.ended == ["calm-lake-000"]
    assert told(stage) == "That talk has ended."


def refusal(status: int, code: str) -> HttpError:
    return HttpError("", status_code=status, code=code)


@pytest.mark.parametrize(
    ("error", "said", "read_again"),
    [
        (
            refusal(404, codes.SESSION_NOT_FOUND),
            "This talk cannot be found any more. You can start another.",
            True,
        ),
        (refusal(409, codes.SESSION_INACTIVE), "This talk has ended. You can start another.", True),
        (
            refusal(403, codes.AUTH_UNAUTHORIZED),
            "This talk belongs to another account. Sign in with the one that started it.",
            True,
        ),
        (
            refusal(0, codes.NETWORK_ERROR),
            "This site cannot be reached. Check your internet connection, then try again.",
            False,
        ),
        (
            refusal(429, codes.RATE_LIMIT_EXCEEDED),
            "Too many tries in a short time. Please wait a minute, then try again.",
            False,
        ),
    ],
)
async def test_a_talk_that_cannot_be_ended_says_why(error: HttpError, said: str, read_again: bool) -> None:
    stage = await unfolded(ELSEWHERE)
    await press(stage, "talk-end")
    stage.sessions.error = error
    await press(stage, "talk-end-yes")
    assert told(stage) == said
    assert (len(stage.sessions.asked) == 2) == read_again
    assert rows(stage)[0].visible["talk-buttons"]


async def test_a_list_that_cannot_be_read_says_why_and_can_be_opened_again() -> None:
    stage = await signed_in(ENDED)
    stage.sessions.error = refusal(503, codes.SERVICE_UNAVAILABLE)
    await unfold(stage)
    assert told(stage) == "This site is busy at the moment. Please try again in a few minutes."
    await unfold(stage)
    assert (told(stage), len(rows(stage))) == ("", 1)


@pytest.mark.parametrize(
    "error", [refusal(401, codes.AUTH_SIGN_IN_REQUIRED), AuthError("", code=codes.AUTH_TOKEN_EXPIRED)]
)
async def test_a_sign_in_that_ran_out_asks_for_another(error: Exception) -> None:
    stage = await signed_in(ENDED)
    stage.sessions.error = error
    await unfold(stage)
    assert stage.sees("login-form")
    assert "sign in again" in stage.notice
    assert not stage.sees("talks")


async def test_nothing_of_one_account_is_left_for_the_next() -> None:
    stage = await unfolded(ENDED)
    stage.sessions.answers = asyncio.Event()
    await unfold(stage)
    await stage.do("sign-out")
    assert rows(stage) == ()
    first_answers, stage.sessions.answers = stage.sessions.answers, None
    stage.sessions.talks = [WAITING]
    await stage.do("login-form", "submit")
    await unfold(stage)
    first_answers.set()
    await stage.clock.settle()
    assert [row.texts["talk-code"] for row in rows(stage)] == ["calm-lake-002"]


async def test_while_a_talk_runs_the_list_is_out_of_the_way() -> None:
    stage = await unfolded(ENDED)
    await stage.do("start-form", "submit")
    assert not stage.sees("talks")
    await stage.answer("getSessionStatus", "sessionStatus", createdAt=stage.clock.now_ms())
    assert stage.state == "live"
    assert not stage.sees("talks")


async def test_an_open_list_changes_its_language() -> None:
    stage = await unfolded(ENDED)
    stage.app.refresh()
    german = english("speaker")
    german.language = "de"
    german.sentences = {**german.sentences, "talk.ended": "Beendet"}
    stage.speaker_page.set_texts(german)
    assert rows(stage)[0].texts["talk-status"] == "Beendet"
    assert rows(stage)[0].texts["talk-when"] == "60000 ms in de"
