"""Portable: each attempt to connect is told once: did it name a session, was it let in, how long it took."""

import asyncio

from pylib.errors import ConnectionRefused, RequestUnanswered
from pylib.protocol import codes
from pylib.realtime.welcome import WELCOME_S
from tests.support.client_harness import ClientHarness
from tests.support.portable import async_raises

CODE = "golden-eagle-427"


async def test_the_time_until_the_server_lets_one_in() -> None:
    for session_id, named in ((CODE, True), ("", False)):
        stage = ClientHarness()
        task = asyncio.create_task(stage.client.connect(session_id))
        await stage.clock.advance(0.25)
        stage.socket.accept()
        await stage.clock.advance(0.5)
        assert stage.connects == []
        await stage.answer()
        await task
        assert stage.connects == [(named, True, 750)]


async def test_a_reconnect_counts_and_one_of_a_session_made_meanwhile_names_it() -> None:
    stage = ClientHarness()
    await stage.connect("")
    stage.client.session_id = CODE
    stage.socket.drop()
    await stage.clock.advance(0.1)
    await stage.answer()
    stage.socket.drop()
    await stage.clock.advance(0.5)
    stage.socket.drop()
    assert [row[:2] for row in stage.connects] == [(False, True), (True, True), (True, False)]


async def test_an_open_socket_without_a_welcome_was_not_let_in() -> None:
    stage = ClientHarness()
    task = asyncio.create_task(stage.client.connect(CODE))
    await stage.clock.settle()
    stage.socket.accept()
    stage.socket.drop(codes.CLOSE_REFUSED, codes.SESSION_NOT_FOUND)
    await async_raises(ConnectionRefused, task)
    assert stage.connects == [(True, False, 0)]


async def test_an_older_server_that_never_welcomes_has_let_one_in() -> None:
    stage = ClientHarness()
    task = asyncio.create_task(stage.client.connect(CODE))
    await stage.clock.settle()
    stage.socket.accept()
    await stage.clock.advance(WELCOME_S)
    await task
    assert stage.connects == [(True, True, 2000)]


async def test_an_attempt_that_nothing_answers_has_failed() -> None:
    stage = ClientHarness()
    await async_raises(RequestUnanswered, stage.clock.run(stage.client.connect(CODE, 3.0)))
    assert stage.connects == [(True, False, 3000)]


async def test_who_gives_up_has_not_failed_and_who_leaves_is_not_connecting() -> None:
    stage = ClientHarness()
    task = asyncio.create_task(stage.client.connect(CODE))
    await stage.clock.settle()
    task.cancel()
    await stage.clock.settle()
    assert stage.connects == []
    stage = ClientHarness()
    await stage.connect()
    stage.client.leave()
    assert len(stage.connects) == 1
