"""Over a real socket, through a proxy that breaks connections: nothing is made twice, nothing is lost."""

import asyncio
import random
import sqlite3
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from backend.data_dir import DATABASE
from pylib.errors import HttpError, LecternError
from pylib.retry import RetryBudget, RetryPolicy
from pylib.session.http_service import SessionHttpService
from pylib.session.legacy_service import LegacySessionService
from pylib.session.models import decode_session
from tests.integration.contract.stack import CONFIG, Stack, loaded, until
from tests.support.aiohttp_ports import AiohttpTransport, SystemClock
from tests.support.fake_store import FakeTextStore
from tests.support.fault_proxy import PASS, Fault, FaultProxy, fault_proxy
from tests.support.server import RunningServer, running_server

CREATIONS = 1000
LEGACY_CREATIONS = 40
LEGACY_ANSWER_BYTES = 900
"""About what a server says from the handshake to sessionCreated."""
AT_ONCE = 25
LOST = 0.3
PATIENT = RetryPolicy(max_retries=20, initial_delay_ms=1, max_delay_ms=8)
"""With 30 % lost, 21 tries fail once in 10 ** 11; the default four would fail once in a hundred."""


@asynccontextmanager
async def behind_proxy(server: RunningServer) -> AsyncIterator[FaultProxy]:
    url = URL(server.url)
    assert url.host is not None
    assert url.port is not None
    async with fault_proxy(url.host, url.port) as proxy:
        yield proxy


