"""Portable: the clock that every other test relies on."""

import asyncio

from tests.support.fake_clock import FakeClock
from tests.support.portable import async_raises


async def test_timers_run_in_order_each_at_its_own_moment() -> None:
    clock = FakeClock()
    seen: list[tuple[str, float]] = []
    clock.call_later(3.0, lambda: seen.append(("late", clock.monotonic_s())))
    clock.call_later(1.0, lambda: seen.append(("early", clock.monotonic_s())))
    gone = clock.call_later(2.0, lambda: seen.append(("cancelled", clock.monotonic_s())))
    gone.cancel()
    await clock.advance(5.0)
    assert seen == [("early", 1.0), ("late", 3.0)]
    assert clock.monotonic_s() == 5.0
    assert clock.waiting() == 0


async def test_sleepers_wake_and_may_sleep_again_within_one_advance() -> None:
    clock = FakeClock()
    seen: list[float] = []

    async def sleeper() -> None:
        for _ in range(3):
            await clock.sleep(10.0)
            seen.append(clock.monotonic_s())

    task = asyncio.create_task(sleeper())
    await clock.advance(25.0)
    assert seen == [10.0, 20.0]
    await clock.advance(5.0)
    await task
    assert seen == [10.0, 20.0, 30.0]


async def test_a_cancelled_sleeper_leaves_no_timer() -> None:
    clock = FakeClock()
    task = asyncio.create_task(clock.sleep(10.0))
    await clock.settle()
    assert clock.waiting() == 1
    task.cancel()
    await async_raises(asyncio.CancelledError, task)
    assert clock.waiting() == 0


async def test_run_lets_as_much_time_pass_as_needed() -> None:
    clock = FakeClock()

    async def work() -> str:
        await clock.sleep(3600.0)
        return "done"

    assert await clock.run(work()) == "done"
    assert clock.monotonic_s() == 3600.0


async def test_run_reports_what_never_ends() -> None:
    clock = FakeClock()
    never = asyncio.Event()
    await async_raises(AssertionError, clock.run(never.wait(), limit_s=5.0))


def test_the_wall_clock_may_jump() -> None:
    clock = FakeClock(1000.0)
    clock.jump(60.0)
    assert (clock.now_ms(), clock.monotonic_s()) == (61_000.0, 0.0)
