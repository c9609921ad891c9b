"""What is known, for each state, and the sentences that tell it."""

import json
import re

import pytest

from backend.figures.tally import ModeTally, RolloutSetting
from backend.rollout.judge import (
    ALIKE,
    HTTP_BETTER,
    HTTP_WORSE,
    ONE_MODE,
    TOO_FEW,
    Judgement,
    judge,
    needed,
)
from backend.rollout.verdict import fell_back, told, verdict
from tests.unit.backend.rollout.tallies import DAY_MS, SINCE_MS, mode, tally

NOTHING = mode(0, 0)


def judged(
    http: ModeTally,
    websocket: ModeTally,
    percent: int | None = 10,
    *,
    on: bool | None = True,
    days: float = 10,
    per_user: float = 1.0,
) -> Judgement:
    setting = RolloutSetting(on, percent)
    return judge(tally(http, websocket), setting, per_user, SINCE_MS + round(days * DAY_MS))


def test_too_few_says_how_many_there_are_and_how_many_are_needed() -> None:
    known = judged(mode(209, 5), mode(1900, 40))
    assert known.state == TOO_FEW
    assert verdict(known).sentence == (
        "Stay at 10 %: 2,154 creations so far, 214 of them over HTTP; about 540 more are needed to see a "
        "difference of 5 points."
    )
    why = verdict(known).why
    assert "Over HTTP 209 of 214 starts went well (97.7 %), over WebSocket 1,900 of 1,940 starts" in why
    assert re.search(r"HTTP is something between \d\.\d points worse and \d\.\d points better\.", why)
    assert "come back" not in why


def test_a_beginning_says_what_it_waits_for() -> None:
    known = judged(NOTHING, NOTHING, days=0)
    assert verdict(known).sentence.startswith("Stay at 10 %: nothing yet; about ")
    assert (known.state, known.difference, known.median_difference_s) == (TOO_FEW, None, None)
    assert "Both ways must be in use" in verdict(judged(NOTHING, mode(5, 0), days=0)).why


def test_a_setting_that_is_not_known_is_no_reason_to_say_nothing() -> None:
    known = judged(mode(20, 0), mode(30, 0), None, on=None, days=1)
    assert verdict(known).sentence.startswith("Stay as you are: 50 creations so far, 20 of them over HTTP;")
    assert verdict(judged(mode(900, 100), mode(999, 1), None, on=None)).sentence.startswith("Go back: ")
    assert verdict(judged(mode(999, 1), mode(900, 100), None, on=None)).sentence.startswith("Go on: ")


def test_a_team_with_twenty_talks_a_month_reads_why_too_few_is_fine() -> None:
    known = judged(mode(2, 0), mode(18, 0), days=30)
    assert (known.state, known.small_team) == (TOO_FEW, True)
    assert verdict(known).sentence.startswith(
        "Too few to tell, and that is fine: 20 creations so far, about 20 in a month, and a difference of "
        "5 points would take about "
    )
    assert "You need no statistics" in verdict(known).why
    assert "two weeks" in verdict(known).advice
    assert not judged(mode(2, 0), mode(18, 0), days=0.5).small_team


def test_alike_says_how_far_apart_at_most_and_names_the_next_step() -> None:
    known = judged(mode(9000, 100), mode(9100, 90), 50)
    assert known.state == ALIKE
    assert verdict(known).sentence == (
        "Go on to 100 %: both ways are equally healthy, within 0.8 points (95 % sure, however often you "
        "look)."
    )
    assert '"http_session_rollout_percent": 100' in verdict(known).advice
    assert verdict(judged(mode(990, 10), mode(9900, 100))).sentence.startswith("Go on to 50 %: both ways")


def test_before_half_of_the_users_are_in_ways_may_be_less_alike() -> None:
    counts = mode(490, 10), mode(490, 10)
    assert judged(*counts, 10).state == ALIKE
    assert judged(*counts, 50).state == TOO_FEW


def test_http_worse_says_go_back_by_which_line() -> None:
    known = judged(mode(180, 34), mode(1900, 40))
    assert known.state == HTTP_WORSE
    assert re.fullmatch(
        r"Go back: WebSocket is healthier, by about 13\.8 successful starts of a hundred and by at least "
        r"\d\.\d \(95 % sure, however often you look\)\.",
        verdict(known).sentence,
    )
    assert '"use_http_session_creation": false' in verdict(known).advice
    assert "CDN" in verdict(known).advice
    assert re.fullmatch(
        r"The rollout guard fell back to the older way: over HTTP 180 of 214 starts went well \(84\.1 %\), "
        r"over WebSocket 1,900 of 1,940 starts went well \(97\.9 %\), so HTTP is worse by at least \d\.\d "
        r"points? \(95 % sure, however often you look\)\.",
        fell_back(known),
    )


