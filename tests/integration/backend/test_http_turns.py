"""HTTP takes turns: counted by rounds of the event loop, not by the clock."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from aiohttp.web_protocol import RequestHandler

from backend.app import DOORS
from backend.http import middleware
from backend.http.connection import Connection
from backend.turns import Turns
from tests.integration.backend.raw_http import RawConnection, post, raw_connection
from tests.integration.backend.wire_client import new_session, until
from tests.support.flooder import PING, TEXT, client_frame
from tests.support.server import HOST, RunningServer, running_server

HEALTH = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
PAGE_REQUESTS = 17
GONE_WITHIN_S = 15
SIGN_IN = "X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth"
HANDSHAKE = (
    "GET /ws?sessionId={} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: lectern.v1\r\n\r\n"
)


class Rounds:
    """How often each kind of work was done in each round of the event loop."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, int]] = Counter()
        self._round = 0

    async def go(self) -> None:
        """Count rounds until cancelled."""
        while True:
            self._round += 1
            await asyncio.sleep(0)

    def counted(self, kind: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """This work, counted."""

        def do(*given: Any) -> Any:
            self.counts[kind, self._round] += 1
            return work(*given)

        return do

    def most(self, kind: str) -> int:
        """In one round."""
        return max(count for (name, _), count in self.counts.items() if name == kind)

    def total(self, kind: str) -> int:
        """In all rounds."""
        return sum(count for (name, _), count in self.counts.items() if name == kind)


async def test_each_round_does_little_for_a_crowd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen: a hundred connections that ask at once made sound 550 ms late, 50 for an archive two seconds."""
    rounds = Rounds()
    going = asyncio.create_task(rounds.go())
    for of, name, kind in (
        (Connection, "connection_made", "accepted"),
        (RequestHandler, "data_received", "parsed"),
        (middleware, "_read_ids", "handled"),
        (Connection, "_close_transport", "closed"),
    ):
        monkeypatch.setattr(of, name, rounds.counted(kind, getattr(of, name)))
    async with running_server(tmp_path) as server:
        port = int(server.url.rsplit(":", 1)[1])
        crowd = [
            RawConnection(*pair)
            for pair in await asyncio.gather(*(asyncio.open_connection(HOST, port) for _ in range(60)))
        ]
        for one in crowd:
            one.send(HEALTH * 5)
        for one in crowd:
            for _ in range(5):
                assert (await one.answer()).status == 200
        for one in crowd:
            one.writer.close()
        await until(lambda: rounds.total("closed") == 60)
    going.cancel()
    assert rounds.total("accepted") == 60
    assert rounds.total("handled") == 300
    assert rounds.most("accepted") == 1
    assert rounds.most("parsed") == 1
    assert rounds.most("closed") == 1
    # One whose turn was in the round before, and one that comes when none waits any more.
    assert rounds.most("handled") <= 2


async def test_no_more_connections_are_accepted_than_are_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: clients that ask and leave filled all places within three seconds, and newcomers were refused."""
    open_at_once: list[float] = []
    async with running_server(tmp_path) as server:
        made = Connection.connection_made

        def note(self: Connection, transport: asyncio.BaseTransport) -> None:
            made(self, transport)
            open_at_once.append(server.sockets()["no room"])

        monkeypatch.setattr(Connection, "connection_made", note)
        port = int(server.url.rsplit(":", 1)[1])
        for _, writer in await asyncio.gather(*(asyncio.open_connection(HOST, port) for _ in range(300))):
            writer.write(HEALTH.encode())
            writer.close()
        await until(lambda: len(open_at_once) == 300 and server.sockets()["no room"] == 0)
    assert max(open_at_once) <= 20


async def test_a_large_file_is_sent_in_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.http.static_files.PIECE_BYTES", 1000)
    (tmp_path / "site" / ".runtime").mkdir(parents=True)
    (tmp_path / "site" / ".runtime" / "large.wasm").write_bytes(bytes(20_000))
    async with (
        running_server(tmp_path / "data", site_root=tmp_path / "site") as server,
        server.http() as http,
    ):
        turns = Counter[str]()
        wait = Turns.wait

        async def counted(self: Turns, address: str) -> None:
            turns[address] += 1
            await wait(self, address)

        monkeypatch.setattr(Turns, "wait", counted)
        async with http.get("/runtime/large.wasm") as answer:
            assert len(await answer.read()) == 20_000
    assert turns[HOST] == 21


async def test_a_visitor_gets_a_page_through_a_flood_from_the_same_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page is 17 requests; each waits for no more than a few turns of each other connection."""
    rounds = Rounds()
    monkeypatch.setattr(middleware, "_read_ids", rounds.counted("handled", middleware._read_ids))
    async with running_server(tmp_path) as server, AsyncExitStack() as opened:
        for _ in range(20):
            flooder = await opened.enter_async_context(raw_connection(server))
            flooder.send(HEALTH * 2000)
        visitor = await opened.enter_async_context(raw_connection(server))
        for _ in range(PAGE_REQUESTS):
            visitor.send(HEALTH)
            assert (await visitor.answer()).status == 200
        assert rounds.total("handled") < PAGE_REQUESTS * 20 * 4


async def test_answers_of_a_connection_come_in_order_whatever_is_asked(tmp_path: Path) -> None:
    """Through a crowd, on each of its connections: no request is lost, and none overtakes another."""
    asked = (
        (HEALTH, 200),
        ("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (post("/sessions", "Content-Length: 2") + "{}", 401),
        (post("/cognito/", SIGN_IN, "Content-Length: 5000") + " " * 5000, 400),
        ("GET /sessions/golden-eagle-427 HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        ("GET /listener HTTP/1.1\r\nHost: x\r\n\r\n", 307),
        ("OPTIONS /sessions HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    )
    async with running_server(tmp_path) as server, AsyncExitStack() as opened:
        crowd = [await opened.enter_async_context(raw_connection(server)) for _ in range(10)]
        for one in crowd:
            one.send("".join(request for request, _ in asked) * 3)
        for one in crowd:
            statuses = [(await one.answer()).status for _ in range(3 * len(asked))]
            assert statuses == [status for _, status in asked] * 3


async def test_a_body_that_is_announced_is_asked_for_in_a_turn_and_taken_in(server: RunningServer) -> None:
    async with raw_connection(server) as raw, raw_connection(server) as other:
        other.send(HEALTH * 500)
        body = json.dumps({"sourceLanguage": "en", "qualityTier": "standard"})
        length = f"Content-Length: {len(body)}"
        raw.send(post("/sessions", length, "Expect: 100-continue", token=server.token()))
        assert (await raw.answer()).status == 100
        raw.send(body)
        assert (await raw.answer()).status == 201
        raw.send(HEALTH.replace("GET", "HEAD"))
        head = await raw.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")


async def test_a_server_stops_in_time_while_requests_wait_for_their_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if no turn came any more."""
    monkeypatch.setattr("backend.serving.SHUTDOWN_S", 0.1)
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as opened:
        async with running_server(tmp_path) as server:
            idle, handled, parsed, half = [
                await opened.enter_async_context(raw_connection(server)) for _ in range(4)
            ]
            idle.send(HEALTH)
            assert (await idle.answer()).status == 200
            half.send(post("/cognito/", "Content-Length: 99"))
            await until(lambda: server.sockets()["no room"] == 4 and not server.app[DOORS].turns._taken)
            never: asyncio.Future[None] = loop.create_future()
            asked: list[str] = []

            async def wait(_: Turns, address: str) -> None:
                asked.append(address)
                await never

            monkeypatch.setattr(Turns, "wait", wait)
            handled.send(HEALTH * 50)
            await until(lambda: HOST in asked)
            monkeypatch.setattr(Turns, "ask", lambda _, address, work: asked.append(address))
            parsed.send(HEALTH)
            await until(lambda: asked.count(HOST) > 1)
            began_s = loop.time()
        assert loop.time() - began_s < GONE_WITHIN_S
        for one in (idle, handled, parsed, half):
            assert await one.is_closed()


async def test_a_request_that_waits_for_its_turn_is_not_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[tuple[str, Callable[[], None]]] = []
    async with running_server(tmp_path, head_s=0.05) as server, raw_connection(server) as raw:
        with monkeypatch.context() as held_up:
            held_up.setattr(Turns, "ask", lambda _, *asked: held.append(asked))
            raw.send(HEALTH)
            await until(lambda: bool(held))
            await asyncio.sleep(0.15)
        for _, work in held:
            work()
        assert (await raw.answer()).status == 200


async def test_a_live_connection_hears_what_comes_after_its_handshake(server: RunningServer) -> None:
    """What a client sends before the answer is lost, and must not leave the connection paused."""
    session_id = await new_session(server)
    async with raw_connection(server) as raw:
        raw.send(HANDSHAKE.format(session_id).encode() + client_frame(PING) * 20_000)
        assert (await raw.answer()).status == 101
        raw.send(client_frame(TEXT, b'{"action": "heartbeat"}'))
        async with asyncio.timeout(10):
            await raw.reader.readuntil(b"heartbeatAck")


@pytest.mark.parametrize(
    "asked",
    [
        HANDSHAKE.format("golden-eagle-427"),
        post("/cognito/", SIGN_IN, "Content-Length: 50") + "{",
        post("/cognito/", SIGN_IN, "Content-Length: 50", "Expect: 100-continue"),
    ],
    ids=["a handshake", "a body", "a body that waits to be wanted"],
)
async def test_a_client_that_left_before_its_turn_leaves_no_traceback(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, asked: str
) -> None:
    left = asyncio.Event()
    wait = Turns.wait

    async def until_left(self: Turns, address: str) -> None:
        await left.wait()
        await wait(self, address)

    monkeypatch.setattr(Turns, "wait", until_left)
    answered = _statuses(server, monkeypatch)
    async with raw_connection(server) as raw:
        raw.send(asked)
        await until(lambda: server.sockets() == {"room": 0, "no room": 1})
        raw.writer.transport.abort()
        await until(lambda: server.sockets() == {"room": 0, "no room": 0})
    left.set()
    await until(lambda: answered == [400])
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_live_connection_that_ended_before_its_turn_is_closed(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its end is told once, to HTTP; what closes it may have its turn after the handshake."""
    session_id = await new_session(server)
    held: list[Callable[[], None]] = []
    monkeypatch.setattr(Connection, "eof_received", _hold_turns(Connection.eof_received, monkeypatch, held))
    turn = asyncio.Event()
    monkeypatch.setattr(Turns, "wait", lambda *_: turn.wait())
    async with raw_connection(server) as raw:
        raw.send(HANDSHAKE.format(session_id))
        raw.writer.write_eof()
        await until(lambda: bool(held))
        turn.set()
        assert (await raw.answer()).status == 101
        for work in held:
            work()
        assert await raw.is_closed()


def _hold_turns(
    ended: Callable[[Connection], bool], monkeypatch: pytest.MonkeyPatch, held: list[Callable[[], None]]
) -> Callable[[Connection], bool]:
    """What a connection does at its end, with what it asks for kept back."""

    def do(self: Connection) -> bool:
        with monkeypatch.context() as held_up:
            held_up.setattr(Turns, "ask", lambda _, __, work: held.append(work))
            return ended(self)

    return do


async def test_a_request_of_a_client_that_leaves_at_once_is_done_all_the_same(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asked for something whole, and does not care for the answer; so in a crowd, too."""
    answered = _statuses(server, monkeypatch)
    async with AsyncExitStack() as opened:
        crowd = [await opened.enter_async_context(raw_connection(server)) for _ in range(20)]
        for one in crowd:
            one.send(HEALTH)
            one.writer.write_eof()
        await until(lambda: answered == [200] * 20)


def _statuses(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What requests are answered from now on."""
    statuses: list[int] = []
    count = server.metrics.count_request

    def note(route: str, method: str, status: int, seconds: float) -> None:
        statuses.append(status)
        count(route, method, status, seconds)

    monkeypatch.setattr(server.metrics, "count_request", note)
    return statuses