def one_connection_each() -> aiohttp.ClientSession:
    """So that every attempt meets a fault of its own."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True, limit=AT_ONCE))


class Creators:
    """People who create sessions, each an action of its own."""

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str) -> None:
        self._token = token
        clock = SystemClock()
        self.service = SessionHttpService(
            AiohttpTransport(http),
            clock,
            url,
            decode_session=decode_session,
            random=random.Random(5).random,
            new_id=lambda: str(uuid.uuid4()),
            tokens=self,
            policy=PATIENT,
            budget=RetryBudget(clock, capacity=1e6),
        )

    async def id_token(self) -> str:
        return self._token

    async def refresh_after_401(self, old: str) -> str:
        raise AssertionError("the token is good")

    async def create(self, count: int) -> list[str]:
        turns = asyncio.Semaphore(AT_ONCE)

        async def one() -> str:
            async with turns:
                return str((await self.service.create_session(CONFIG)).session_id)

        return list(await asyncio.gather(*(one() for _ in range(count))))


def stored_ids(data_dir: Path) -> list[str]:
    """What the database holds, after the server has ended."""
    connection = sqlite3.connect(data_dir / DATABASE)
    try:
        return [row[0] for row in connection.execute("SELECT session_id FROM sessions")]
    finally:
        connection.close()


class Losing:
    """Three answers of ten break off at a random point, and each way of breaking is met."""

    def __init__(self, answer_bytes: int) -> None:
        self._dice = random.Random(11)
        self._answer_bytes = answer_bytes

    def __call__(self, number: int) -> Fault:
        if self._dice.random() >= LOST:
            return PASS
        return Fault(
            cut_after=self._dice.randrange(self._answer_bytes), end=self._dice.choice(("reset", "close"))
        )


async def test_1000_creates_with_30_percent_of_answers_cut_at_random_points_make_exactly_1000_sessions(
    tmp_path: Path,
) -> None:
    async with (
        running_server(tmp_path, creations_per_hour=10**6) as server,
        behind_proxy(server) as proxy,
        one_connection_each() as http,
    ):
        creators = Creators(http, proxy.url, server.token())
        first = await creators.create(1)
        proxy.plan = Losing(proxy.longest_answer - 60)
        made = first + await creators.create(CREATIONS - 1)
    assert proxy.cuts > CREATIONS * LOST * 0.8
    assert creators.service.retries >= proxy.cuts
    assert len(set(made)) == CREATIONS
    assert sorted(stored_ids(server.settings.data_dir)) == sorted(made)


async def test_50_parallel_callers_with_one_key_make_one_session(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, loaded(server) as stack:
        pressed_often = stack.service(store=FakeTextStore())
        calls = [pressed_often.create_session(CONFIG) for _ in range(50)]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        refused = [answer for answer in answers if isinstance(answer, BaseException)]
        assert {error.code for error in refused if isinstance(error, HttpError)} <= {
            "IDEMPOTENCY_IN_PROGRESS"
        }
        made = {answer.session_id for answer in answers if not isinstance(answer, BaseException)}
        assert len(made) == 1
        assert made == (await stack.own_sessions()).keys()


@pytest.fixture
async def lossy(server: RunningServer) -> AsyncIterator[tuple[Stack, FaultProxy]]:
    """A page whose HTTP API lies behind the proxy."""
    async with behind_proxy(server) as proxy, loaded(server, api_url=proxy.url) as stack:
        yield stack, proxy


@pytest.mark.parametrize("end", ["reset", "close"])
async def test_a_creation_whose_answer_is_lost_is_the_same_session_at_the_next_try(
    lossy: tuple[Stack, FaultProxy], end: str
) -> None:
    stack, proxy = lossy
    proxy.plan = lambda number: Fault(cut_after=30, end=end) if number == 0 else PASS  # type: ignore[arg-type]
    session = await stack.sessions.create_session(CONFIG)
    assert stack.sessions.retries == 1
    assert (await stack.own_sessions()).keys() == {session.session_id}


async def test_a_request_that_never_arrived_is_simply_sent_again(lossy: tuple[Stack, FaultProxy]) -> None:
    stack, proxy = lossy
    proxy.plan = lambda number: Fault(unheard=True) if number == 0 else PASS
    session = await stack.sessions.create_session(CONFIG)
    assert (await stack.own_sessions()).keys() == {session.session_id}


async def test_deleting_after_a_lost_answer_is_success(lossy: tuple[Stack, FaultProxy]) -> None:
    stack, proxy = lossy
    session = await stack.sessions.create_session(CONFIG)
    cut_at = proxy.connections
    proxy.plan = lambda number: Fault(cut_after=0) if number == cut_at else PASS
    await stack.sessions.delete_session(session.session_id)
    assert proxy.cuts == 1
    assert (await stack.sessions.get_session(session.session_id)).status == "ended"


async def test_a_silent_server_is_given_up_and_told_as_a_timeout(server: RunningServer) -> None:
    async with behind_proxy(server) as proxy, loaded(server, api_url=proxy.url) as stack:
        proxy.plan = lambda number: Fault(unheard=True, end="blackhole")
        impatient = stack.service(timeout_s=0.05, policy=RetryPolicy(max_retries=2, initial_delay_ms=1))
        with pytest.raises(HttpError) as failed:
            await impatient.create_session(CONFIG)
        assert (failed.value.status_code, failed.value.code) == (408, "REQUEST_TIMEOUT")
        assert proxy.connections == 3
        proxy.plan = lambda number: PASS
        assert await stack.own_sessions() == {}


async def test_legacy_creations_over_a_breaking_network_leave_only_the_sessions_people_hold(
    tmp_path: Path,
) -> None:
    """There is no key on the older way: who did not hear the answer must not leave a session alive."""
    async with (
        running_server(tmp_path, creations_per_hour=10**6, changes_per_minute=10**6, grace_s=1.0) as server,
        behind_proxy(server) as proxy,
    ):
        live = proxy.url.replace("http", "ws") + "/ws"
        async with loaded(
            server, override="websocket", before_load=lambda page: page.configure(websocket_url=live)
        ) as page:
            proxy.plan = Losing(LEGACY_ANSWER_BYTES)
            services = [LegacySessionService(page.new_client, page.clock) for _ in range(LEGACY_CREATIONS)]
            outcomes = await asyncio.gather(
                *(service.create_session(CONFIG) for service in services), return_exceptions=True
            )
            proxy.plan = lambda number: PASS
            held = {client.session_id for client in outcomes if not isinstance(client, BaseException)}
            assert 0 < len(held) < LEGACY_CREATIONS
            assert all(isinstance(one, LecternError) for one in outcomes if isinstance(one, BaseException))

            async def only_those_are_alive() -> bool:
                own = await page.own_sessions()
                return {one for one, session in own.items() if session.status != "ended"} <= held

            await until(only_those_are_alive)
            assert len(await page.own_sessions()) > len(held), (
                "some answers were lost after the session was made"
            )