def test_how_few_made_up_failures_turn_a_young_count_is_what_the_document_says() -> None:
    """docs/rollout.md: what somebody with bad intentions can do."""
    assert judged(mode(100, 3), mode(900, 0)).state == TOO_FEW
    assert judged(mode(100, 4), mode(900, 0)).state == HTTP_WORSE
    for times, made_up in ((1, 25), (10, 80)):
        http, websocket = mode(980 * times, 20 * times + made_up), mode(8820 * times, 180 * times)
        assert judged(http, websocket).state == HTTP_WORSE
        assert (
            judged(http._replace(days_failed=http.days_failed - made_up // 5), websocket).state != HTTP_WORSE
        )


def test_http_better_says_go_on() -> None:
    known = judged(mode(2000, 10), mode(1800, 200), 50)
    assert known.state == HTTP_BETTER
    assert verdict(known).sentence.startswith(
        "Go on to 100 %: HTTP is healthier, by about 9.5 successful starts of a hundred and by at least "
    )
    assert "raise http_session_rollout_percent" not in verdict(known).advice


def test_with_a_percentage_of_their_own_operators_are_sent_to_the_next_step() -> None:
    assert verdict(judged(mode(9000, 100), mode(9100, 90), 30)).sentence.startswith("Go on to 50 %: ")
    assert verdict(judged(mode(9000, 100), mode(9100, 90), 99)).sentence.startswith("Go on to 100 %: ")


@pytest.mark.parametrize(
    ("on", "percent", "sentence"),
    [
        (False, 10, "Everybody creates over WebSocket: 95 of 100 creations went well"),
        (True, 0, "Everybody creates over WebSocket: 95 of 100 creations went well"),
        (True, 100, "Everybody creates over HTTP: nothing is counted yet"),
    ],
)
def test_one_mode_alone_cannot_be_compared(on: bool, percent: int, sentence: str) -> None:
    known = judged(NOTHING, mode(95, 5), percent, on=on)
    assert known.state == ONE_MODE
    assert verdict(known).sentence == sentence + ", and there is nothing to compare with."
    assert "use_http_session_creation" in verdict(known).advice


def test_users_who_come_back_count_as_one() -> None:
    """What would be proof from different users may be one user's bad month."""
    counts = mode(270, 30), mode(2990, 10)
    assert judged(*counts).state == HTTP_WORSE
    known = judged(*counts, per_user=20)
    assert known.state == TOO_FEW
    assert known.needed > judged(mode(285, 15), mode(2990, 10)).needed
    assert "so 20.0 count as one" in verdict(known).why


def test_medians_are_told_with_how_sure_they_are() -> None:
    known = judged(mode(900, 10, 2.0), mode(900, 10, 1.0), 50)
    assert known.median_difference_s is not None
    assert 0.5 < known.median_difference_s.low < 1 < known.median_difference_s.high < 1.5
    why = "Half of the starts took at most {:.2g} s over HTTP and {:.2g} s over WebSocket"
    assert f"{why.format(1.9, 0.93)}: HTTP is surely slower." in verdict(known).why
    assert "HTTP is surely faster" in verdict(judged(mode(900, 10, 1.0), mode(900, 10, 2.0), 50)).why
    assert "which may be chance" in verdict(judged(mode(9, 0, 1.0), mode(9, 0, 2.0), 50, days=1)).why
    assert "Half of" not in verdict(judged(mode(0, 900), mode(900, 0))).why


def test_as_json_it_has_the_keys_of_the_contract_and_no_infinity() -> None:
    few = told(judged(mode(1, 0), mode(1, 0), days=1))
    assert list(few) == ["state", "sentence", "why", "advice", "difference", "medianDifferenceS"]
    assert (list(few["difference"]), few["medianDifferenceS"]) == (["low", "middle", "high"], None)
    many = told(judged(mode(900, 10, 2.0), mode(900, 10), 50))
    assert list(many["medianDifferenceS"]) == ["low", "middle", "high"]
    json.dumps([few, many], allow_nan=False)
    assert told(judged(NOTHING, NOTHING))["difference"] is None


def test_the_number_that_is_needed_is_where_expected_counts_are_enough() -> None:
    assert needed(0.1, 0.98, 0.05) == pytest.approx(2430, rel=0.02)
    assert needed(0.5, 0.98, 0.05) < needed(0.1, 0.98, 0.05) < needed(0.1, 0.98, 0.02)
    assert needed(0.5, 0.01, 0.05) > 0


def test_what_should_be_enough_and_is_not_is_waited_for_a_little_longer() -> None:
    known = judged(mode(9000, 500), mode(9160, 340), 50)
    assert known.state in (TOO_FEW, HTTP_WORSE)
    close = judged(mode(5000, 150), mode(5040, 110), 50)
    assert close.state == TOO_FEW
    assert close.needed == round(10300 * 0.25)


@pytest.mark.parametrize("counts", [(0, 0), (1, 0), (0, 1), (10**7, 10**6)])
@pytest.mark.parametrize("percent", [0, 1, 50, 99, 100, None])
def test_every_tally_has_a_sentence(counts: tuple[int, int], percent: int | None) -> None:
    for http in (NOTHING, mode(*counts)):
        words = verdict(judged(http, mode(*counts), percent))
        assert all(text.endswith(".") and "nan" not in text and "inf" not in text for text in words)
