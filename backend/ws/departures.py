"""Why a connection ended, as a word that a metric's label may have."""

from backend.live.peer import SILENT, Peer
from backend.live.room import GAVE_WAY
from pylib.protocol import codes

OTHER = "other"

_CLOSED_BY_US = {
    codes.CLOSE_NORMAL: "ended",
    codes.CLOSE_GOING_AWAY: "gateway",
    1002: "malformed",
    1003: "malformed",
    1007: "malformed",
    codes.CLOSE_REFUSED: "refused",
    codes.CLOSE_TOO_LARGE: "too-large",
    codes.CLOSE_SERVER_ERROR: "server-error",
    codes.CLOSE_RESTARTING: "restarting",
    codes.CLOSE_TRY_LATER: "try-later",
    codes.CLOSE_REPLACED: "replaced",
    codes.CLOSE_TOO_SLOW: "too-slow",
    codes.CLOSE_RATE_LIMIT: "flood",
}
_CLOSED_BY_CLIENT = {
    codes.CLOSE_NORMAL: "left",
    codes.CLOSE_GOING_AWAY: "left",
    codes.CLOSE_NO_STATUS: "left",
    codes.CLOSE_LOST: "lost",
}
"""A client may send any of thousands of codes, and each label is kept."""

GIVEN_AWAY = "place-given-away"
REASONS = frozenset({*_CLOSED_BY_US.values(), *_CLOSED_BY_CLIENT.values(), GIVEN_AWAY, SILENT, OTHER})


def reason_of(peer: Peer, code: int) -> str:
    """Why it ended: as this server closed it, else by the client's `code`, CLOSE_LOST when it broke."""
    if peer.close_reason == GAVE_WAY:
        return GIVEN_AWAY
    if peer.close_reason == SILENT:
        return SILENT
    if peer.close_code:
        return _CLOSED_BY_US.get(peer.close_code, OTHER)
    return _CLOSED_BY_CLIENT.get(code, OTHER)
