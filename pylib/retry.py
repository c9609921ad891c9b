"""Retries of a failed call: a pure policy with the delays, and a runner that waits.

`session/http_service` is the only caller of `retry`: if a second layer retried too, the tries of both would
multiply. Portable: runs on MicroPython.
"""

from typing import Any, Awaitable, Callable

from pylib.errors import HttpError, LecternError, is_retryable
from pylib.ports import Clock

SERVICE_UNAVAILABLE = 503
RATE_LIMITED = 429

JITTER_FLOOR_MS = 100.0
LONGEST_RETRY_AFTER_S = 10.0

OnRetry = Callable[[int, float, LecternError], None]
"""Called before the wait for each retry, with its number (1 is the first), its delay in ms, and the error."""


class RetryPolicy:
    """How often and how fast to retry. Pure: no method waits.

    Delays grow as `initial_delay_ms * backoff_multiplier ** (retry - 1)` up to `max_delay_ms`.
    Jitter "full" draws between 100 ms and that delay, so that pages which failed at one moment do not
    retry at one moment (Marc Brooker, "Exponential Backoff And Jitter"); "none" takes the delay as it is.
    No try starts later than `deadline_s` after the first. The default leaves room for the longest
    setting in use, 10 retries of 10 s each.
    """

    def __init__(
        self,
        *,
        max_retries: int = 3,
        initial_delay_ms: float = 1000.0,
        max_delay_ms: float = 4000.0,
        backoff_multiplier: float = 2.0,
        jitter: str = "full",
        retry_rate_limited: bool = False,
        deadline_s: float = 180.0,
    ) -> None:
        if max_retries < 0 or initial_delay_ms < 0 or max_delay_ms < 0 or backoff_multiplier < 1:
            raise ValueError("retries and delays cannot be negative, nor delays shrink")
        if jitter not in ("full", "none"):
            raise ValueError("jitter is 'full' or 'none'")
        self.max_retries = max_retries
        self.initial_delay_ms = initial_delay_ms
        self.max_delay_ms = max_delay_ms
        self.backoff_multiplier = backoff_multiplier
        self.jitter = jitter
        self.retry_rate_limited = retry_rate_limited
        self.deadline_s = deadline_s

    def may_retry(self, error: BaseException) -> bool:
        """Whether a retry may succeed after this error; after a 429 only with `retry_rate_limited`."""
        if self.retry_rate_limited and isinstance(error, HttpError) and error.status_code == RATE_LIMITED:
            return True
        return is_retryable(error)

    def delay_ms(self, retry: int, random: Callable[[], float]) -> float:
        """Milliseconds to wait before retry 1, 2, 3, ...; `random` draws from 0 up to 1."""
        delay = min(self.initial_delay_ms, self.max_delay_ms)
        for _ in range(retry - 1):
            delay = min(delay * self.backoff_multiplier, self.max_delay_ms)
        if self.jitter == "none":
            return delay
        floor = min(JITTER_FLOOR_MS, delay)
        return floor + random() * (delay - floor)

    def delay_after_ms(self, error: BaseException, retry: int, random: Callable[[], float]) -> float:
        """Like `delay_ms`, but the Retry-After of a 503 or 429 comes first, up to 10 s."""
        if isinstance(error, HttpError) and error.status_code in (SERVICE_UNAVAILABLE, RATE_LIMITED):
            wish_s = error.retry_after_s
            if wish_s is not None:
                return max(JITTER_FLOOR_MS, min(wish_s, LONGEST_RETRY_AFTER_S) * 1000)
        return self.delay_ms(retry, random)


class RetryBudget:
    """How many retries one page may still make: a token bucket that fills with time.

    The policy limits the retries of one call, but a page makes many calls. While a server fails for
    long, the bucket runs empty, and further calls fail without a retry instead of adding load.
    """

    def __init__(self, clock: Clock, *, capacity: float = 30.0, per_minute: float = 12.0) -> None:
        self._clock = clock
        self._capacity = capacity
        self._per_s = per_minute / 60
        self._tokens = capacity
        self._filled_s = clock.monotonic_s()

    def take(self) -> bool:
        """Take one token; False when there is none."""
        now_s = self._clock.monotonic_s()
        self._tokens = min(self._capacity, self._tokens + (now_s - self._filled_s) * self._per_s)
        self._filled_s = now_s
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


async def retry(
    call: Callable[[], Awaitable[Any]],
    policy: RetryPolicy,
    clock: Clock,
    random: Callable[[], float],
    *,
    budget: "RetryBudget | None" = None,
    on_retry: "OnRetry | None" = None,
) -> Any:
    """Await `call()` until it succeeds, and return its result.

    Raises the last error when a retry cannot help, or when retries, deadline or budget are used up.
    """
    end_s = clock.monotonic_s() + policy.deadline_s
    tries = 0
    while True:
        try:
            return await call()
        except LecternError as error:
            tries += 1
            if tries > policy.max_retries or not policy.may_retry(error):
                raise
            delay_ms = policy.delay_after_ms(error, tries, random)
            if clock.monotonic_s() + delay_ms / 1000 > end_s or not (budget is None or budget.take()):
                raise
            if on_retry is not None:
                on_retry(tries, delay_ms, error)
        await clock.sleep(delay_ms / 1000)
