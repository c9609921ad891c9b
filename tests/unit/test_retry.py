"""Portable: the retry policy's arithmetic, the budget, and the runner that obeys both."""

import random

from pylib.errors import HttpError, LecternError, NetworkError, RequestTimeout
from pylib.retry import RetryBudget, RetryPolicy, retry
from tests.support.fake_clock import FakeClock
from tests.support.portable import async_raises, raises


class Flaky:
    """Fails with each of these errors in turn, then returns "done"."""

    def __init__(self, *errors: Exception) -> None:
        self.calls = 0
        self.errors = list(errors)

    async def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def http(status: int, retry_after_s: "float | None" = None) -> HttpError:
    return HttpError("no", status_code=status, retry_after_s=retry_after_s)


def half() -> float:
    return 0.5


def test_without_jitter_the_delays_are_exactly_1_2_4_and_then_4_seconds() -> None:
    policy = RetryPolicy(jitter="none")
    assert [policy.delay_ms(retry, half) for retry in range(1, 6)] == [1000, 2000, 4000, 4000, 4000]


def test_full_jitter_stays_within_its_bounds_over_10_000_draws() -> None:
    policy = RetryPolicy()
    for number, longest in ((1, 1000), (2, 2000), (3, 4000), (10, 4000)):
        draws = [policy.delay_ms(number, random.random) for _ in range(2500)]
        assert min(draws) >= 100
        assert max(draws) <= longest
        # Uniform, so the mean is the middle; 2,500 draws miss it by more than 5 % less than once in 10^9.
        assert abs(sum(draws) / len(draws) - (100 + longest) / 2) < longest * 0.05


def test_jitter_never_makes_a_short_delay_longer() -> None:
    policy = RetryPolicy(initial_delay_ms=20, max_delay_ms=50)
    assert [policy.delay_ms(retry, half) for retry in (1, 2, 3)] == [20, 40, 50]


def test_a_first_delay_above_the_longest_is_cut() -> None:
    policy = RetryPolicy(initial_delay_ms=9000, jitter="none")
    assert policy.delay_ms(1, half) == 4000


def test_a_very_late_retry_has_a_delay_too() -> None:
    policy = RetryPolicy(jitter="none", backoff_multiplier=1.5)
    assert policy.delay_ms(5000, half) == 4000


def test_a_policy_that_makes_no_sense_is_refused() -> None:
    raises(ValueError, lambda: RetryPolicy(max_retries=-1))
    raises(ValueError, lambda: RetryPolicy(initial_delay_ms=-1))
    raises(ValueError, lambda: RetryPolicy(max_delay_ms=-1))
    raises(ValueError, lambda: RetryPolicy(backoff_multiplier=0.5))
    raises(ValueError, lambda: RetryPolicy(jitter="some"))


def test_retry_after_is_obeyed_on_503_up_to_10_seconds() -> None:
    policy = RetryPolicy(jitter="none")
    waits = [policy.delay_after_ms(http(503, wish_s), 1, half) for wish_s in (None, 0.0, 7.0, 10.0, 3600.0)]
    assert waits == [1000, 100, 7000, 10_000, 10_000]


def test_retry_after_on_other_statuses_is_ignored() -> None:
    policy = RetryPolicy(jitter="none")
    for status in (500, 502, 504):
        assert policy.delay_after_ms(http(status, 7.0), 1, half) == 1000


def test_429_is_retried_only_where_the_policy_says_so() -> None:
    assert not RetryPolicy().may_retry(http(429, 2.0))
    patient = RetryPolicy(retry_rate_limited=True, jitter="none")
    assert patient.may_retry(http(429, 2.0))
    assert not patient.may_retry(http(404))
    assert patient.delay_after_ms(http(429, 2.0), 1, half) == 2000
    assert patient.delay_after_ms(http(429), 1, half) == 1000


async def test_success_needs_no_time() -> None:
    clock = FakeClock()
    call = Flaky()
    assert await retry(call, RetryPolicy(), clock, half) == "done"
    assert (call.calls, clock.monotonic_s()) == (1, 0.0)


async def test_the_runner_waits_as_the_policy_says_and_tells_of_each_retry() -> None:
    clock = FakeClock()
    call = Flaky(NetworkError("a"), http(503, 3.0), RequestTimeout("c"))
    told: list[tuple[int, float, str]] = []

    def note(number: int, delay_ms: float, error: LecternError) -> None:
        told.append((number, delay_ms, error.code))

    policy = RetryPolicy(jitter="none")
    assert await clock.run(retry(call, policy, clock, half, on_retry=note)) == "done"
    assert told == [(1, 1000, "NETWORK_ERROR"), (2, 3000, "HTTP_ERROR"), (3, 4000, "REQUEST_TIMEOUT")]
    assert clock.monotonic_s() == 8.0


async def test_no_retries_means_none() -> None:
    clock = FakeClock()
    call = Flaky(NetworkError("a"))
    await async_raises(NetworkError, retry(call, RetryPolicy(max_retries=0), clock, half))
    assert call.calls == 1


async def test_the_last_error_is_the_one_raised() -> None:
    clock = FakeClock()
    call = Flaky(NetworkError("a"), http(500), http(404))
    error = await async_raises(HttpError, clock.run(retry(call, RetryPolicy(), clock, half)))
    assert error.status_code == 404
    assert call.calls == 3


async def test_errors_that_are_no_failure_of_the_call_pass_through() -> None:
    clock = FakeClock()
    call = Flaky(ZeroDivisionError())
    await async_raises(ZeroDivisionError, retry(call, RetryPolicy(), clock, half))
    assert call.calls == 1


async def test_no_try_starts_after_the_deadline() -> None:
    clock = FakeClock()
    call = Flaky(*[NetworkError("down") for _ in range(100)])
    policy = RetryPolicy(max_retries=99, jitter="none", deadline_s=10.0)
    await async_raises(NetworkError, clock.run(retry(call, policy, clock, half)))
    # At 0, 1, 3 and 7 s; the next would start at 11 s.
    assert (call.calls, clock.monotonic_s()) == (4, 7.0)


async def test_an_empty_budget_ends_the_retries_and_time_fills_it() -> None:
    clock = FakeClock()
    budget = RetryBudget(clock, capacity=2, per_minute=6)
    policy = RetryPolicy(jitter="none")
    first = Flaky(*[NetworkError("down") for _ in range(9)])
    await async_raises(NetworkError, clock.run(retry(first, policy, clock, half, budget=budget)))
    assert first.calls == 3
    second = Flaky(*[NetworkError("down") for _ in range(9)])
    await async_raises(NetworkError, clock.run(retry(second, policy, clock, half, budget=budget)))
    assert second.calls == 1
    await clock.advance(20.0)
    third = Flaky(NetworkError("down"))
    assert await clock.run(retry(third, policy, clock, half, budget=budget)) == "done"


def test_a_budget_never_holds_more_than_its_capacity() -> None:
    clock = FakeClock()
    budget = RetryBudget(clock, capacity=3, per_minute=60)
    clock._now_s = 3600.0
    assert [budget.take() for _ in range(5)] == [True, True, True, False, False]
