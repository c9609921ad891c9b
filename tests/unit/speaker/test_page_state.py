"""The speaker page's states as a table: facts, and what the page says of them."""

import pytest

from pylib.ui.i18n import phrase
from speaker.page_state import APPEARANCES, Facts, TalkFacts, page_state, unusable

LIVE = TalkFacts()
OVER = TalkFacts(over=True)
GAVE_UP = TalkFacts(connected=False, gave_up=True, close_code=4000)
CUT = Facts(signed_in=True, talk=LIVE, microphone_trouble="microphone.lost")

STATES = [
    (Facts(), "idle", "signed-out"),
    (Facts(signed_in=True), "idle", "idle"),
    (Facts(signed_in=True, found=True), "idle", "found"),
    (Facts(found=True), "idle", "signed-out"),
    (Facts(signed_in=True, failed=True), "error", "error"),
    (Facts(failed=True), "error", "error"),
    (Facts(signed_in=True, creating=True), "creating", "creating"),
    (Facts(signed_in=True, creating=True, found=True, failed=True), "creating", "creating"),
    (Facts(signed_in=True, talk=LIVE), "live", "live"),
    (Facts(signed_in=True, talk=LIVE, failed=True, found=True), "live", "live"),
    (Facts(talk=LIVE), "live", "live"),
    (CUT, "live", "unheard"),
    (CUT._replace(touched=False), "live", "tap"),
    (CUT._replace(talk=TalkFacts(paused=True)), "paused", "paused"),
    (Facts(talk=TalkFacts(paused=True, muted=True)), "paused", "paused"),
    (Facts(talk=TalkFacts(muted=True)), "muted", "muted"),
    (Facts(talk=TalkFacts(connected=False, muted=True)), "reconnecting", "reconnecting"),
    (Facts(talk=GAVE_UP), "reconnecting", "reconnecting"),
    (Facts(talk=TalkFacts(over=True, connected=False, paused=True)), "ended", "ended"),
]

NOTICES = [
    (Facts(), None),
    (Facts(outcome=phrase("notice.talk-over")), "notice.talk-over"),
    (Facts(talk=GAVE_UP, outcome=phrase("x"), microphone_trouble="microphone.lost"), "notice.gave-up"),
    (CUT._replace(outcome=phrase("error.NETWORK_ERROR")), "microphone.lost"),
    (CUT._replace(touched=False, outcome=phrase("error.NETWORK_ERROR")), None),
    (Facts(talk=OVER), None),
    (Facts(talk=TalkFacts(over=True, close_code=4001, close_reason="replaced")), "notice.replaced"),
    (Facts(talk=TalkFacts(over=True, close_reason="expired")), "ending.expired"),
    (Facts(talk=TalkFacts(over=True, close_reason="speaker-left")), "ending.speaker-left"),
    (Facts(talk=TalkFacts(over=True, close_reason="SESSION_NOT_FOUND")), "notice.talk-over"),
    (Facts(talk=TalkFacts(over=True, close_reason="AUTH_TOKEN_EXPIRED")), "error.AUTH_TOKEN_EXPIRED"),
    (Facts(talk=TalkFacts(over=True, close_reason="the speaker ended it")), None),
    (Facts(talk=TalkFacts(connected=False, close_reason="expired")), None),
    (Facts(talk=OVER._replace(close_reason="expired"), outcome=phrase("notice.x")), "notice.x"),
    (Facts(talk=LIVE, microphone_notice="microphone.replaced"), "microphone.replaced"),
    (Facts(talk=LIVE, microphone_notice="microphone.replaced", outcome=phrase("notice.x")), "notice.x"),
]


@pytest.mark.parametrize(("facts", "name", "detail"), STATES)
def test_facts_make_a_state(facts: Facts, name: str, detail: str) -> None:
    state = page_state(facts)
    assert (state.name, state.detail, state.appearance) == (name, detail, APPEARANCES[detail])


@pytest.mark.parametrize(("facts", "key"), NOTICES)
def test_facts_make_a_notice(facts: Facts, key: str | None) -> None:
    notice = page_state(facts).notice
    assert (None if notice is None else notice.key) == key


def test_a_microphone_that_was_replaced_is_named() -> None:
    facts = Facts(talk=LIVE, microphone_notice="microphone.replaced", microphone_label="Desk microphone")
    notice = page_state(facts).notice
    assert notice is not None
    assert notice.values == {"microphone": "Desk microphone"}


def test_every_appearance_is_reached() -> None:
    reached = {page_state(facts).detail for facts, _, _ in STATES} | {unusable(phrase("x")).detail}
    assert reached == set(APPEARANCES)


def test_each_phase_allows_one_kind_of_thing() -> None:
    for detail, appearance in APPEARANCES.items():
        state = unusable(phrase("x"))._replace(detail=detail, appearance=appearance)
        phases = (state.at_rest, state.is_opening, state.is_running, state.is_unusable)
        assert phases.count(True) == 1, detail
        assert bool(appearance.air) == bool(appearance.look) == state.is_running
