"""Who counts once: users by creation mode, and users' days by address. No name and no address is kept.

Each is known by a digest with a salt that never leaves this process. The salt of addresses is drawn anew
every day; a user's digest is dropped a day after the user's last creation.
"""

import hashlib
import secrets

from backend.ports import Clock
from pylib.protocol import figures

DAY_MS = 24 * 3600 * 1000
DAYS_PER_ADDRESS = 20
"""Users' days that an address may tell of in a day: one that makes them up moves the verdict no further."""

MAX_NAMES = 100_000
"""Digests that are kept at once; the oldest is forgotten first."""

DIGEST_BYTES = 12


class Users:
    """Users with a signed-in creation in the last 24 h, by mode. A restart forgets them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._salt = secrets.token_bytes(16)
        self._seen_ms: dict[str, dict[bytes, int]] = {figures.HTTP: {}, figures.WEBSOCKET: {}}

    def created(self, subject: str, mode: str) -> None:
        """This user has created a session in this mode."""
        seen = self._seen_ms.get(mode)
        if seen is not None:
            name = _digest(subject, self._salt)
            seen.pop(name, None)
            seen[name] = self._clock.steady_ms()
            if len(seen) > MAX_NAMES:
                del seen[next(iter(seen))]

    def count(self) -> dict[tuple[str, ...], float]:
        """How many, by mode."""
        since = self._clock.steady_ms() - DAY_MS
        for seen in self._seen_ms.values():
            # In the order of their last creation.
            while seen and next(iter(seen.values())) <= since:
                del seen[next(iter(seen))]
        return {(mode,): len(seen) for mode, seen in self._seen_ms.items()}


class AddressDays:
    """How many users' days each address has told of since midnight (UTC)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._day = -1
        self._salt = b""
        self._told: dict[bytes, int] = {}

    def take(self, address: str) -> bool:
        """Count one of this address; False, and none, when it has told of its share."""
        day = self._clock.steady_ms() // DAY_MS
        if day != self._day:
            self._day, self._salt, self._told = day, secrets.token_bytes(16), {}
        name = _digest(address, self._salt)
        told = self._told.pop(name, 0)
        self._told[name] = min(told + 1, DAYS_PER_ADDRESS)
        if len(self._told) > MAX_NAMES:
            del self._told[next(iter(self._told))]
        return told < DAYS_PER_ADDRESS


def _digest(name: str, salt: bytes) -> bytes:
    return hashlib.blake2b(name.encode(), key=salt, digest_size=DIGEST_BYTES).digest()
