"""When to try the live connection again: pure functions from context to decision."""

from typing import Callable

from pylib.protocol import codes

DELAYS_S = (0.0, 0.3, 1.2)
LONGEST_DELAY_S = 1.8
"""With the random second, at most 2.8 s pass before it is noticed that a server is there again."""

JITTER_FROM_ATTEMPT = 2
MAX_ATTEMPTS = 55
"""Two minutes: as long as a session waits for its speaker."""

STABLE_AFTER_S = 10.0
"""A connection counts as working, and the attempts start anew, only after this long."""

OFFLINE_DELAY_S = 7.0
"""Between attempts while the device says that it has no network; news of one ends the wait."""

SUSPICION_S = 2.0
"""How long a peer may take to answer once there is a reason to doubt that it is reached."""

REFRESH_DELAY_S = 5.0
"""Between attempts to open the successor of a connection that still works."""

FATAL_CLOSE_CODES = (codes.CLOSE_NORMAL, codes.CLOSE_REFUSED, codes.CLOSE_REPLACED)
"""Ended, refused, replaced by another tab: coming back would be wrong."""


def is_fatal(close_code: int) -> bool:
    """Whether a close code forbids reconnecting."""
    return close_code in FATAL_CLOSE_CODES


def reconnect_delay_s(attempt: int, random: Callable[[], float]) -> "float | None":
    """Seconds to wait before attempt 0, 1, 2, ...; None when a person must ask for the next.

    From the third attempt on up to 1 s is added at random, so that a whole audience
    does not come back in the same instant.
    """
    if attempt >= MAX_ATTEMPTS:
        return None
    delay = DELAYS_S[attempt] if attempt < len(DELAYS_S) else LONGEST_DELAY_S
    return delay + random() if attempt >= JITTER_FROM_ATTEMPT else delay
