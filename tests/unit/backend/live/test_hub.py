import asyncio

import pytest

from backend.live.hub import GOODBYE_STEP_S, Hub
from backend.live.peer import Peer
from backend.metrics import Metrics
from backend.settings import Limits
from tests.support.server_clock import ServerClock
from tests.unit.backend.live.fake_transport import BrokenTransport, FakeTransport
from tests.unit.backend.live.room_harness import session


class Pauses:
    """Stands in for asyncio.sleep: looks at how many are closed by then, and goes on at once."""

    def __init__(self, transports: list[FakeTransport]) -> None:
        self._transports = transports
        self.closed: list[int] = []

    async def sleep(self, seconds: float) -> None:
        assert seconds == GOODBYE_STEP_S
        self.closed.append(sum(bool(one.closes()) for one in self._transports))


async def goodbye(people: int, monkeypatch: pytest.MonkeyPatch) -> tuple[list[FakeTransport], list[int]]:
    """Say it to so many; returns their transports and how many were closed at each pause."""
    limits = Limits(close_wait_s=-0.99, goodbyes_per_s=200, goodbye_s=6)
    hub = Hub(limits, Metrics(), ServerClock())
    transports = [FakeTransport() for _ in range(people)]
    for transport in transports:
        hub.arrived(Peer(transport, limits=limits, clock=ServerClock()))
    pauses = Pauses(transports)
    monkeypatch.setattr("backend.live.hub.asyncio.sleep", pauses.sleep)
    await hub.drain()
    return transports, pauses.closed


async def test_a_few_people_are_closed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    transports, pauses = await goodbye(10, monkeypatch)
    assert pauses == []
    assert all(one.closes() == [1012] for one in transports)


async def test_an_audience_is_closed_over_time_and_told_before(monkeypatch: pytest.MonkeyPatch) -> None:
    transports, pauses = await goodbye(1000, monkeypatch)
    assert pauses == list(range(10, 1000, 10))
    for one in transports:
        assert (one.kinds(), one.closes()) == (["goaway"], [1012])
        assert 0 <= one.messages()[0]["reconnectInMs"] < 1000


async def test_no_audience_is_closed_over_more_than_some_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    transports, pauses = await goodbye(5000, monkeypatch)
    assert len(pauses) * GOODBYE_STEP_S <= 6
    assert all(one.closes() == [1012] for one in transports)


async def test_speakers_are_closed_last(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = Limits(close_wait_s=-0.99, goodbyes_per_s=20)
    hub = Hub(limits, Metrics(), ServerClock())
    speakers = [FakeTransport() for _ in range(3)]
    for number, transport in enumerate(speakers):
        speaker = Peer(transport, limits=limits, clock=ServerClock())
        hub.arrived(speaker)
        hub.open_room(session(session_id=f"golden-eagle-00{number}")).seat_speaker(speaker)
    listeners = [FakeTransport() for _ in range(5)]
    for transport in listeners:
        hub.arrived(Peer(transport, limits=limits, clock=ServerClock()))
    closed: list[bool] = []

    async def sleep(_: float) -> None:
        closed.append(any(one.closes() for one in speakers))
        if closed[-1]:
            assert all(one.closes() for one in listeners)

    monkeypatch.setattr("backend.live.hub.asyncio.sleep", sleep)
    await hub.drain()
    assert closed == [False] * 5 + [True] * 2
    assert all(one.closes() == [1012] for one in speakers)


async def test_everybody_is_looked_after_whoever_else_is_broken() -> None:
    limits = Limits(ping_every_s=0, health_check_every_s=0.01)
    hub = Hub(limits, Metrics(), ServerClock())
    broken, sound = BrokenTransport(), [FakeTransport() for _ in range(30)]
    for transport in (*sound[:15], broken, *sound[15:]):
        hub.arrived(Peer(transport, limits=limits, clock=ServerClock()))
    hub.start()
    async with asyncio.timeout(10):
        while not (broken.aborted and all(one.pings() > 2 for one in sound)):  # noqa: ASYNC110 - pings are written, not told
            await asyncio.sleep(0.01)
    hub.stop()


async def test_whoever_comes_while_the_server_stops_is_sent_away() -> None:
    limits = Limits(close_wait_s=0.01)
    hub = Hub(limits, Metrics(), ServerClock())
    await hub.drain()
    late = FakeTransport()
    hub.arrived(Peer(late, limits=limits, clock=ServerClock()))
    assert (late.kinds(), late.closes()) == (["goaway"], [1012])


async def test_a_process_that_stood_still_takes_nobody_for_dead() -> None:
    """A client has no reason to send while it is not asked, and its answers wait unread."""
    clock = ServerClock()
    limits = Limits(health_check_every_s=0.01)
    hub = Hub(limits, Metrics(), clock)
    transport = FakeTransport()
    hub.arrived(Peer(transport, limits=limits, clock=clock))
    hub.start()
    for _ in range(5):
        await asyncio.sleep(0.002)
    await clock.advance(limits.silent_s + 1)
    for _ in range(20):
        await asyncio.sleep(0.002)
    hub.stop()
    assert transport.closes() == []
