"""How often each user, or each address, may call."""

from backend.ports import Clock
from backend.rate_limit import TokenBucket

MAX_NAMES = 20_000
"""Names that are remembered; the one that was used longest ago is forgotten first."""


class CallLimit:
    """A token bucket for each name; one that is forgotten is full when its name comes again."""

    def __init__(self, *, rate: float, burst: float, clock: Clock) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._buckets: dict[str, TokenBucket] = {}

    def wait_s(self, name: str) -> float:
        """Seconds until this name may call; 0 if it may now."""
        return self._bucket(name).wait_s(1)

    def take(self, name: str) -> float:
        """Count a call of this name and return 0; or count none, and return the seconds until it may."""
        bucket = self._bucket(name)
        return 0.0 if bucket.take(1, self._clock.monotonic_s()) else bucket.wait_s(1)

    def _bucket(self, name: str) -> TokenBucket:
        now = self._clock.monotonic_s()
        bucket = self._buckets.pop(name, None) or TokenBucket(rate=self._rate, burst=self._burst, now=now)
        self._buckets[name] = bucket
        if len(self._buckets) > MAX_NAMES:
            del self._buckets[next(iter(self._buckets))]
        bucket.take(0, now)
        return bucket
