"""Portable: polling a session with growing waits."""

import asyncio
from typing import Any

from pylib.errors import HttpError, LecternError
from pylib.protocol.plain import decode_session
from pylib.session.http_service import SessionHttpService
from pylib.session.status_poller import StatusPoller
from tests.support.fake_clock import FakeClock
from tests.support.fake_http import SESSION, FakeHttp, FakeSessionServer, uuids

GOLDEN = "golden-eagle-427"


class Reader:
    """Answers with the session set last; notes when it was asked."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.asked_s: list[float] = []
        self.answer: Any = decode_session(SESSION)

    async def __call__(self, session_id: str) -> Any:
        assert session_id == GOLDEN
        self.asked_s.append(round(self.clock.monotonic_s(), 3))
        await asyncio.sleep(0)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Watch:
    """A poller on a reader, and what it told."""

    def __init__(self, random: float = 0.5) -> None:
        self.clock = FakeClock()
        self.reader = Reader(self.clock)
        self.sessions: list[Any] = []
        self.gone: list[LecternError] = []
        self.poller = StatusPoller(self.reader, self.clock, lambda: random)
        self.poller.start(GOLDEN, self.sessions.append, self.gone.append)


def http_error(status: int, retry_after_s: "float | None" = None) -> HttpError:
    return HttpError("no", status_code=status, retry_after_s=retry_after_s)


async def test_the_waits_grow_up_to_half_a_minute() -> None:
    watch = Watch()
    await watch.clock.advance(200)
    # The first answer counts as a change, so the wait after it is short again.
    assert watch.reader.asked_s[:5] == [2.0, 4.0, 7.0, 11.5, 18.25]
    before_s, last_s = watch.reader.asked_s[-2:]
    assert last_s - before_s == 30.0


async def test_a_session_is_told_first_and_then_at_changes_only() -> None:
    watch = Watch()
    await watch.clock.advance(60)
    assert len(watch.sessions) == 1
    watch.reader.answer = decode_session(dict(SESSION, status="paused"))
    await watch.clock.advance(60)
    assert [session.status for session in watch.sessions] == ["active", "paused"]


async def test_a_change_brings_the_short_waits_back() -> None:
    watch = Watch()
    await watch.clock.advance(200)
    asked = len(watch.reader.asked_s)
    watch.reader.answer = decode_session(dict(SESSION, status="paused"))
    await watch.clock.advance(35)
    changed_s, next_s = watch.reader.asked_s[asked : asked + 2]
    assert next_s - changed_s == 2.0


async def test_an_ended_session_is_the_last_thing_told() -> None:
    watch = Watch()
    watch.reader.answer = decode_session(dict(SESSION, status="ended"))
    await watch.clock.advance(600)
    assert [session.status for session in watch.sessions] == ["ended"]
    assert watch.reader.asked_s == [2.0]


async def test_a_session_that_is_not_there_is_told_once() -> None:
    for status in (400, 404, 410):
        watch = Watch()
        watch.reader.answer = http_error(status)
        await watch.clock.advance(600)
        assert ([error.code for error in watch.gone], watch.sessions) == (["HTTP_ERROR"], [])
        assert watch.reader.asked_s == [2.0]


async def test_trouble_only_makes_the_waits_longer() -> None:
    watch = Watch()
    watch.reader.answer = http_error(500)
    await watch.clock.advance(10)
    assert watch.reader.asked_s == [2.0, 5.0, 9.5]
    watch.reader.answer = decode_session(SESSION)
    await watch.clock.advance(30)
    assert len(watch.sessions) == 1


async def test_a_server_that_names_a_wait_gets_it() -> None:
    watch = Watch()
    watch.reader.answer = http_error(429, 100.0)
    await watch.clock.advance(103)
    assert watch.reader.asked_s == [2.0, 102.0]


async def test_an_error_that_is_no_answer_is_trouble_too() -> None:
    watch = Watch()
    watch.reader.answer = LecternError("odd")
    await watch.clock.advance(6)
    assert watch.reader.asked_s == [2.0, 5.0]


async def test_an_audience_does_not_ask_in_step() -> None:
    soon, late = Watch(random=0.0), Watch(random=1.0)
    await soon.clock.advance(3)
    await late.clock.advance(3)
    assert (soon.reader.asked_s[0], late.reader.asked_s[0]) == (1.6, 2.4)


async def test_stopping_asks_no_more() -> None:
    watch = Watch()
    await watch.clock.advance(3)
    watch.poller.stop()
    await watch.clock.advance(600)
    assert watch.reader.asked_s == [2.0]
    assert watch.clock.waiting() == 0


async def test_an_answer_that_comes_after_stop_is_ignored() -> None:
    for late in (decode_session(SESSION), http_error(404)):
        watch = Watch()
        watch.reader.answer = late
        release = asyncio.Event()
        answer_now = watch.reader.__call__

        async def slow(session_id: str, answer_now: Any = answer_now, release: Any = release) -> Any:
            await release.wait()
            return await answer_now(session_id)

        poller = StatusPoller(slow, watch.clock, lambda: 0.5)
        watch.poller.stop()
        poller.start(GOLDEN, watch.sessions.append, watch.gone.append)
        await watch.clock.advance(3)
        poller.stop()
        release.set()
        await watch.clock.advance(60)
        assert (watch.sessions, watch.gone, watch.clock.waiting()) == ([], [], 0)


async def test_a_handler_may_stop_the_poller() -> None:
    watch = Watch()
    watch.poller.start(GOLDEN, lambda session: watch.poller.stop(), watch.gone.append)
    await watch.clock.advance(600)
    assert watch.reader.asked_s == [2.0]


async def test_starting_again_tells_the_session_again() -> None:
    watch = Watch()
    await watch.clock.advance(3)
    watch.poller.start(GOLDEN, watch.sessions.append, watch.gone.append)
    await watch.clock.advance(3)
    assert len(watch.sessions) == 2


async def test_with_the_http_service_an_unchanged_session_costs_an_empty_answer() -> None:
    clock, server = FakeClock(), FakeSessionServer()
    server.sessions[GOLDEN] = dict(SESSION)
    http = FakeHttp(server)
    service = SessionHttpService(
        http, clock, "https://api.example", decode_session=decode_session, random=lambda: 0.5, new_id=uuids()
    )
    told: list[Any] = []
    poller = StatusPoller(lambda name: service.get_session(name, retrying=False), clock, lambda: 0.5)
    poller.start(GOLDEN, told.append, told.append)
    await clock.advance(60)
    sent = http.header("If-None-Match")
    assert sent[0] == ""
    assert len(sent) > 4
    assert all(sent[1:])
    assert len(told) == 1
