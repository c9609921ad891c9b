"""HTTP takes turns: counted by rounds of the event loop, not by the clock."""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp.web_protocol import RequestHandler

from backend.http import middleware
from backend.http.connection import Connection
from backend.turns import Turns
from tests.integration.backend.raw_http import RawConnection, raw_connection
from tests.integration.backend.wire_client import new_session, until
from tests.support.flooder import PING, TEXT, client_frame
from tests.support.server import HOST, RunningServer, running_server

HEALTH = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
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


async def test_each_round_accepts_parses_handles_and_closes_one_thing_of_a_crowd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: a hundred connections that ask at once made sound 550 ms late, 50 for an archive two seconds."""
    rounds = Rounds()
    going = asyncio.create_task(rounds.go())
    for of, name, kind in (
        (Connection, "connection_made", "accepted"),
        (RequestHandler, "data_received", "parsed"),
        (middleware, "_read_ids", "handled"),
        (RequestHandler, "connection_lost", "closed"),
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
        for number, one in enumerate(crowd):
            if number % 2:
                one.writer.transport.abort()
            else:
                one.writer.close()
        await until(lambda: rounds.total("closed") == 60)
    going.cancel()
    assert rounds.total("accepted") == 60
    assert rounds.total("handled") == 300
    most = {kind: rounds.most(kind) for kind in ("accepted", "parsed", "handled", "closed")}
    assert most == {"accepted": 1, "parsed": 1, "handled": 1, "closed": 1}


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
    assert turns == {HOST: 21}


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


async def test_a_client_that_has_left_its_handshake_leaves_no_traceback(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    left = asyncio.Event()
    wait = Turns.wait

    async def until_left(self: Turns, address: str) -> None:
        await left.wait()
        await wait(self, address)

    monkeypatch.setattr(Turns, "wait", until_left)
    answered = _statuses(server, monkeypatch)
    async with raw_connection(server) as raw:
        raw.send(HANDSHAKE.format("golden-eagle-427"))
        await until(lambda: server.sockets() == {"room": 0, "no room": 1})
        raw.writer.transport.abort()
        await until(lambda: server.sockets() == {"room": 0, "no room": 0})
    left.set()
    await until(lambda: answered == [400])
    assert not [record for record in caplog.records if record.exc_info]


def _statuses(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What requests are answered from now on."""
    statuses: list[int] = []
    count = server.metrics.count_request

    def note(route: str, method: str, status: int, seconds: float) -> None:
        statuses.append(status)
        count(route, method, status, seconds)

    monkeypatch.setattr(server.metrics, "count_request", note)
    return statuses
