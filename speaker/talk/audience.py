"""The listeners, as the server counts them."""

from typing import Any

from speaker.model import Audience


def audience_of(status: dict[str, Any]) -> Audience:
    """The audience that a sessionStatus message tells of."""
    hearing: dict[str, Any] = status.get("hearing") or {}
    delay_ms = hearing.get("medianEarDelayMs")
    return Audience(
        status.get("listenerCount", 0),
        hearing.get("audible", 0),
        None if delay_ms is None else round(delay_ms, -2),
        tuple(sorted((status.get("languageDistribution") or {}).items())),
        status.get("maxListeners", 0),
        status.get("listenersBound", 0),
        status.get("doorClosed", False),
    )
