"""Many trials at once, and what they came to as a table."""

import asyncio
import random
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from statistics import quantiles
from typing import Any

from tests.integration.faults.kinds import Kind
from tests.integration.faults.numbered import speech_blocks
from tests.integration.faults.scene import scene
from tests.integration.faults.trial import Outcome, Trial, broken_promises
from tests.support.server import RunningServer, running_server

HEADINGS = (
    "kind",
    "creation",
    "place",
    "runs",
    "well",
    "lost",
    "twice",
    "disorder",
    "reconnects",
    "back p50 / p95",
    "speaker saw",
    "listener saw",
)
COLUMNS = "{:30}{:11}{:9}{:>5}{:>5}{:>6}{:>6}{:>9}{:>11}{:>17}{:>12}{:>13}"


async def run_all(kinds: Iterable[tuple[Kind, int]], tmp_path: Path, *, at_once: int) -> list[Outcome]:
    """Run each kind with its seed."""
    turns = asyncio.Semaphore(at_once)
    blocks = speech_blocks()
    async with running_server(tmp_path, creations_per_hour=10**6) as shared:

        async def one(number: int, kind: Kind, seed: int) -> Outcome:
            async with turns:
                return await _run(kind, seed, shared, tmp_path / f"own-{number}", blocks)

        tasks = [one(number, kind, seed) for number, (kind, seed) in enumerate(kinds)]
        return list(await asyncio.gather(*tasks))


async def _run(kind: Kind, seed: int, shared: RunningServer, data_dir: Path, blocks: list[Any]) -> Outcome:
    dice = random.Random(f"{kind.name} {kind.place} {seed}")
    try:
        async with scene(kind, shared, data_dir, blocks, dice) as stage:
            return await Trial(kind, stage, dice).run()
    except Exception as error:  # noqa: BLE001 - one trial's trouble is a line of the table
        return Outcome(kind, False, 0, 0, 0, 0, None, None, None, 0, repr(error))


def table(outcomes: list[Outcome]) -> str:
    """One line for each kind, and below it what broke a promise."""
    lines = [COLUMNS.format(*HEADINGS)]
    for kind, group in groupby(outcomes, key=lambda outcome: outcome.kind):
        runs = list(group)
        lines.append(COLUMNS.format(*kind[:3], *_figures(runs)))
        lines += [f"    {problem}" for run in runs for problem in broken_promises(run)]
    return "\n".join(lines)


def _figures(runs: list[Outcome]) -> tuple[object, ...]:
    return (
        len(runs),
        sum(run.recovered for run in runs),
        sum(run.lost for run in runs),
        sum(run.doubled for run in runs),
        sum(run.disordered for run in runs),
        sum(run.reconnects for run in runs),
        _spread([run.back_s for run in runs]),
        _longest([run.speaker_noticed_s for run in runs]),
        _longest([run.listener_noticed_s for run in runs]),
    )


def _spread(times: list[float | None]) -> str:
    known = [time for time in times if time is not None]
    if not known:
        return "-"
    cuts = quantiles(known * 2, n=20, method="inclusive")
    return f"{cuts[9]:.2f} / {cuts[18]:.2f} s"


def _longest(times: list[float | None]) -> str:
    known = [time for time in times if time is not None]
    return f"{max(known):.1f} s" if known else "-"
