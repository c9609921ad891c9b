"""What the pages count and send to the server: one record for each page, without any id. Portable.

A batch is what happened on one page since its last batch, as one JSON object of at most MAX_BATCH_BYTES. Rows
are lists in the order of the fields below. Nothing in it names a person, a session, a browser or an address,
and the server keeps none: it adds the batch to its counts.
"""

import json
from typing import Any, NamedTuple

MAX_BATCH_BYTES = 4096
MAX_ROWS = 20
"""Actions, and connects, in one batch; what comes beyond that before the next batch is not told."""

SPEAKER, LISTENER = "speaker", "listener"

START, END, LISTEN = "start", "end", "listen"
ACTIONS = (START, END, LISTEN)
"""What a person asks for: a talk to begin or to end, or to hear one."""

OK, FAILED, ABORTED = "ok", "failed", "aborted"
OUTCOMES = (OK, FAILED, ABORTED)
"""`aborted`: the person took it back before it was done, which is neither success nor failure."""

HTTP, WEBSOCKET, NO_MODE = "http", "websocket", "none"
MODES = (HTTP, WEBSOCKET, NO_MODE)
"""How the page creates sessions; a page that creates none has no mode."""

RETRY_COUNTS = ("0", "1", "2", "3+")

Action = NamedTuple(
    "Action",
    [
        ("name", str),
        ("outcome", str),
        ("code", str),
        ("created_ms", float),
        ("done_ms", float),
        ("first_today", bool),
    ],
)
"""One thing a person asked for, counted once however often it was tried.

`code` is why it failed, else empty. Times count from the press: `created_ms` until the session was there,
`done_ms` until the talk was live, ended, or heard; -1 for what did not come to pass. `first_today`: it is the
first of its name on this device since midnight UTC, which makes it this user's day (see docs/rollout.md).
"""

Connect = NamedTuple("Connect", [("with_session_id", bool), ("ok", bool), ("ms", float)])
"""One attempt to open a live connection: whether its address named a session, and how long it took."""

SpeakerFigures = NamedTuple(
    "SpeakerFigures",
    [
        ("mode", str),
        ("actions", "list[Action]"),
        ("connects", "list[Connect]"),
        ("retries", "list[int]"),
        ("refreshes", "list[int]"),
    ],
)
"""The speaker page's record. `retries`: HTTP calls that took 0, 1, 2, or more retries; `refreshes` of the id
token: those that went well, and those that failed."""

ListenerFigures = NamedTuple(
    "ListenerFigures", [("actions", "list[Action]"), ("connects", "list[Connect]"), ("retries", "list[int]")]
)
"""The listener page's record, as above. How late the sound is it tells by `playbackReport`."""


def speaker_batch(figures: SpeakerFigures) -> str:
    """The record as it travels."""
    return json.dumps(
        {
            "page": SPEAKER,
            "mode": figures.mode,
            "actions": _rows(figures.actions),
            "connects": _rows(figures.connects),
            "retries": figures.retries,
            "refreshes": figures.refreshes,
        }
    )


def listener_batch(figures: ListenerFigures) -> str:
    """The record as it travels."""
    return json.dumps(
        {
            "page": LISTENER,
            "actions": _rows(figures.actions),
            "connects": _rows(figures.connects),
            "retries": figures.retries,
        }
    )


def _rows(records: "list[Any]") -> "list[list[Any]]":
    """MicroPython's json writes a NamedTuple as its repr, a list as a list."""
    return [list(record) for record in records]
