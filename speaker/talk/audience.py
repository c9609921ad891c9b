"""The listeners, as the server counts them."""

from typing import Any, NamedTuple


class Audience(NamedTuple):
    """`listeners` connections, of which `hearing` play sound, and their typical delay.

    `delay_ms` is rounded to 100 ms, as it is shown. `languages` has pairs of a language's code and how many
    listeners asked for it.
    """

    listeners: int = 0
    hearing: int = 0
    delay_ms: float | None = None
    languages: tuple[tuple[str, int], ...] = ()


def audience_of(status: dict[str, Any]) -> Audience:
    """The audience that a sessionStatus message tells of."""
    hearing: dict[str, Any] = status.get("hearing") or {}
    delay_ms = hearing.get("medianEarDelayMs")
    return Audience(
        status.get("listenerCount", 0),
        hearing.get("audible", 0),
        None if delay_ms is None else round(delay_ms, -2),
        tuple(sorted((status.get("languageDistribution") or {}).items())),
    )
