"""How often an address may try a session code that is none: guessing stays slow, listening is never limited.

A right code costs nothing. An address that has used up its misses is told nothing about codes that are new to
it, right or wrong, because an answer to the right ones alone would go on telling them apart. Codes that it
has met stay open to it: a hall where somebody guesses hears its own talk all the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from backend.attack_log import GUESSED_CODES, AttackLog
from backend.ports import Clock
from backend.problems import Problem, too_many_misses
from backend.rate_limit import TokenBucket
from backend.settings import Limits
from pylib.protocol import codes

MAX_ADDRESSES = 20_000
"""Addresses that are remembered; the one that was seen longest ago is forgotten first."""
MAX_KNOWN = 50
"""Codes that an address is remembered to know."""

_MISSES = (codes.SESSION_NOT_FOUND, codes.AUTH_UNAUTHORIZED)
"""What answers a wrong code; "not yours" tells that a session exists, so a stranger pays for it too."""


class _Record:
    """What is known of one address."""

    __slots__ = ("bucket", "known")

    def __init__(self, limits: Limits, now: float) -> None:
        self.bucket = TokenBucket(rate=limits.misses_per_s, burst=limits.misses_burst, now=now)
        self.known: dict[str, None] = {}


class Guesses:
    """The misses of all addresses."""

    def __init__(self, limits: Limits, attacks: AttackLog, clock: Clock) -> None:
        self._limits = limits
        self._attacks = attacks
        self._clock = clock
        self._records: dict[str, _Record] = {}

    @contextmanager
    def trying(self, address: str, code: str) -> Iterator[None]:
        """Look a code up inside: a Problem that says it is wrong costs a miss.

        Raises Problem 429 when the address has no miss left and does not know the code: before the look-up,
        and after it, because other look-ups may have used up the last miss meanwhile.
        """
        record = self._record(address)
        self._check(address, record, code)
        try:
            yield
        except Problem as problem:
            if problem.code in _MISSES:
                self._miss(address, record)
                raise
            self._check(address, record, code)
            _learn(record, code)
            raise
        self._check(address, record, code)
        _learn(record, code)

    @contextmanager
    def trying_own(self, address: str) -> Iterator[None]:
        """Look up inside what only its owner is let to: owners are never refused.

        Another caller is, once the address has no miss left: Problem 429 instead of 403 or 404.
        """
        try:
            yield
        except Problem as problem:
            if problem.code in _MISSES:
                self._miss(address, self._record(address))
            raise

    def learn(self, address: str, code: str) -> None:
        """A session was created from this address."""
        _learn(self._record(address), code)

    def _record(self, address: str) -> _Record:
        record = self._records.pop(address, None) or _Record(self._limits, self._clock.monotonic_s())
        self._records[address] = record
        if len(self._records) > MAX_ADDRESSES:
            del self._records[next(iter(self._records))]
        return record

    def _check(self, address: str, record: _Record, code: str) -> None:
        if code not in record.known and self._wait_s(record) > 0:
            raise self._refusal(address, record)

    def _miss(self, address: str, record: _Record) -> None:
        if not record.bucket.take(1, self._clock.monotonic_s()):
            raise self._refusal(address, record)

    def _refusal(self, address: str, record: _Record) -> Problem:
        self._attacks.note(GUESSED_CODES, address)
        return too_many_misses(self._wait_s(record))

    def _wait_s(self, record: _Record) -> float:
        """Seconds until the address has a miss left."""
        record.bucket.take(0, self._clock.monotonic_s())
        return record.bucket.wait_s(1)


def _learn(record: _Record, code: str) -> None:
    if code not in record.known:
        record.known[code] = None
        if len(record.known) > MAX_KNOWN:
            del record.known[next(iter(record.known))]
