"""Who listens, as the server counts them."""

from typing import Any, NamedTuple


class Audience(NamedTuple):
    """Who is there: all connections, those with sound in their ears, and their typical delay.

    The delay is in steps of 100 ms, as fine as it is shown. `languages`: how many asked for which, for
    those who did.
    """

    listeners: int = 0
    hearing: int = 0
    delay_ms: float | None = None
    languages: tuple[tuple[str, int], ...] = ()


def audience_of(status: dict[str, Any]) -> Audience:
    """What a sessionStatus message says of it."""
    hearing: dict[str, Any] = status.get("hearing") or {}
    delay_ms = hearing.get("medianEarDelayMs")
    return Audience(
        status.get("listenerCount", 0),
        hearing.get("audible", 0),
        None if delay_ms is None else round(delay_ms, -2),
        tuple(sorted((status.get("languageDistribution") or {}).items())),
    )
