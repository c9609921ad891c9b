"""The listeners, as the server counts them."""

from typing import Any

from pylib.protocol.plain import number
from speaker.model import Audience


def audience_of(status: dict[str, Any]) -> Audience:
    """The audience that a sessionStatus message tells of."""
    hearing: dict[str, Any] = status.get("hearing") or {}
    delay_ms = hearing.get("medianEarDelayMs")
    languages = status.get("languageDistribution") or {}
    return Audience(
        number(status.get("listenerCount")) or 0,
        hearing.get("audible", 0),
        None if delay_ms is None else round(delay_ms, -2),
        tuple(sorted((language, number(count) or 0) for language, count in languages.items())),
        status.get("maxListeners", 0),
        status.get("listenersBound", 0),
        status.get("doorClosed", False),
        counts_listeners="listenerCount" in status,
        counts_hearing="hearing" in status,
    )
