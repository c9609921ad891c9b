"""What the listener page shows, as one record. Portable."""

from typing import Any, NamedTuple

from listener.page_state import PageState

Model = NamedTuple(
    "Model",
    [
        ("state", PageState),
        ("notice", Any),
        ("session_id", str),
        ("language", str),
        ("delay_ms", float),
        ("paused", bool),
        ("behind", bool),
        ("muted", bool),
        ("volume", int),
        ("suggestion", str),
        ("data_mb", float),
    ],
)
"""All that the page shows. `notice` is a Phrase or None; `delay_ms` is in steps of 100, -1 while unknown.

`volume` is in percent. `suggestion` is a code that may have been meant. `data_mb` is about what the
sound cost so far, in megabytes (10^6 bytes) and in steps of a tenth.
"""
