"""Everything that can happen to a network or a server: the talk goes on by itself, and whole."""

import os
import random
from pathlib import Path

import pytest

from tests.integration.faults.kinds import SMALL_TABLE, long_table
from tests.integration.faults.table import run_all, table
from tests.integration.faults.trial import broken_promises

RESULTS = Path(__file__).parents[3] / "test-results"
SEEDS = int(os.environ.get("LECTERN_SOAK_SEEDS", "20"))
AT_ONCE = 20
RECOVERING = 0.995
TRIES = 3


async def test_every_kind_of_fault_is_survived_without_a_person(tmp_path: Path) -> None:
    """What broke a promise among the many is tried again by itself: on a busy machine a return may take
    longer than the server keeps sound. Sound that is out of order, or heard twice, is no matter of time."""
    outcomes = await run_all([(kind, 0) for kind in SMALL_TABLE], tmp_path, at_once=len(SMALL_TABLE))
    show(table(outcomes), "faults.txt")
    for number in range(1, TRIES):
        assert [one for one in outcomes if one.doubled or one.disordered] == []
        again = [(one.kind, 0) for one in outcomes if broken_promises(one)]
        if not again:
            return
        outcomes = await run_all(again, tmp_path / f"again-{number}", at_once=1)
        show(table(outcomes), f"faults-again-{number}.txt")
    assert {one.kind[:3]: found for one in outcomes if (found := broken_promises(one))} == {}


@pytest.mark.soak
@pytest.mark.timeout(5400)
async def test_seventy_kinds_of_fault_at_random_moments(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Dice choose the moments. The long kinds come first, so that none is alone at the end."""
    kinds = long_table()
    runs = [(kind, seed) for kind in kinds for seed in range(SEEDS)]
    random.Random(1).shuffle(runs)
    runs.sort(key=lambda run: -run[0].away_s)
    outcomes = await run_all(runs, tmp_path, at_once=AT_ONCE)
    outcomes.sort(key=lambda outcome: kinds.index(outcome.kind))
    with capsys.disabled():
        show(table(outcomes), "faults-soak.txt")
    assert sum(one.recovered for one in outcomes) >= RECOVERING * len(runs)
    assert sum(not broken_promises(one) for one in outcomes) >= RECOVERING * len(runs)
    assert [one for one in outcomes if one.doubled or one.disordered] == []


def show(text: str, name: str) -> None:
    """Print the figures, and leave them among the artifacts."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / name).write_text(text + "\n")
    print("\n" + text)
