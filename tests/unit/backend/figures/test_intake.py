"""A page that makes figures up grows nothing, and moves the figures of others by no more than its share."""

import gc
import json
import random
import tracemalloc

from backend.figures.counts import snapshot, value
from backend.figures.intake import MALFORMED, TAKEN, Intake
from backend.figures.users import DAYS_PER_ADDRESS
from backend.metrics import Metrics
from backend.settings import Limits
from pylib.protocol.figures import Action, Connect, SpeakerFigures, speaker_batch
from tests.support.counts import count_of
from tests.support.server_clock import ServerClock

HOSTILE_BATCHES = 10_000
ALL_MOST_SERIES = 1000
"""More than all label values of what pages tell make: 2 pages, 3 actions, 3 modes, 66 codes, ..."""

HONEST = speaker_batch(
    SpeakerFigures(
        "http",
        [Action("start", "ok", "", 300.0, 900.0, True)],
        [Connect(True, True, 80.0)],
        [1, 0, 0, 0],
        [0, 0],
    )
).encode()


class Gate:
    """An intake, with the clock that its limits go by."""

    def __init__(self) -> None:
        self.clock, self.metrics, self.limits = ServerClock(), Metrics(), Limits()
        self.intake = Intake(self.metrics, self.limits, self.clock)

    def send(self, body: bytes, address: str, connection: str = "") -> str:
        if not self.intake.admits(address, connection or address):
            return "too-many"
        return self.intake.add(address, body)

    def series(self) -> int:
        """How many there are, a histogram's buckets not counted."""
        names = {key.rpartition("|")[0] if "seconds" in key else key for key in snapshot(self.metrics)}
        return len(names)

    def count(self, *parts: str) -> int:
        return value(snapshot(self.metrics), *parts)


def made_up(number: int, draw: random.Random) -> bytes:
    """A batch by a stranger who has read our code."""
    word = f"made-up-{number}"
    start = ["start", "ok", "", 1.0, 1.0, True]
    batch = {
        "page": "speaker",
        "mode": "http",
        "actions": [start],
        "connects": [[True, False, 1.0]] * 20,
        "retries": [0, 0, 0, 200],
        "refreshes": [0, 200],
    }
    kind = number % 5
    if kind == 0:
        batch["mode"] = word
    elif kind == 1:
        batch["actions"] = [["start", "failed", word, -1.0, -1.0, True]]
    elif kind == 2:
        return json.dumps(batch).replace("1.0", draw.choice(["NaN", "1e400", "-Infinity"])).encode()
    elif kind == 3:
        batch["retries"] = [0, 0, 0, 10 ** draw.randrange(3, 300)]
    return json.dumps(batch).encode()


def test_ten_thousand_batches_of_a_hostile_page() -> None:
    gate, draw = Gate(), random.Random(7)
    bodies = [made_up(number, draw) for number in range(200)]
    for number in range(1000):
        gate.send(bodies[number % 200], "mallory", f"connection {number % 300}")
    series = gate.series()
    tracemalloc.start()
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(1000, HOSTILE_BATCHES):
        gate.send(bodies[number % 200], "mallory", f"connection {number % 300}")
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert gate.series() == series < ALL_MOST_SERIES
    assert after - before < 100_000

    # Not a second has passed: no more than the address may send at once was looked at.
    batches = "lectern_batches_total"
    looked_at = HOSTILE_BATCHES - count_of(gate.metrics, batches, outcome="too-many")
    assert looked_at == gate.limits.address_batches_burst
    assert gate.count("retries", "speaker", "http", "3+") <= looked_at * 200
    assert (
        gate.count("user_days", "http", "ok") + gate.count("user_days", "http", "failed") == DAYS_PER_ADDRESS
    )
    assert gate.count("action_errors", "speaker", "start", "http", "other") > 0

    # A page elsewhere is counted whole, and all that it told.
    ok, days = gate.count("actions", "speaker", "start", "http", "ok"), gate.count("user_days", "http", "ok")
    for number in range(100):
        assert gate.send(HONEST, f"honest {number}") == TAKEN
    assert gate.count("actions", "speaker", "start", "http", "ok") == ok + 100
    assert gate.count("user_days", "http", "ok") == days + 100


def test_a_connection_sends_no_more_than_a_page_would() -> None:
    gate = Gate()
    outcomes = [gate.send(HONEST, "hall", "one") for _ in range(30)]
    assert outcomes == [TAKEN] * 20 + ["too-many"] * 10
    assert gate.send(HONEST, "hall", "two") == TAKEN


async def test_it_may_send_again_after_a_while() -> None:
    gate = Gate()
    for _ in range(20):
        gate.send(HONEST, "hall")
    assert gate.send(HONEST, "hall") == "too-many"
    await gate.clock.advance(3)
    assert gate.send(HONEST, "hall") == TAKEN


def test_a_hall_of_five_hundred_phones_behind_one_address_is_counted() -> None:
    gate = Gate()
    assert {gate.send(HONEST, "hall", f"phone {number}") for number in range(500)} == {TAKEN}


def test_every_outcome_is_counted() -> None:
    gate = Gate()
    assert gate.send(b"{}", "a") == MALFORMED
    assert gate.send(HONEST, "a") == TAKEN
    for outcome in (MALFORMED, TAKEN):
        assert count_of(gate.metrics, "lectern_batches_total", outcome=outcome) == 1
