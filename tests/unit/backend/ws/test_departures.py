from types import SimpleNamespace
from typing import Any

import pytest

from backend.live.peer import SILENT
from backend.live.room import GAVE_WAY
from backend.ws.departures import REASONS, reason_of
from pylib.protocol import codes


def peer(code: int = 0, reason: str = "") -> Any:
    return SimpleNamespace(close_code=code, close_reason=reason)


@pytest.mark.parametrize(
    ("closed_by_us", "code", "reason"),
    [
        (peer(), codes.CLOSE_NORMAL, "left"),
        (peer(), codes.CLOSE_GOING_AWAY, "left"),
        (peer(), codes.CLOSE_NO_STATUS, "left"),
        (peer(), codes.CLOSE_LOST, "lost"),
        (peer(), codes.CLOSE_TOO_SLOW, "other"),
        (peer(), 3999, "other"),
        # The client answers a close with its own code; what counts is who began, and why.
        (peer(codes.CLOSE_NORMAL, "ended"), codes.CLOSE_NORMAL, "ended"),
        (peer(codes.CLOSE_RESTARTING), codes.CLOSE_LOST, "restarting"),
        (peer(codes.CLOSE_REPLACED), codes.CLOSE_LOST, "replaced"),
        (peer(codes.CLOSE_TOO_SLOW, "too slow"), codes.CLOSE_LOST, "too-slow"),
        (peer(codes.CLOSE_TOO_SLOW, SILENT), codes.CLOSE_LOST, "silent"),
        (peer(codes.CLOSE_TOO_SLOW, GAVE_WAY), codes.CLOSE_NORMAL, "place-given-away"),
        (peer(1002), 1002, "malformed"),
        (peer(4999), 4999, "other"),
    ],
)
def test_a_connection_ends_for_a_reason_in_words(closed_by_us: Any, code: int, reason: str) -> None:
    assert reason_of(closed_by_us, code) == reason


def test_every_code_makes_one_of_the_reasons() -> None:
    for code in range(5000):
        assert {reason_of(peer(code), 1000), reason_of(peer(), code)} <= REASONS
