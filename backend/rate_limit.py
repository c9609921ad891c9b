"""How much one connection may send."""

from enum import Enum


class TokenBucket:
    """`rate` tokens a second are added, up to `burst`; each message takes some."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, *, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._at = now

    def take(self, count: float, now: float) -> bool:
        """Whether `count` tokens were there; if not, none is taken. `now` is in seconds."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < count:
            return False
        self._tokens -= count
        return True

    def wait_s(self, count: float) -> float:
        """Seconds until `count` tokens will be there."""
        return max(0.0, (count - self._tokens) / self._rate)


class Verdict(Enum):
    """What to do with a message."""

    PASS = "pass"  # noqa: S105 - no password
    WARN = "warn"
    """Drop it and say so."""
    DROP = "drop"
    """Drop it without an answer: this flood was answered less than a second ago."""
    CLOSE = "close"
    """Close the connection: the flood has lasted too long."""


class Allowance:
    """A token bucket whose refusals get stricter: a short flood loses messages, a long one the connection.

    A flood lasts from the first message refused until messages have passed for a second.
    """

    __slots__ = ("_bucket", "_flooded_since", "_patience_s", "_refused_at", "_warned_at")

    def __init__(self, *, rate: float, burst: float, now: float, patience_s: float) -> None:
        self._bucket = TokenBucket(rate=rate, burst=burst, now=now)
        self._patience_s = patience_s
        self._flooded_since = now
        self._refused_at = float("-inf")
        self._warned_at = float("-inf")

    def judge(self, count: float, now: float) -> Verdict:
        """The verdict on a message that costs `count`."""
        if self._bucket.take(count, now):
            return Verdict.PASS
        if now - self._refused_at > 1:
            self._flooded_since = now
        self._refused_at = now
        if now - self._flooded_since >= self._patience_s:
            return Verdict.CLOSE
        if now - self._warned_at >= 1:
            self._warned_at = now
            return Verdict.WARN
        return Verdict.DROP

    def wait_s(self, count: float) -> float:
        """Seconds until a message that costs `count` would pass."""
        return self._bucket.wait_s(count)
