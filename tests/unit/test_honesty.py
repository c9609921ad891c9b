"""The watch over what a page says, from the journeys: it counts true lies, and no standstill of the page."""

import json
import subprocess

import pytest

from tests.support.import_graph import TOP
from tools.node import ensure_node

Look = tuple[int, str, float, float]

SILENCE, SPEECH = 0.0, 0.1


def lies(looks: list[Look]) -> int:
    """How many of these looks find a lie: (milliseconds, state, loudness, seconds that the record lags)."""
    judge = (TOP / "tests" / "e2e" / "honesty.js").read_text()
    program = f"""{judge}
        const honesty = new Honesty(1e-4);
        console.log({json.dumps(looks)}.filter((look) => honesty.look(...look)).length)"""
    told = subprocess.run(
        [ensure_node(), "-e", program], capture_output=True, text=True, timeout=60, check=True
    )
    return int(told.stdout)


def every_250_ms(state: str, loudness: float, lag_s: float = 0.04) -> list[Look]:
    """Two seconds of looks."""
    return [(number * 250, state, loudness, lag_s) for number in range(9)]


def test_live_without_sound_is_a_lie_after_a_second() -> None:
    assert lies(every_250_ms("live", SILENCE)) == 4


@pytest.mark.parametrize(("state", "loudness"), [("live", SPEECH), ("buffering", SILENCE)])
def test_the_truth_is_no_lie(state: str, loudness: float) -> None:
    assert lies(every_250_ms(state, loudness)) == 0


def test_looks_that_a_busy_page_takes_late_or_together_are_no_lies() -> None:
    """The page's thread stood still for seconds, again and again, and takes four looks after each."""
    bunches = [
        (second * 3000 + number * 20, "live", SILENCE, 0.04) for second in range(4) for number in range(4)
    ]
    assert lies(bunches) == 0


def test_a_record_that_lags_says_nothing() -> None:
    assert lies(every_250_ms("live", SILENCE, lag_s=2.0)) == 0
