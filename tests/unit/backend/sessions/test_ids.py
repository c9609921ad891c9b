import math
import re

from backend.sessions.ids import ADJECTIVES, NOUNS, draw_session_id
from pylib.protocol.plain import is_session_id
from pylib.protocol.sessions import SESSION_ID_PATTERN


def test_an_id_holds_at_least_29_bits() -> None:
    assert math.log2(len(ADJECTIVES) * len(NOUNS) * 1000) >= 29


def test_every_word_fits_the_pattern() -> None:
    assert all(re.fullmatch("[a-z]{2,20}", word) for word in (*ADJECTIVES, *NOUNS))
    assert len(set(ADJECTIVES)) == len(ADJECTIVES)
    assert len(set(NOUNS)) == len(NOUNS)


def test_ids_fit_the_protocol_and_do_not_repeat() -> None:
    ids = {draw_session_id() for _ in range(2000)}
    assert len(ids) > 1990
    assert all(re.fullmatch(SESSION_ID_PATTERN, one) and is_session_id(one) for one in ids)
