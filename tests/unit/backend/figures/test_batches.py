"""What a page may tell, and what becomes of it in the counts."""

import json
from typing import Any

import pytest

from backend.figures.batches import MAX_CALLS, count, read_batch
from backend.figures.counts import snapshot
from backend.metrics import Metrics
from pylib.protocol import codes
from pylib.protocol.figures import (
    MAX_BATCH_BYTES,
    MAX_ROWS,
    Action,
    Connect,
    ListenerFigures,
    SpeakerFigures,
    listener_batch,
    speaker_batch,
)

STARTED = Action("start", "ok", "", 350.0, 1200, True)
FAILED = Action("start", "failed", codes.NETWORK_ERROR, -1.0, -1.0, False)
GOOD: dict[str, Any] = json.loads(
    speaker_batch(SpeakerFigures("http", [STARTED], [Connect(True, True, 80.0)], [3, 1, 0, 0], [1, 0]))
)


def counted(text: str, *, with_user_day: bool = True) -> dict[str, int]:
    """What a batch adds, times as how many there are."""
    batch, metrics = read_batch(text.encode()), Metrics()
    assert batch is not None
    count(batch, metrics, with_user_day=with_user_day)
    totals: dict[str, int] = {}
    for key, number in snapshot(metrics).items():
        name = key.rpartition("|")[0] if "seconds" in key else key
        totals[name] = totals.get(name, 0) + number
    return totals


def test_everything_a_speakers_page_tells_is_counted_once() -> None:
    ended = Action("end", "ok", "", -1.0, 90.0, False)
    taken_back = Action("start", "aborted", "", 200.0, -1.0, False)
    connects = [Connect(True, True, 80.0), Connect(True, False, 3000.0), Connect(False, True, 50.0)]
    actions = [STARTED, FAILED, taken_back, ended]
    assert counted(speaker_batch(SpeakerFigures("http", actions, connects, [5, 2, 0, 1], [3, 1]))) == {
        "actions|speaker|start|http|ok": 1,
        "actions|speaker|start|http|failed": 1,
        "actions|speaker|start|http|aborted": 1,
        "actions|speaker|end|http|ok": 1,
        "action_errors|speaker|start|http|NETWORK_ERROR": 1,
        "start_seconds|http|created": 2,
        "start_seconds|http|live": 1,
        "user_days|http|ok": 1,
        "user_day_seconds|http": 1,
        "retries|speaker|http|0": 5,
        "retries|speaker|http|1": 2,
        "retries|speaker|http|3+": 1,
        "refreshes|http|ok": 3,
        "refreshes|http|failed": 1,
        "connects|speaker|http|with|ok": 1,
        "connects|speaker|http|with|failed": 1,
        "connects|speaker|http|without|ok": 1,
        "connect_seconds|speaker|http|with": 1,
        "connect_seconds|speaker|http|without": 1,
    }


def test_everything_a_listeners_page_tells_is_counted_once() -> None:
    heard = Action("listen", "ok", "", -1.0, 900.0, False)
    assert counted(listener_batch(ListenerFigures([heard], [Connect(True, True, 80.0)], [1, 0, 0, 0]))) == {
        "actions|listener|listen|none|ok": 1,
        "retries|listener|none|0": 1,
        "connects|listener|none|with|ok": 1,
        "connect_seconds|listener|none|with": 1,
    }


@pytest.mark.parametrize(
    ("outcome", "days"),
    [("ok", {"user_days|websocket|ok": 1}), ("failed", {"user_days|websocket|failed": 1}), ("aborted", {})],
)
def test_a_users_day_goes_well_or_fails(outcome: str, days: dict[str, int]) -> None:
    first = STARTED._replace(outcome=outcome)
    batch = speaker_batch(SpeakerFigures("websocket", [first], [], [0] * 4, [0, 0]))
    told = counted(batch)
    assert {key: number for key, number in told.items() if key.startswith("user_days")} == days
    assert not any(key.startswith("user_day") for key in counted(batch, with_user_day=False))


