"""Portable: which facts put the listener page in which state, and what of the page follows."""

from typing import Any

from listener.page_state import REFUSALS, WORDS, Facts, PageState, page_state

UNTOUCHED = {
    "outcome": "",
    "has_session": True,
    "tapped": False,
    "blocked": False,
    "ended": False,
    "late": False,
    "saving": False,
    "joined": False,
    "connected": False,
    "paused": False,
    "playing": False,
    "behind": False,
    "cut": False,
    "muted": False,
    "speaker_away": False,
    "speaker_came": False,
    "speaker_paused": False,
    "speaker_muted": False,
}
"""A talk that was found, before the tap."""

LIVE = {"tapped": True, "joined": True, "connected": True, "playing": True, "speaker_came": True}
LATE = dict(LIVE, paused=False, behind=True)
LAST_WORDS = dict(LIVE, joined=False, connected=False, ended=True)

RULES: "tuple[tuple[dict[str, Any], dict[str, Any], str], ...]" = (
    ({}, {}, "ready"),
    ({}, {"speaker_paused": True}, "ready-paused"),
    ({}, {"tapped": True}, "connecting"),
    ({}, {"tapped": True, "blocked": True}, "blocked"),
    ({}, {"tapped": True, "muted": True}, "connecting"),
    (LIVE, {}, "live"),
    (LIVE, {"muted": True}, "muted"),
    (LIVE, {"playing": False}, "buffering"),
    (LIVE, {"playing": False, "muted": True}, "buffering"),
    (LIVE, {"playing": False, "behind": True}, "buffering"),
    (LIVE, {"connected": False}, "reconnecting"),
    (LIVE, {"connected": False, "paused": True}, "reconnecting"),
    (LIVE, {"blocked": True, "connected": False}, "blocked"),
    (LIVE, {"paused": True}, "paused"),
    (LIVE, {"paused": True, "behind": True, "playing": False}, "paused"),
    (LIVE, {"paused": True, "speaker_away": True}, "paused"),
    (LIVE, {"joined": False, "connected": False, "saving": True, "muted": True}, "saving"),
    (LIVE, {"speaker_muted": True}, "speaker-muted"),
    (LIVE, {"speaker_muted": True, "muted": True}, "speaker-muted"),
    (LIVE, {"speaker_muted": True, "speaker_paused": True}, "speaker-paused"),
    (LIVE, {"speaker_away": True, "speaker_paused": True, "speaker_muted": True}, "speaker-away"),
    (LIVE, {"speaker_away": True, "speaker_came": False}, "speaker-expected"),
    (LATE, {}, "behind"),
    (LATE, {"muted": True}, "behind"),
    (LATE, {"cut": True}, "behind-cut"),
    (LATE, {"speaker_away": True}, "behind"),
    (LAST_WORDS, {}, "live"),
    (LAST_WORDS, {"muted": True}, "muted"),
    (LAST_WORDS, {"late": True}, "rest"),
    (LAST_WORDS, {"late": True, "behind": True}, "rest"),
    (LAST_WORDS, {"late": True, "paused": True}, "paused"),
)
"""Facts to begin with, those that differ, and the detail they lead to."""

OUTCOMES = ("looking", "no-code", "unreached", "not-found", "ended", "full", "door-closed", "gave-way")


def facts(*given: "dict[str, Any]") -> Facts:
    fields: dict[str, Any] = dict(UNTOUCHED)
    for each in given:
        fields.update(each)
    return Facts(**fields)


def state(*given: "dict[str, Any]") -> PageState:
    return page_state(facts(*given))


def test_facts_lead_to_the_state_in_full_and_that_to_its_word() -> None:
    for base, given, detail in RULES:
        found = state(base, given)
        assert (found.detail, found.word) == (detail, WORDS[detail]), given


def test_an_outcome_outranks_everything() -> None:
    for outcome in OUTCOMES:
        for base in ({}, LIVE, LATE, LAST_WORDS):
            assert state(base, {"outcome": outcome}).detail == outcome


def test_every_detail_is_reached_by_some_facts() -> None:
    reached = {detail for _, _, detail in RULES} | set(OUTCOMES)
    assert reached == set(WORDS) - {"broken"}, "the page is broken before there are any facts"


def test_a_refusal_leads_to_an_outcome() -> None:
    assert set(REFUSALS.values()) <= set(OUTCOMES)


def test_the_big_button_is_there_while_a_tap_is_wanted_and_the_controls_after_it() -> None:
    for given, offers_listen, started in (
        ({}, True, False),
        ({"has_session": False}, False, False),
        ({"tapped": True}, False, True),
        ({"tapped": True, "blocked": True}, True, False),
        ({"outcome": "full"}, True, False),
        ({"outcome": "looking", "has_session": False}, False, False),
        ({"outcome": "ended"}, False, False),
        (LIVE, False, True),
    ):
        found = state(given)
        assert (found.offers_listen, found.started) == (offers_listen, started), given


def test_a_code_is_asked_for_where_it_may_lead_to_a_talk() -> None:
    for outcome, asks_code in (
        ("no-code", True),
        ("unreached", True),
        ("not-found", True),
        ("ended", True),
        ("full", False),
        ("looking", None),
        ("", False),
    ):
        assert state({"outcome": outcome}).asks_code is asks_code, outcome


def test_a_loss_is_urgent_and_the_speakers_absence_is_waited_for() -> None:
    for base, given, urgent, waiting in (
        (LIVE, {}, False, False),
        (LIVE, {"connected": False}, True, False),
        (LIVE, {"blocked": True}, True, False),
        (LIVE, {"speaker_away": True}, True, True),
        (LIVE, {"speaker_away": True, "speaker_came": False}, False, True),
        (LIVE, {"speaker_paused": True}, False, True),
        (LIVE, {"paused": True}, False, False),
    ):
        found = state(base, given)
        assert (found.urgent, found.waiting) == (urgent, waiting), given
