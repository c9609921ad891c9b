"""When to try the live connection again: pure functions from context to decision."""

import math
from typing import Callable

from pylib.protocol import codes, limits

DELAYS_S = (0.0, 0.3, 1.2)
LONGEST_DELAY_S = 1.8
"""With up to 1 s of jitter added, a page notices at most 2.8 s late that its server is back."""

JITTER_FROM_ATTEMPT = 2
MAX_ATTEMPTS = len(DELAYS_S) + math.ceil(
    (limits.SPEAKER_GRACE_MS / 1000 - sum(DELAYS_S) - 0.5) / (LONGEST_DELAY_S + 0.5)
)
"""With the usual jitter of 0.5 s they take as long as a session waits for its speaker; then it has ended."""

STABLE_AFTER_S = 10.0
"""A connection that lived this long counts as working: the next loss starts with attempt 0 again."""

OFFLINE_DELAY_S = 7.0
"""Between attempts while the device reports no network. Its report of a network ends the wait."""

PROBE_TIMEOUT_S = 2.0
"""How long the peer may take to answer a probe: a heartbeat sent because the network may have changed."""

REFRESH_DELAY_S = 5.0
"""Between attempts to open the successor of a connection that still works."""

FATAL_CLOSE_CODES = (codes.CLOSE_NORMAL, codes.CLOSE_REFUSED, codes.CLOSE_REPLACED)
"""The session ended, the server refused, another tab took over: reconnecting would be wrong."""


def is_fatal(close_code: int) -> bool:
    """Whether a close code forbids reconnecting."""
    return close_code in FATAL_CLOSE_CODES


def reconnect_delay_s(attempt: int, random: Callable[[], float]) -> "float | None":
    """Seconds to wait before attempt 0, 1, 2, ...; None after the last automatic one.

    From the third attempt on up to 1 s is added at random, so that an audience that lost its
    server does not reconnect all at the same instant.
    """
    if attempt >= MAX_ATTEMPTS:
        return None
    delay = DELAYS_S[attempt] if attempt < len(DELAYS_S) else LONGEST_DELAY_S
    return delay + random() if attempt >= JITTER_FROM_ATTEMPT else delay
