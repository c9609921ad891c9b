import asyncio
import logging
from contextvars import ContextVar

import pytest

from backend.attack_log import HTTP_FLOOD, AttackLog
from backend.call_limit import CallLimit
from backend.metrics import Metrics
from backend.turns import Turns
from tests.support.server_clock import ServerClock

FEW = 1000


class Loop:
    """Turns, what was done in them, and in which round of the event loop."""

    def __init__(self) -> None:
        clock = ServerClock()
        attacks = AttackLog(Metrics())
        self.turns = Turns(CallLimit(rate=1, burst=FEW, clock=clock), attacks)
        self.done: list[tuple[int, str]] = []
        self.round = 0

    def ask(self, address: str, name: str = "") -> None:
        self.turns.ask(address, lambda: self.done.append((self.round, name or address)))

    async def go(self, rounds: int) -> list[str]:
        """What is done in so many rounds."""
        for _ in range(rounds):
            self.round += 1
            await asyncio.sleep(0)
        return [name for _, name in self.done]


async def test_each_round_of_the_event_loop_does_one_thing_however_many_wait() -> None:
    loop = Loop()
    for number in range(300):
        loop.ask("hall", str(number))
        loop.ask(f"guest {number}")
    await loop.go(599)
    assert [at for at, _ in loop.done] == list(range(600))


async def test_what_comes_alone_is_done_at_once() -> None:
    loop = Loop()
    for _ in range(3):
        loop.ask("phone")
        assert loop.done[-1:] == [(loop.round, "phone")]
        await loop.turns.wait("phone")
        await loop.go(2)
        assert len(loop.done) == loop.round // 2


async def test_an_address_does_its_things_in_their_order() -> None:
    loop = Loop()
    for number in range(5):
        loop.ask("hall", str(number))
    assert await loop.go(5) == ["0", "1", "2", "3", "4"]


async def test_an_address_with_many_connections_does_not_keep_the_others_waiting() -> None:
    loop = Loop()
    for _ in range(300):
        loop.ask("laptop")
    await loop.go(100)
    loop.ask("phone")
    loop.ask("phone")
    assert "phone" in (await loop.go(2))[-2:]
    assert (await loop.go(2)).count("phone") == 2


async def test_no_queue_is_passed_by_who_comes_late() -> None:
    loop = Loop()
    for number in range(3):
        loop.ask("hall", str(number))
    late = asyncio.create_task(loop.turns.wait("phone"))
    assert await loop.go(1) == ["0", "1"]
    assert not late.done()
    await loop.go(3)
    assert late.done()


async def test_who_has_stopped_waiting_holds_up_none() -> None:
    loop = Loop()
    loop.ask("hall", "first")
    waiting = asyncio.create_task(loop.turns.wait("phone"))
    loop.ask("hall", "second")
    loop.ask("hall", "third")
    waiting.cancel()
    assert await loop.go(3) == ["first", "second", "third"]
    assert waiting.cancelled()


async def test_an_error_in_a_turn_does_not_end_the_turns() -> None:
    loop = Loop()
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["exception"]))

    def fail() -> None:
        raise RuntimeError

    loop.ask("hall", "first")
    loop.turns.ask("laptop", fail)
    loop.ask("hall", "second")
    assert await loop.go(3) == ["first", "second"]
    assert len(told) == 1


async def test_work_knows_nothing_of_the_request_that_asked_first() -> None:
    ids: ContextVar[str] = ContextVar("ids", default="none")
    ids.set("first")
    seen: list[str] = []
    loop = Loop()
    loop.ask("hall")
    loop.turns.ask("hall", lambda: seen.append(ids.get()))
    await loop.go(1)
    assert seen == ["none"]


async def test_the_log_tells_of_an_address_that_asks_very_much(caplog: pytest.LogCaptureFixture) -> None:
    loop = Loop()
    for _ in range(FEW):
        loop.ask("192.0.2.1")
    assert not caplog.records
    for _ in range(FEW):
        loop.ask("192.0.2.1")
    assert len(caplog.records) == FEW
    assert {(record.levelno, vars(record)["kind"]) for record in caplog.records} == {
        (logging.WARNING, HTTP_FLOOD)
    }
