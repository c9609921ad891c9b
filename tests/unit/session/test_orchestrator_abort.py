"""Changing one's mind at any moment of a creation, and pressing again."""

import asyncio

import pytest

from pylib.config.rollout import Mode
from pylib.errors import RealtimeError
from pylib.session.orchestrator import CreationResult
from tests.support.creation_harness import CONFIG, MODES, CreationHarness
from tests.support.fake_http import FakeHttp, FakeSessionServer, HangingHttp, answer
from tests.support.fake_live import HANG


async def turns_of(mode: Mode) -> int:
    """How many turns of the event loop a creation takes."""
    stage = CreationHarness(mode)
    task = asyncio.create_task(stage.orchestrator.create(CONFIG))
    for turns in range(100):
        if task.done():
            return turns
        await asyncio.sleep(0)
    raise AssertionError("nothing was made")


def assert_aborted(result: CreationResult) -> None:
    assert (result.success, result.session_id, result.client) == (False, "", None)
    assert (result.error_code, result.error) == ("ABORTED", "Starting was cancelled.")


async def test_abort_while_creating_over_http_ends_what_the_server_still_makes() -> None:
    server = FakeSessionServer()
    hanging = HangingHttp(server)
    stage = CreationHarness("http", http=hanging)
    assert_aborted(await stage.create_and_abort())
    assert stage.store.records == {}
    hanging.release()
    await stage.tidied()
    assert [request.method for request in hanging.requests] == ["POST", "DELETE"]
    assert (server.creations, server.sessions, hanging.aborted) == (1, {}, 0)


async def test_after_an_abort_the_next_press_is_a_new_session() -> None:
    hanging = HangingHttp(answer(201))
    stage = CreationHarness("http", http=hanging)
    await stage.create_and_abort()
    stage.http = FakeHttp(stage.server)
    assert (await stage.orchestrator.create(CONFIG)).success
    assert stage.http.header("Idempotency-Key") != [hanging.requests[0].headers["Idempotency-Key"]]
    hanging.release()
    await stage.tidied()


async def test_abort_while_connecting_over_http_deletes_the_session() -> None:
    stage = CreationHarness("http", connect_outcome=HANG)
    assert_aborted(await stage.create_and_abort())
    await stage.tidied()
    assert (stage.methods(), stage.server.sessions) == (["POST", "DELETE"], {})
    assert stage.clients[0].closed


async def test_abort_while_connecting_in_legacy_mode() -> None:
    stage = CreationHarness("websocket", connect_outcome=HANG)
    assert_aborted(await stage.create_and_abort())
    await stage.tidied()
    assert stage.clients[0].closed
    assert stage.clients[0].requests == []


async def test_abort_while_creating_in_legacy_mode_ends_what_the_server_still_makes() -> None:
    stage = CreationHarness("websocket", answer=HANG)
    assert_aborted(await stage.create_and_abort())
    client = stage.clients[0]
    client.hear({"type": "sessionCreated", "sessionId": "golden-eagle-427"})
    await stage.tidied()
    assert [(action, fields.get("sessionId")) for action, fields in client.sent] == [
        ("endSession", None),
        ("endSession", "golden-eagle-427"),
    ]
    assert client.closed


@pytest.mark.parametrize("mode", MODES)
async def test_an_abort_at_the_last_moment_still_counts(mode: Mode) -> None:
    turns = await turns_of(mode)
    stage = CreationHarness(mode)
    task = asyncio.create_task(stage.orchestrator.create(CONFIG))
    for _ in range(turns - 1):
        await asyncio.sleep(0)
    assert not task.done()
    stage.orchestrator.abort()
    assert_aborted(await task)
    await stage.tidied()
    (client,) = stage.clients
    assert client.closed
    assert stage.server.sessions == {}
    # Over HTTP the session is deleted, else the connection is told to end what it made.
    assert [action for action, _ in client.sent] == ([] if mode == "http" else ["endSession"])


