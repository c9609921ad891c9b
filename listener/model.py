"""What the listener page shows, as one record, and the words for its states."""

from typing import Any, NamedTuple

from pylib.protocol import codes

STATE_OF = {
    "no-code": "ready",
    "looking": "connecting",
    "ready": "ready",
    "ready-paused": "ready",
    "unreached": "ready",
    "connecting": "connecting",
    "live": "live",
    "muted": "live",
    "behind": "live",
    "behind-cut": "live",
    "rest": "live",
    "buffering": "buffering",
    "paused": "paused",
    "saving": "paused",
    "speaker-paused": "paused",
    "speaker-muted": "live",
    "speaker-away": "speaker-away",
    "speaker-expected": "speaker-away",
    "reconnecting": "reconnecting",
    "ended": "ended",
    "blocked": "blocked",
    "not-found": "not-found",
    "full": "full",
}
"""The word for each detail; the catalog has a sentence for each."""

WAITING = ("speaker-paused", "speaker-away", "speaker-expected")
"""Details in which there is nothing to do but wait: the sound comes by itself."""

LOSSES = ("reconnecting", "speaker-away", "blocked")
"""Details in which sound was lost: screen readers tell them at once, all others when there is a pause."""

REFUSALS = {
    codes.SESSION_NOT_FOUND: "not-found",
    codes.SESSION_INVALID_ID_FORMAT: "not-found",
    codes.SESSION_INACTIVE: "ended",
    codes.SESSION_MAX_LISTENERS_REACHED: "full",
}
"""Why the server refused a listener, as the state it puts the page in."""

Model = NamedTuple(
    "Model",
    [
        ("state", str),
        ("detail", str),
        ("notice", Any),
        ("session_id", str),
        ("language", str),
        ("delay_ms", float),
        ("paused", bool),
        ("behind", bool),
        ("muted", bool),
        ("started", bool),
        ("volume", int),
        ("suggestion", str),
        ("data_mb", float),
    ],
)
"""All that the page shows. `notice` is a Phrase or None; `delay_ms` is in steps of 100, -1 while unknown.

`volume` is in percent. `suggestion` is a code that may have been meant. `data_mb` is about what the
sound cost so far, in megabytes (10^6 bytes) and in steps of a tenth.
"""
