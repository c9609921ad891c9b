"""Sockets that are in no room: how long they may idle, how many there may be, who gives way to whom."""

import asyncio
import logging
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import dev_server
from backend.proxies import read_networks
from tests.integration.backend.raw_http import RawConnection, post, raw_connection
from tests.integration.backend.wire_client import WireClient, listener_of, new_session, until
from tests.support.counts import count_of
from tests.support.import_graph import TOP
from tests.support.server import HOST, RunningServer, running_server

HEALTH = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"


async def idle(server: RunningServer) -> RawConnection:
    """A connection that says nothing."""
    return RawConnection(*await asyncio.open_connection(HOST, int(server.url.rsplit(":", 1)[1])))


async def test_a_head_that_trickles_is_given_up(tmp_path: Path) -> None:
    async with running_server(tmp_path, head_s=0.3) as server, raw_connection(server) as raw:
        raw.send("GET /health HTTP/1.1\r\n")
        await asyncio.sleep(0.15)
        raw.send("Host: x\r\n")
        answer = await raw.answer()
        assert answer.status == 408
        assert answer.problem["code"] == "REQUEST_TIMEOUT"
        assert answer.headers["connection"] == "close"
        assert await raw.is_closed()
        assert count_of(server.metrics, "lectern_attacks_total", kind="slow-request") == 1


async def test_the_head_of_a_second_request_has_no_more_time(tmp_path: Path) -> None:
    async with running_server(tmp_path, head_s=0.3) as server, raw_connection(server) as raw:
        raw.send(HEALTH)
        assert (await raw.answer()).status == 200
        raw.send("GET /hea")
        assert (await raw.answer()).status == 408


async def test_a_connection_that_says_nothing_is_closed_without_a_word(tmp_path: Path) -> None:
    async with running_server(tmp_path, head_s=0.1) as server, raw_connection(server) as raw:
        assert await raw.reader.read() == b""
        assert count_of(server.metrics, "lectern_attacks_total", kind="slow-request") == 0


async def test_an_idle_connection_is_kept_between_requests_for_so_long(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, head_s=0.1, keep_alive_s=1) as server,
        raw_connection(server) as raw,
    ):
        for _ in range(2):
            raw.send(HEALTH)
            assert (await raw.answer()).status == 200
            await asyncio.sleep(0.2)
        assert await raw.is_closed()


async def test_a_full_server_lets_a_newcomer_in_where_another_one_idles(tmp_path: Path) -> None:
    async with running_server(tmp_path, max_connections=20) as server:
        idlers = [await idle(server) for _ in range(30)]
        session_id = await new_session(server)
        async with await listener_of(server, session_id):
            assert await idlers[0].is_closed()
            await until(lambda: sum(server.sockets().values()) <= 20)
        for one in idlers:
            one.writer.close()


async def test_a_full_room_of_listeners_gives_way_to_nobody(tmp_path: Path) -> None:
    async with running_server(tmp_path, max_connections=6) as server:
        session_id = await new_session(server)
        ears = [await listener_of(server, session_id) for _ in range(6)]
        async with raw_connection(server) as raw:
            answer = await raw.answer()
            assert answer.status == 503
            assert answer.problem["code"] == "SERVICE_UNAVAILABLE"
            assert int(answer.headers["retry-after"]) > 0
        assert server.hub.listener_count(session_id) == 6
        for one in ears:
            await one.close()


async def test_live_connections_in_no_room_are_bounded_by_address_and_listeners_are_not(
    tmp_path: Path,
) -> None:
    async with running_server(tmp_path, waiting_per_address=5, waiting_s=0.2) as server:
        session_id = await new_session(server)
        ears = [await listener_of(server, session_id) for _ in range(12)]
        loiterers = [await WireClient.connect(server) for _ in range(8)]
        for one in loiterers[:3]:
            assert await one.expect_close() == (4013, "RATE_LIMIT_EXCEEDED")
        assert server.sockets() == {"room": 12, "no room": 5}
        assert server.hub.listener_count(session_id) == 12
        assert count_of(server.metrics, "lectern_attacks_total", kind="too-many-sockets") == 3
        for client in (*ears, *loiterers[3:]):
            await client.close()


async def test_behind_a_proxy_the_address_is_the_visitors(tmp_path: Path) -> None:
    trusted = read_networks("127.0.0.1")
    async with running_server(
        tmp_path, waiting_per_address=2, waiting_s=0.2, trusted_proxies=trusted
    ) as server:
        visitors = [
            await WireClient.connect(server, headers={"X-Forwarded-For": f"198.51.100.1, 203.0.113.{last}"})
            for last in (1, 2, 3, 9, 9, 9)
        ]
        assert await visitors[3].expect_close() == (4013, "RATE_LIMIT_EXCEEDED")
        assert server.sockets() == {"room": 0, "no room": 5}
        for one in visitors:
            await one.close()


async def test_the_log_warns_when_four_fifths_of_the_connections_are_taken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running_server(tmp_path, max_connections=20) as server:
        session_id = await new_session(server)
        ears = [await listener_of(server, session_id) for _ in range(20)]
        for one in ears:
            await one.close()
    records = [one for one in caplog.records if one.name == "lectern.doorkeeper"]
    assert {(one.levelno, one.getMessage()) for one in records} == {
        (logging.WARNING, "more than 80 % of --max-connections are in use")
    }


@pytest.mark.soak
@pytest.mark.timeout(120)
async def test_two_thousand_idle_sockets_keep_nobody_out(tmp_path: Path) -> None:
    """From one address: silent, half a head, half a body, and live connections that never join."""
    async with running_server(tmp_path, max_connections=1000) as server:
        session_id = await new_session(server)
        idlers = [await idle(server) for _ in range(2000)]
        for number, one in enumerate(idlers):
            one.send(("", "GET /health HTTP/1.1\r\n", post("/cognito/", "Content-Length: 9"))[number % 3])
        loiterers = [await WireClient.connect(server) for _ in range(400)]
        async with await listener_of(server, session_id), server.http() as http:
            assert (await http.get("/health")).status == 200
            await until(lambda: sum(server.sockets().values()) <= 1000)
            await asyncio.sleep(12)
            assert server.sockets()["no room"] <= 110
        for one in idlers:
            one.writer.close()
        for client in loiterers:
            await client.close()


def test_more_connections_than_the_system_gives_are_refused_at_start(tmp_path: Path) -> None:
    options = ["--port", "0", "--data", str(tmp_path), "--max-connections", "1000"]
    done = subprocess.run(
        [sys.executable, str(TOP / "dev_server.py"), *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (200, 400)),
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == (
        "The system lets this program hold 300 connections, not 1000: choose --max-connections 300, "
        "or raise the hard limit of open files (ulimit -Hn) to 1100.\n"
    )


@pytest.mark.parametrize("wrong", ["0", "-5", "many", "1e3", ""])
@pytest.mark.parametrize("option", ["--max-connections", "--max-listeners"])
def test_what_is_no_number_gets_one_sentence(
    option: str, wrong: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["dev_server.py", f"{option}={wrong}"])
    with pytest.raises(SystemExit):
        dev_server.main()
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.endswith(f"argument {option}: {wrong} is not a whole number above 0")
