"""Everything the API answers is in its own description: schemathesis over the served /openapi.json."""

import asyncio
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from backend.metrics import Metrics
from tests.support.server import running_server

PROGRAM = Path(sys.executable).with_name("schemathesis")
SETTINGS = Path(__file__).with_name("schemathesis.toml")
SEED = "1"


class Outcome(NamedTuple):
    """The program's exit code and words, and how often each operation was really called."""

    code: int
    report: str
    calls: Counter[str]


async def check(folder: Path, examples: int) -> Outcome:
    """Run every check on every operation, then stateful sequences."""
    async with running_server(
        folder,
        creations_per_hour=10**6,
        changes_per_minute=10**6,
        lists_burst=10**6,
        misses_burst=10**6,
        batches_per_minute=10**6,
    ) as server:
        process = await asyncio.create_subprocess_exec(
            PROGRAM, "--no-color", "--config-file", SETTINGS, "run", f"{server.url}/openapi.json",
            "--header", f"Authorization: Bearer {server.token()}",
            "--max-examples", str(examples), "--seed", SEED,
            cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        try:
            report, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode is not None
        return Outcome(process.returncode, report.decode(), counted(server.metrics))


def counted(metrics: Metrics) -> Counter[str]:
    """Requests by operation, out of the server's own metrics."""
    calls: Counter[str] = Counter()
    for sample in (one for family in metrics.requests.collect() for one in family.samples):
        if sample.labels["route"].startswith("/sessions"):
            calls[f"{sample.labels['method']} {sample.labels['route']}"] += int(sample.value)
    return calls


def assert_clean(outcome: Outcome, examples: int) -> None:
    assert outcome.code == 0, outcome.report
    assert "8 selected / 8 total" in outcome.report
    # The other operations, such as /health, have no input to vary.
    assert len(outcome.calls) == 5
    assert min(outcome.calls.values()) >= examples, outcome.calls


async def test_no_5xx_and_no_undocumented_answer_in_200_examples_of_every_operation(tmp_path: Path) -> None:
    assert_clean(await check(tmp_path, 200), 200)


@pytest.mark.soak
@pytest.mark.timeout(1200)
async def test_no_5xx_and_no_undocumented_answer_in_1000_examples_of_every_operation(tmp_path: Path) -> None:
    assert_clean(await check(tmp_path, 1000), 1000)
