"""POST /figures over a true socket: as a page's beacon sends it, and as others do."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pylib.protocol.figures import MAX_BATCH_BYTES, Action, ListenerFigures, listener_batch
from tests.integration.backend.api import problem
from tests.support.counts import count_of
from tests.support.server import RunningServer, running_server

BATCH = listener_batch(ListenerFigures([Action("listen", "ok", "", -1.0, 700.0, False)], [], [1, 0, 0, 0]))
PLAIN = {"Content-Type": "text/plain;charset=UTF-8"}


def batches(server: RunningServer, outcome: str) -> float:
    return count_of(server.metrics, "lectern_batches_total", outcome=outcome)


async def test_a_beacon_is_taken_and_answered_without_a_word(server: RunningServer) -> None:
    async with server.http() as http:
        for kind in ("text/plain;charset=UTF-8", "application/json"):
            answer = await http.post("/figures", data=BATCH, headers={"Content-Type": kind})
            assert (answer.status, await answer.read()) == (204, b"")
        for body in (b"{}", b"\xff", BATCH.encode() * 30, json.dumps({"x": "y" * 65_000}).encode()):
            assert (await http.post("/figures", data=body, headers=PLAIN)).status == 204
        assert await problem(await http.get("/figures")) == (405, "METHOD_NOT_ALLOWED")
    assert (batches(server, "taken"), batches(server, "malformed")) == (2, 4)
    assert count_of(server.metrics, "lectern_attacks_total", kind="malformed-figures") == 4
    assert count_of(server.metrics, "lectern_actions_total", page="listener", outcome="ok") == 2


async def test_pages_of_other_sites_are_refused_and_counted(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, allowed_origins=("https://pages.example",)) as server,
        server.http() as http,
    ):
        ours = await http.post("/figures", data=BATCH, headers={"Origin": "https://pages.example", **PLAIN})
        assert ours.headers["Access-Control-Allow-Origin"] == "https://pages.example"
        foreign = await http.post("/figures", data=BATCH, headers={"Origin": "https://evil.example", **PLAIN})
        assert await problem(foreign) == (403, "AUTH_UNAUTHORIZED")
    assert (batches(server, "taken"), batches(server, "foreign")) == (1, 1)
    assert count_of(server.metrics, "lectern_attacks_total", kind="foreign-page") == 1


async def test_a_connection_that_sends_too_many_is_answered_as_before(tmp_path: Path) -> None:
    async with running_server(tmp_path, batches_per_minute=3) as server, server.http() as http:
        for _ in range(5):
            assert (await http.post("/figures", data=BATCH, headers=PLAIN)).status == 204
        async with server.http() as another:
            assert (await another.post("/figures", data=BATCH, headers=PLAIN)).status == 204
    assert (batches(server, "taken"), batches(server, "too-many")) == (4, 2)


async def test_each_connection_has_a_share_of_its_own_also_after_others_closed(tmp_path: Path) -> None:
    """Python gives an object's id away again as soon as the object is gone."""
    async with running_server(tmp_path, batches_per_minute=2) as server:
        for _ in range(20):
            async with server.http() as http:
                assert (await http.post("/figures", data=BATCH, headers=PLAIN)).status == 204
    assert (batches(server, "taken"), batches(server, "too-many")) == (20, 0)


@pytest.mark.parametrize("size", [MAX_BATCH_BYTES, MAX_BATCH_BYTES + 1])
async def test_a_batch_has_four_kibibytes_at_most(server: RunningServer, size: int) -> None:
    async with server.http() as http:
        await http.post("/figures", data=BATCH.ljust(size), headers=PLAIN)

        async def in_pieces() -> object:
            yield BATCH.ljust(size).encode()

        await http.post("/figures", data=in_pieces(), headers=PLAIN)
    assert batches(server, "taken") == (2 if size == MAX_BATCH_BYTES else 0)


async def test_a_body_that_does_not_say_how_long_it_is_is_dropped_as_any_other(server: RunningServer) -> None:
    async def without_end() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * MAX_BATCH_BYTES

    async with server.http() as http:
        answer = await http.post("/figures", data=without_end(), headers=PLAIN)
        assert (answer.status, await answer.read()) == (204, b"")
    assert batches(server, "malformed") == 1


async def test_no_address_is_kept_in_the_metrics_or_the_database(server: RunningServer) -> None:
    async with server.http() as http:
        await http.post("/figures", data=BATCH, headers={**PLAIN, "User-Agent": "CANARY-agent"})
    kept = b"".join(file.read_bytes() for file in server.settings.data_dir.iterdir())
    for text in (b"CANARY", b"127.0.0.1"):
        assert text not in server.metrics.render()
        assert b"CANARY" not in kept
