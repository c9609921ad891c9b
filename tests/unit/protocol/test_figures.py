"""Portable: the pages' figures as they travel."""

import json

from pylib.protocol.figures import (
    FAILED,
    HTTP,
    LISTEN,
    MAX_BATCH_BYTES,
    MAX_ROWS,
    OK,
    START,
    Action,
    Connect,
    ListenerFigures,
    SpeakerFigures,
    listener_batch,
    speaker_batch,
)

STARTED = Action(START, OK, "", 812.5, 1320.0, True)
CONNECTED = Connect(True, True, 140.0)


def test_a_speakers_batch_has_a_row_for_each_happening() -> None:
    batch = json.loads(speaker_batch(SpeakerFigures(HTTP, [STARTED], [CONNECTED], [3, 1, 0, 0], [1, 0])))
    assert batch == {
        "page": "speaker",
        "mode": "http",
        "actions": [["start", "ok", "", 812.5, 1320.0, True]],
        "connects": [[True, True, 140.0]],
        "retries": [3, 1, 0, 0],
        "refreshes": [1, 0],
    }


def test_a_listeners_batch_has_no_mode_and_no_refreshes() -> None:
    heard = Action(LISTEN, FAILED, "SESSION_NOT_FOUND", -1, -1, False)
    batch = json.loads(listener_batch(ListenerFigures([heard], [], [1, 0, 0, 0])))
    assert batch["page"] == "listener"
    assert batch["actions"] == [["listen", "failed", "SESSION_NOT_FOUND", -1, -1, False]]
    assert sorted(batch) == ["actions", "connects", "page", "retries"]


def test_a_full_batch_fits() -> None:
    failed = Action(START, FAILED, "VALIDATION_INVALID_MESSAGE_FORMAT", 123456.789, 123456.789, False)
    connect = Connect(False, False, 123456.789)
    full = SpeakerFigures("websocket", [failed] * MAX_ROWS, [connect] * MAX_ROWS, [9999] * 4, [9999] * 2)
    assert len(speaker_batch(full)) <= MAX_BATCH_BYTES
