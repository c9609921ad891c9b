import math
import re
from importlib import resources
from itertools import combinations

import pytest

from backend.sessions.ids import ADJECTIVES, NOUNS, draw_session_id
from listener.session_codes import FILLERS, mistakes
from listener.typed_text import SPOKEN_DIGITS
from pylib.protocol.plain import is_session_id
from pylib.protocol.sessions import SESSION_ID_PATTERN

WORDS = sorted({*ADJECTIVES, *NOUNS})

UNFIT = set(
    re.findall(
        r"[a-z]+",
        """
    superior supremacy white black yellow brown race native slave master nazi jew muslim christian pagan
    god devil satan angel holy saint pope prophet gay lesbian trans queer sex sexy naked nude bare bosom
    butt crotch groin thigh lap lick suck swallow moan grope strip hooker virgin condom wet moist horny kinky
    fat obese skinny ugly stupid dumb crazy insane lame cripple deaf blind dwarf midget bald hairy old dead
    death die kill murder suicide corpse grave hang rape gun bomb rifle knife war attack terror drug weed coke
    crack dope drunk beer wine vodka pork pig rat ape monkey swine slug whale cow dog bitch
    cancer virus plague fever poison democrat liberal socialist communist president trump
    """,
    )
)
"""Halves of pairs one would rather not see on a slide in front of a school or a congregation."""

SPELT_TWICE = set(
    re.findall(
        r"[a-z]+",
        """
    donut doughnut yogurt yoghurt omelet omelette pajamas theater theatre catalog harbor harbour cozy sizable
    program programme lasagna lasagne parlor parlour color gray grey tire tyre jewelry plow savor savanna
    airplane center fiber liter dialog armor flavor neighbor mustache check cheque whisky whiskey
    """,
    )
)


def kept_words() -> set[str]:
    """The EFF's three lists, as a maintained package carries them: each line ends with its word."""
    lists = resources.files("xkcdpass") / "static"
    texts = [(lists / name).read_text(encoding="utf-8") for name in ("eff-long", "eff-short", "eff-special")]
    return {line.split()[-1] for text in texts for line in text.splitlines() if line.strip()}


def test_an_id_holds_at_least_29_bits() -> None:
    # The second word is never the first one again.
    assert math.log2(len(set(ADJECTIVES)) * (len(set(NOUNS)) - 1) * 1000) >= 29


def test_words_are_everyday_ones_of_three_to_seven_letters() -> None:
    assert all(re.fullmatch("[a-z]{3,7}", word) for word in WORDS)
    assert set(WORDS) <= kept_words()
    assert len(ADJECTIVES) == len(set(ADJECTIVES))
    assert len(NOUNS) == len(set(NOUNS))


def one_slip_apart(words: list[str]) -> list[tuple[str, str]]:
    """Pairs with one letter left out, added, changed or swapped: without that letter they are equal."""
    alike: dict[str, list[str]] = {}
    for word in words:
        for rest in {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}:
            alike.setdefault(rest, []).append(word)
    pairs = (pair for group in alike.values() for pair in combinations(group, 2))
    return [pair for pair in pairs if mistakes(*pair) < 2]


def test_no_word_is_one_slip_of_the_thumb_from_another() -> None:
    assert one_slip_apart(WORDS) == []


@pytest.mark.parametrize("slip", ["otter", "trotter", "potter", "ortter"])
def test_one_slip_would_be_noticed(slip: str) -> None:
    assert one_slip_apart(["rotter", "eagle", slip]) != []


def test_no_word_has_two_spellings() -> None:
    assert set(WORDS).isdisjoint(SPELT_TWICE)


def test_no_word_is_taken_for_a_spoken_digit() -> None:
    assert set(WORDS).isdisjoint({*SPOKEN_DIGITS, *FILLERS})


def test_no_pair_is_unfit_to_be_read_out() -> None:
    assert set(WORDS).isdisjoint(UNFIT)


def test_ids_fit_the_protocol_and_do_not_repeat() -> None:
    ids = {draw_session_id() for _ in range(2000)}
    assert len(ids) > 1990
    assert all(re.fullmatch(SESSION_ID_PATTERN, one) and is_session_id(one) for one in ids)
    assert all(first != second for first, second, _ in (one.split("-") for one in ids))
