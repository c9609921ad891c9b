"""Sound that a busy machine spoilt is taken again; what is wrong in every take is a fault."""

import pytest

from tests.e2e import takes
from tests.e2e.takes import MOST_TAKES, Limits, Take, expect_sound

LIMITS = Limits(gap_ms=60, missing_ms=60)
GOOD = Take(score=0.97, gap_ms=0.4, missing_ms=20)
SPOILT = GOOD._replace(missing_ms=562.5)


def takes_of(monkeypatch: pytest.MonkeyPatch, *given: list[Take]) -> list[list[Take]]:
    """What is recorded, take after take; returns what is left of it."""
    left = list(given)
    monkeypatch.setattr(takes, "record", lambda *_: left.pop(0))
    return left


def test_the_first_take_is_enough_where_it_is_good(monkeypatch: pytest.MonkeyPatch) -> None:
    left = takes_of(monkeypatch, [GOOD, GOOD], [SPOILT, SPOILT])
    expect_sound([], LIMITS, 1)
    assert len(left) == 1


def test_each_listener_needs_one_good_take_and_all_are_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    left = takes_of(monkeypatch, [SPOILT, GOOD], [SPOILT, SPOILT], [GOOD, SPOILT])
    expect_sound([], LIMITS, 1)
    assert left == []
    assert capsys.readouterr().out.count("late 562.5 ms") == 4


@pytest.mark.parametrize(
    "fault", [GOOD._replace(score=0.89), GOOD._replace(gap_ms=61), GOOD._replace(missing_ms=61)]
)
def test_a_fault_of_one_listener_in_every_take_fails(monkeypatch: pytest.MonkeyPatch, fault: Take) -> None:
    left = takes_of(monkeypatch, *[[GOOD, fault]] * (MOST_TAKES + 1))
    with pytest.raises(AssertionError, match=f"no take of {MOST_TAKES}"):
        expect_sound([], LIMITS, 1)
    assert len(left) == 1