@pytest.mark.parametrize("code", ["", "HTTP_599", "MADE_UP", "<script>", "x" * 2000, "CLOSE_LOST", "é"])
def test_a_code_that_is_not_ours_is_another_one(code: str) -> None:
    failed = FAILED._replace(code=code)
    told = counted(speaker_batch(SpeakerFigures("http", [failed], [], [0] * 4, [0, 0])))
    assert told["action_errors|speaker|start|http|other"] == 1


def test_times_beyond_all_patience_move_no_sum() -> None:
    metrics = Metrics()
    slow = STARTED._replace(created_ms=80_000_000.0, done_ms=86_400_000.0)
    batch = read_batch(speaker_batch(SpeakerFigures("http", [slow], [], [0] * 4, [0, 0])).encode())
    assert batch is not None
    count(batch, metrics, with_user_day=True)
    sums = [
        sample.value
        for family in metrics.pages.start_seconds.collect()
        for sample in family.samples
        if sample.name.endswith("_sum")
    ]
    assert sums == [120.0, 120.0]


ROW = GOOD["actions"][0]
HOSTILE: list[tuple[str, dict[str, Any]]] = [
    ("invented page", {"page": "admin"}),
    ("no page", {"page": None}),
    ("invented mode", {"mode": "carrier-pigeon"}),
    ("mode that is no text", {"mode": ["http"]}),
    ("invented action", {"actions": [["explode", *ROW[1:]]]}),
    ("another page's action", {"actions": [["listen", *ROW[1:]]]}),
    ("invented outcome", {"actions": [[ROW[0], "great", *ROW[2:]]]}),
    ("row too short", {"actions": [ROW[:-1]]}),
    ("row too long", {"actions": [[*ROW, 1]]}),
    ("row as an object", {"actions": [dict(enumerate(ROW))]}),
    ("number for a yes", {"actions": [[*ROW[:-1], 1]]}),
    ("text for a number", {"actions": [[*ROW[:3], "350", *ROW[4:]]]}),
    ("too many rows", {"actions": [[*ROW[:-1], False]] * (MAX_ROWS + 1)}),
    ("too many connects", {"connects": [[True, True, 1.0]] * (MAX_ROWS + 1)}),
    ("two first starts of a day", {"actions": [ROW, ROW]}),
    ("time below nothing", {"connects": [[True, True, -2.0]]}),
    ("time beyond a day", {"connects": [[True, True, 1e9]]}),
    ("calls below nothing", {"retries": [-1, 0, 0, 0]}),
    ("too many calls", {"retries": [MAX_CALLS + 1, 0, 0, 0]}),
    ("a part of a call", {"retries": [0.5, 0, 0, 0]}),
    ("too few counts", {"retries": [0, 0, 0]}),
    ("too many refreshes", {"refreshes": [10**30, 0]}),
]


@pytest.mark.parametrize("change", [change for _, change in HOSTILE], ids=[name for name, _ in HOSTILE])
def test_what_no_page_of_ours_sends_is_no_batch(change: dict[str, Any]) -> None:
    assert read_batch(json.dumps(GOOD).encode()) is not None
    assert read_batch(json.dumps({**GOOD, **change}).encode()) is None


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "0x10", "1_0"])
def test_what_is_no_number_is_no_batch(number: str) -> None:
    text = json.dumps({**GOOD, "connects": [[True, True, "HERE"]]}).replace('"HERE"', number)
    assert read_batch(text.encode()) is None


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"null", b"[]", b"{}", b'"speaker"', b"\xff\xfe", b"{" * 4000, b"[" * 4000),
        *(b"page=speaker", json.dumps(GOOD).encode("utf-16"), json.dumps(GOOD).encode()[:-1]),
        json.dumps({**GOOD, "more": "x" * MAX_BATCH_BYTES}).encode(),
    ],
)
def test_what_is_no_json_object_of_four_kibibytes_is_no_batch(body: bytes) -> None:
    assert read_batch(body) is None


def test_a_newer_page_may_tell_more() -> None:
    assert read_batch(json.dumps({**GOOD, "weather": "fine"}).encode()) is not None
