"""What the listener page shows, as one record, and the words for its states."""

from typing import NamedTuple

STATE_OF = {
    "no-code": "ready",
    "speaker-paused": "paused",
    "speaker-muted": "live",
    "behind": "live",
    "rest": "live",
    "unreached": "ready",
    "looking": "connecting",
}
"""Details that have a sentence of their own but share another state's word."""

Model = NamedTuple(
    "Model",
    [
        ("state", str),
        ("sentence", str),
        ("notice", str),
        ("session_id", str),
        ("language", str),
        ("delay_ms", float),
        ("paused", bool),
        ("behind", bool),
        ("muted", bool),
        ("started", bool),
    ],
)
"""All that the page shows. `delay_ms` is in steps of 100, -1 while unknown."""