@pytest.mark.parametrize("mode", MODES)
async def test_an_abort_leaves_the_callers_task_as_it_was(mode: Mode) -> None:
    stage = CreationHarness(mode, connect_outcome=HANG)

    async def press_and_wait() -> float:
        assert_aborted(await stage.orchestrator.create(CONFIG))
        async with asyncio.timeout(None):
            await asyncio.sleep(0)
        return task.cancelling()

    task = asyncio.create_task(press_and_wait())
    await stage.clock.settle()
    stage.orchestrator.abort()
    stage.orchestrator.abort()
    assert await task == 0
    await stage.tidied()


@pytest.mark.parametrize("mode", MODES)
async def test_abort_before_anything_or_after_everything_does_nothing(mode: Mode) -> None:
    stage = CreationHarness(mode)
    stage.orchestrator.abort()
    result = await stage.create()
    stage.orchestrator.abort()
    assert result.success
    assert stage.clients[0].sent == []


@pytest.mark.parametrize("mode", MODES)
async def test_abort_at_any_moment_leaves_nothing_behind(mode: Mode) -> None:
    outcomes = set()
    for turns in range(40):
        stage = CreationHarness(mode)
        task = asyncio.create_task(stage.orchestrator.create(CONFIG))
        for _ in range(turns):
            await asyncio.sleep(0)
        stage.orchestrator.abort()
        result = await stage.clock.run(task)
        await stage.tidied()
        outcomes.add(result.success)
        if result.success:
            assert not any(client.closed or client.sent for client in stage.clients)
            continue
        told_to_end = {fields.get("sessionId") for client in stage.clients for _, fields in client.sent}
        assert set(stage.server.sessions) <= told_to_end
        for client in stage.clients:
            assert client.closed
            assert client.sent or not client.requests
    assert outcomes == {True, False}


async def test_an_abort_at_any_moment_spares_the_session_of_the_next_press() -> None:
    for turns in range(1, 40):
        server = FakeSessionServer()
        hanging = HangingHttp(server)
        stage = CreationHarness("http", http=hanging)
        first = asyncio.create_task(stage.orchestrator.create(CONFIG))
        for _ in range(turns):
            await asyncio.sleep(0)
        stage.orchestrator.abort()
        assert_aborted(await first)
        second = asyncio.create_task(stage.orchestrator.create(CONFIG))
        await stage.clock.settle()
        hanging.release()
        result = await second
        await stage.tidied()
        assert list(server.sessions) == [result.session_id]


@pytest.mark.parametrize("mode", MODES)
async def test_cancelling_the_caller_cancels_the_creation(mode: Mode) -> None:
    stage = CreationHarness(mode, connect_outcome=HANG)
    task = asyncio.create_task(stage.orchestrator.create(CONFIG))
    await stage.clock.settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await stage.tidied()
    assert stage.server.sessions == {}
    assert stage.clients[0].closed


# One at a time.


@pytest.mark.parametrize("mode", MODES)
async def test_a_second_press_while_one_is_under_way_is_refused(mode: Mode) -> None:
    stage = CreationHarness(mode, connect_outcome=HANG)
    first = asyncio.create_task(stage.orchestrator.create(CONFIG))
    await stage.clock.settle()
    second = await stage.orchestrator.create(CONFIG)
    assert (second.success, second.error_code) == (False, "CREATION_IN_PROGRESS")
    stage.orchestrator.abort()
    assert_aborted(await stage.clock.run(first))
    await stage.tidied()


@pytest.mark.parametrize("mode", MODES)
async def test_after_a_failure_the_next_press_may_succeed(mode: Mode) -> None:
    stage = CreationHarness(mode, connect_outcome=RealtimeError("x"))
    assert not (await stage.create()).success
    stage.live = {}
    result = await stage.create()
    assert result.success
    if mode == "http":
        assert list(stage.server.sessions) == [result.session_id]
