"""How much one connection may send."""

from enum import Enum

CALM_S = 1.0
"""A flood is over after so long without too much."""


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

    def spend(self, count: float, now: float) -> float:
        """Take `count` tokens, there or not. Returns the seconds until none is owed any more."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate) - count
        self._at = now
        return self.wait_s(0)

    def wait_s(self, count: float) -> float:
        """Seconds until `count` tokens will be there."""
        return max(0.0, (count - self._tokens) / self._rate)


class Pace:
    """A token bucket that refuses nothing: a sender who took more than there was waits before the next.

    So a connection that brings too much at once is read more slowly, and loses nothing: what comes in a lump
    may only be late. It is a flood if waiting goes on for long.
    """

    __slots__ = ("_bucket", "_patience_s", "_slowed_since", "_slowed_until")

    def __init__(self, *, rate: float, burst: float, now: float, patience_s: float) -> None:
        self._bucket = TokenBucket(rate=rate, burst=burst, now=now)
        self._patience_s = patience_s
        self._slowed_since = now
        self._slowed_until = float("-inf")

    def spend(self, count: float, now: float) -> float:
        """The seconds to wait after a message that costs `count`."""
        wait_s = self._bucket.spend(count, now)
        if wait_s:
            if now - self._slowed_until > CALM_S:
                self._slowed_since = now
            self._slowed_until = now + wait_s
        return wait_s

    def is_flooded(self, now: float) -> bool:
        """Whether it has been too much for longer than patience lasts."""
        return now <= self._slowed_until and now - self._slowed_since >= self._patience_s


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

    A flood lasts from the first message refused until messages have passed for CALM_S.
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
        if now - self._refused_at > CALM_S:
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
